/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer in a group, from its opening to its end. Records are polled in
 * turns of the loop, as long as there is credit (credit.c), become deliveries
 * (record.c), and their results move offsets (ledger.c, commit.c). */
#include "bindings/kafka/receiver.h"

#include <string.h>
#include <time.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/kafka/conf.h"
#include "bindings/kafka/group.h"
#include "bindings/kafka/lag.h"
#include "bindings/kafka/reply_writer.h"
#include "bindings/kafka/trouble.h"

enum {
    /* Records per turn of the loop, so that others have their turns too. */
    PER_TURN = 256,
    /* Several ticks fit into each time that is measured in ticks (1 s and
     * more), and they cost nothing. */
    TICK_MS = 500,
    /* What deliveries that are out may hold together: with librdkafka's 4 MiB
     * ahead it bounds what a source needs. */
    POOL_BYTES = 8 << 20
};

bool ce_kafka_is_receiving(const ce_kafka_receiver *r)
{
    return r->phase == CE_KAFKA_JOINING || r->phase == CE_KAFKA_ASSIGNED ||
           r->phase == CE_KAFKA_REFUSED;
}

static void on_store(ce_task *t)
{
    ce_kafka_receiver *r = CE_OWNER(t, ce_kafka_receiver, store);

    ce_kafka_finish_revocation(r);
    ce_kafka_sweep(r);
}

static void note_down(ce_kafka_receiver *r, const char *reason)
{
    ce_health_down(&r->receiver.health, "%s", reason);
}

/* --- records --- */

/* A record that came although the partitions are paused: there is no place for
 * it, so it is read again. */
static void take_later(ce_kafka_receiver *r, rd_kafka_message_t *m)
{
    ce_kafka_ledger *l = ce_kafka_ledger_read_by(r, m);

    if (l)
        l->again = r->assignment.again = true;
    rd_kafka_message_destroy(m);
}

/* False: nothing is there. */
static bool poll_once(ce_kafka_receiver *r)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(r->client.rk, 0);

    if (!m)
        return false;
    if (m->err) {
        ce_kafka_take_error(r, m);
        rd_kafka_message_destroy(m);
    } else if (ce_kafka_ending_excludes(r, m)) {
        rd_kafka_message_destroy(m);
    } else if (r->credit.held) {
        take_later(r, m);
    } else {
        ce_kafka_take(r, m);
    }
    return true;
}

static void receive(ce_kafka_receiver *r)
{
    for (unsigned n = 0; n < PER_TURN; n++)
        if (!ce_kafka_is_receiving(r) || !ce_kafka_has_credit(r) ||
            !poll_once(r))
            return;
    ce_loop_post(r->loop, &r->more);
}

/* The group takes a member for dead that does not poll. */
static void receive_starved(ce_kafka_receiver *r)
{
    for (unsigned n = 0; n < PER_TURN; n++)
        if (!ce_kafka_is_receiving(r) || !ce_kafka_is_starved(r) ||
            !poll_once(r))
            return;
}

static void on_more(ce_task *t)
{
    receive(CE_OWNER(t, ce_kafka_receiver, more));
}

static void on_wake(void *arg)
{
    receive(arg);
}

static void on_refilled(void *arg)
{
    ce_kafka_receiver *r = arg;

    ce_loop_post(r->loop, &r->more);
}

/* --- the client --- */

static ce_status subscribe(ce_kafka_receiver *r, ce_error *err)
{
    rd_kafka_resp_err_t code;

    if (r->reader.is_on) {
        ce_kafka_reader_find(r);
        return CE_OK;
    }
    code = rd_kafka_subscribe(r->client.rk, r->client.subscription);
    if (code)
        return ce_fail(err, CE_EINVAL, "%s: %s", r->receiver.health.label,
                       rd_kafka_err2str(code));
    return CE_OK;
}

/* One queue for records, errors and rebalances, all on our thread. */
static ce_status open_queue(ce_kafka_receiver *r, ce_error *err)
{
    ce_kafka_consumer *c = &r->client;

    rd_kafka_poll_set_consumer(c->rk);
    c->queue = rd_kafka_queue_get_consumer(c->rk);
    if (c->queue)
        return CE_OK;
    rd_kafka_destroy(c->rk);
    c->rk = NULL;
    return ce_fail(err, CE_EINVAL, "%s: the client reads in no group",
                   r->receiver.health.label);
}

static ce_status open_client(ce_kafka_receiver *r, ce_error *err)
{
    ce_kafka_consumer *c = &r->client;
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(c->conf);
    ce_status status;

    rd_kafka_conf_set_opaque(conf, r);
    rd_kafka_conf_set_rebalance_cb(conf, ce_kafka_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, ce_kafka_committed);
    rd_kafka_conf_set_error_cb(conf, ce_kafka_on_error);
    if (ce_kafka_is_cooperative(conf))
        ce_kafka_commits_watch(r, conf);
    status = ce_kafka_client_new(&c->rk, RD_KAFKA_CONSUMER, conf,
                                 r->receiver.health.label, err);
    if (status != CE_OK)
        return status;
    status = open_queue(r, err);
    if (status != CE_OK)
        return status;
    ce_kafka_wake_watch(c->wake, c->queue);
    /* What came before it was watched wakes nobody. */
    ce_loop_post(r->loop, &r->more);
    return subscribe(r, err);
}

/* Leaves the group with a last commit; a broker that is away is not waited
 * for. Call when no record of this client is out. */
static void close_client(ce_kafka_receiver *r)
{
    ce_kafka_consumer *c = &r->client;

    if (!c->rk)
        return;
    ce_kafka_probe_drop(c->probe);
    c->probe = NULL;
    ce_kafka_forget_inspection(r);
    ce_kafka_assign_nothing(r);
    ce_kafka_commit_now(r);
    r->phase = CE_KAFKA_CLOSING;
    ce_timer_stop(&r->commits.timer);
    ce_kafka_wake_unwatch(c->queue);
    rd_kafka_consumer_close(c->rk);
    rd_kafka_queue_destroy(c->queue);
    rd_kafka_destroy_flags(c->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    c->rk = NULL;
    r->commits.out = 0;
    atomic_store(&r->commits.joining, false);
    ce_kafka_lose_all(r);
    ce_kafka_forget_revocation(r);
    ce_kafka_sweep(r);
}

/* After a fatal error, when nothing of this client is out any more. */
static void renew_client(ce_kafka_receiver *r)
{
    ce_error err;

    ce_kafka_drop_held(r);
    ce_kafka_lose_all(r);
    if (ce_pool_out(r->receiver.pool) > 0)
        return;
    close_client(r);
    r->phase = CE_KAFKA_FATAL;
    if (ce_loop_now_ms(r->loop) < r->client.renew_at_ms)
        return;
    r->credit = (ce_kafka_credit){ .held = NULL };
    r->phase = CE_KAFKA_JOINING;
    if (open_client(r, &err) != CE_OK) {
        note_down(r, err.text);
        r->phase = CE_KAFKA_FATAL;
    }
}

/* --- time --- */

static void on_probed(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_receiver *r = arg;

    r->client.probe = NULL;
    if (!code && r->phase == CE_KAFKA_ASSIGNED && !ce_kafka_commits_fail(r))
        ce_health_up(&r->receiver.health);
    else if (r->receiver.health.reason[0])
        note_down(r, r->receiver.health.reason);
}

/* librdkafka says when the last broker is gone, not when one is back. */
static void probe_if_down(ce_kafka_receiver *r)
{
    ce_kafka_consumer *c = &r->client;

    if (r->phase == CE_KAFKA_ASSIGNED && !r->receiver.health.up && !c->probe)
        c->probe = ce_kafka_probe_new(r->loop, c->rk, NULL, on_probed, r);
}

static void on_tick(ce_timer *t)
{
    ce_kafka_receiver *r = CE_OWNER(t, ce_kafka_receiver, tick);

    ce_timer_start(r->loop, t, TICK_MS);
    ce_kafka_finish_revocation(r);
    if (r->client.rk)
        ce_kafka_publish_lag(r);
    if (r->phase == CE_KAFKA_IDLE && r->reply_writer)
        ce_kafka_reply_writer_hurry(r->reply_writer);
    if (r->phase == CE_KAFKA_FATAL)
        renew_client(r);
    if (!ce_kafka_is_receiving(r))
        return;
    ce_kafka_place_again(r);
    ce_kafka_open_full(r);
    if (r->assignment.again)
        ce_kafka_read_again(r);
    receive(r);
    receive_starved(r);
    ce_kafka_look_for_assignment(r);
    probe_if_down(r);
    ce_kafka_inspect(r);
    if (r->reader.is_on)
        ce_kafka_reader_tick(r);
    ce_kafka_ending_tick(r);
}

/* --- the receiver --- */

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    ce_kafka_receiver *r = (ce_kafka_receiver *)receiver;
    ce_status status = ce_kafka_wake_open(&r->client.wake, r->loop, on_wake, r);

    if (status != CE_OK)
        return ce_fail(err, status, "%s: no eventfd", receiver->health.label);
    r->into = into;
    status = open_client(r, err);
    if (status != CE_OK)
        return status;
    if (r->reply_writer)
        status = ce_kafka_reply_writer_start(r->reply_writer, err);
    if (status != CE_OK)
        return status;
    r->phase = CE_KAFKA_JOINING;
    ce_timer_start(r->loop, &r->tick, TICK_MS);
    return CE_OK;
}

static void stop(ce_receiver *receiver)
{
    ce_kafka_receiver *r = (ce_kafka_receiver *)receiver;

    r->phase = CE_KAFKA_IDLE;
    ce_kafka_drop_held(r);
    ce_repeater_flush(&r->again);
    ce_loop_unpost(r->loop, &r->more);
}

static void free_lists(ce_kafka_receiver *r)
{
    if (r->assignment.revoked)
        rd_kafka_topic_partition_list_destroy(r->assignment.revoked);
    if (r->client.subscription)
        rd_kafka_topic_partition_list_destroy(r->client.subscription);
    if (r->reader.found)
        rd_kafka_topic_partition_list_destroy(r->reader.found);
    if (r->reader.ends)
        rd_kafka_topic_partition_list_destroy(r->reader.ends);
    ce_kafka_ending_free(&r->ending);
}

static void close_receiver(ce_receiver *receiver)
{
    ce_kafka_receiver *r = (ce_kafka_receiver *)receiver;

    stop(receiver);
    ce_timer_stop(&r->tick);
    if (r->reply_writer)
        ce_kafka_reply_writer_close(r->reply_writer);
    ce_free(r->reply_writer);
    close_client(r);
    ce_loop_unpost(r->loop, &r->store);
    ce_kafka_wake_close(r->client.wake);
    free_lists(r);
    if (r->client.conf)
        rd_kafka_conf_destroy(r->client.conf);
    ce_pool_close(receiver->pool);
    ce_free(r);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

/* --- opening --- */

static ce_status read_options(ce_kafka_reading *to, const ce_settings *s,
                              ce_error *err)
{
    to->max_event_bytes = (size_t)ce_settings_bytes(s, "max_event_bytes");
    to->dialect = (ce_kafka_dialect){
        .max_attributes = (unsigned)ce_settings_integer(s, "max_attributes"),
        .prefixed = ce_settings_boolean(s, "prefixed"),
        .quoted = ce_settings_boolean(s, "quoted"),
        .names = ce_names_of(s),
    };
    to->assumes = !strcmp(ce_settings_text(s, "assume"), "structured");
    to->key_as = ce_slice_of(ce_settings_text(s, "key_as"));
    if (to->key_as.ptr && !ce_name_is_valid(to->key_as))
        return ce_fail(err, CE_EINVAL,
                       "option \"key_as\" = \"%.*s\": no attribute name",
                       CE_ARG(to->key_as));
    return CE_OK;
}

static ce_status configure(ce_kafka_receiver *r, const ce_endpoint *at,
                           ce_error *err)
{
    const ce_settings *s = at->settings;
    const char *topic = ce_settings_path(s);
    ce_status status;

    if (!topic[0])
        return ce_fail(err, CE_EINVAL, "%s: the URI names no topic",
                       ce_settings_label(s));
    status = ce_kafka_need_broker(s, err);
    if (status != CE_OK)
        return status;
    status = read_options(&r->reading, s, err);
    if (status != CE_OK)
        return status;
    status = ce_kafka_reader_configure(&r->reader, s, err);
    if (status != CE_OK)
        return status;
    status = ce_kafka_group_check(s, err);
    if (status != CE_OK)
        return status;
    r->ending.is_on = ce_settings_boolean(s, "until_end");
    r->placing.latest = !strcmp(ce_settings_text(s, "offset"), "latest");
    r->placing.opened_s = (int64_t)time(NULL);
    r->client.subscription = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(r->client.subscription, topic,
                                      RD_KAFKA_PARTITION_UA);
    return ce_kafka_consumer_conf(&r->client.conf, at, err);
}

static ce_status open_pool(ce_kafka_receiver *r, const ce_settings *s,
                           ce_error *err)
{
    unsigned count = (unsigned)ce_settings_integer(s, "max_in_flight");

    if (ce_pool_open(&r->receiver.pool, count, sizeof(ce_kafka_incoming),
                     POOL_BYTES) != CE_OK)
        return ce_no_memory(err);
    ce_pool_on_refilled(r->receiver.pool, on_refilled, r);
    return CE_OK;
}

static ce_status open_reply_writer(ce_kafka_receiver *r, const ce_endpoint *at,
                                   ce_error *err)
{
    r->receiver.interactive = true;
    r->reply_writer = ce_alloc_zeroed(sizeof *r->reply_writer);
    if (!r->reply_writer)
        return ce_no_memory(err);
    return ce_kafka_reply_writer_open(r->reply_writer, at,
                                      &ce_kafka_record_reply_ops, r, err);
}

typedef enum role { RECEIVER, RESPONDER } role;

static ce_status open_parts(ce_kafka_receiver *r, const ce_endpoint *at,
                            role as, ce_error *err)
{
    ce_status status = configure(r, at, err);

    if (status != CE_OK)
        return status;
    status = ce_kafka_client_try(at, RD_KAFKA_CONSUMER, r->client.conf,
                                 r->receiver.health.label, err);
    if (status == CE_OK)
        status = open_pool(r, at->settings, err);
    if (status != CE_OK || as != RESPONDER)
        return status;
    return open_reply_writer(r, at, err);
}

static ce_status open_as(role as, ce_receiver **out, const ce_endpoint *at,
                         ce_error *err)
{
    ce_kafka_receiver *r = ce_alloc_zeroed(sizeof *r);
    ce_status status;

    if (!r)
        return ce_no_memory(err);
    r->receiver.ops = &ops;
    r->receiver.ordered = true;
    r->loop = at->loop;
    r->more.run = on_more;
    r->store.run = on_store;
    r->tick.fire = on_tick;
    ce_kafka_commits_init(&r->commits);
    ce_repeater_init(&r->again, at->loop, ce_kafka_push_again, r);
    ce_health_init(&r->receiver.health, at->loop,
                   ce_settings_label(at->settings));
    status = open_parts(r, at, as, err);
    if (status != CE_OK) {
        close_receiver(&r->receiver);
        return status;
    }
    *out = &r->receiver;
    return CE_OK;
}

ce_status ce_kafka_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err)
{
    return open_as(RECEIVER, out, at, err);
}

ce_status ce_kafka_responder_open(ce_receiver **out, const ce_endpoint *at,
                                  ce_error *err)
{
    return open_as(RESPONDER, out, at, err);
}
