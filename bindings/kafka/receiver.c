/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer in a group. The pool is the credit: without it nothing is polled,
 * and after a second of that the partitions are paused, so that polling can go
 * on and the group keeps its member. */
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/kafka/reply_writer.h"

enum { PER_TURN = 256, TICK_MS = 500, STARVED_MS = 1000, POOL_BYTES = 8 << 20 };

/* --- records --- */

static ce_kafka_ledger *ledger_of(ce_kafka_receiver *r,
                                  const rd_kafka_message_t *m)
{
    const char *topic = rd_kafka_topic_name(m->rkt);
    ce_kafka_ledger *l = ce_kafka_find(r, topic, m->partition);

    if (l)
        return l;
    l = ce_kafka_ledger_new(topic, m->partition);
    if (l) {
        l->link = r->ledgers;
        r->ledgers = l;
    }
    return l;
}

/* Hands it over, drops it, or holds it until there is credit. */
static void take(ce_kafka_receiver *r, rd_kafka_message_t *m)
{
    ce_kafka_ledger *l = ledger_of(r, m);
    size_t len = m->len;

    r->held = NULL;
    /* It is read again later, by us or by the next owner; or it has been. */
    if (l && (l->leaving || l->again || m->offset <= l->last)) {
        rd_kafka_message_destroy(m);
        return;
    }
    if (!l || !ce_kafka_hand_over(r, l, m))
        r->held = m;
    else
        ce_kafka_nudge(r, l, len);
}

/* What the turn's settlements have moved, in one call. */
static void on_store(ce_task *t)
{
    ce_kafka_receiver *r = CE_OWNER(t, ce_kafka_receiver, store);

    ce_kafka_store(r);
    ce_kafka_revoke(r);
    ce_kafka_sweep(r);
}

/* --- the client's events --- */

static void note_down(ce_kafka_receiver *r, const char *reason)
{
    ce_health_down(&r->receiver.health, "%s", reason);
}

static void on_error(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
    ce_kafka_receiver *r = opaque;
    char why[sizeof r->why];

    if (r->closing)
        return;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(rk, why, sizeof why);
        ce_log(CE_ERROR, "%s: %s", r->receiver.health.label, why);
        note_down(r, why);
        r->is_fatal = true;
        return;
    }
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        ce_kafka_reason(r->why, sizeof r->why, text);
    if (ce_kafka_is_down((rd_kafka_resp_err_t)code))
        note_down(r, r->why[0] ? r->why : text);
}

/* An error that came in the place of a record. */
static void take_error(ce_kafka_receiver *r, const rd_kafka_message_t *m)
{
    const char *text = rd_kafka_message_errstr(m);

    switch (m->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        r->refused = true;
        note_down(r, text);
        return;
    default:
        ce_log(CE_WARN, "%s: %s", r->receiver.health.label, text);
    }
}

/* False: nothing is there. */
static bool poll_once(ce_kafka_receiver *r)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(r->rk, 0);
    ce_kafka_ledger *l;

    if (!m)
        return false;
    if (m->err) {
        take_error(r, m);
        rd_kafka_message_destroy(m);
    } else if (r->held) {
        /* It slipped through the pause: it is read again. */
        l = ledger_of(r, m);
        if (l && m->offset > l->last)
            l->again = r->again = true;
        rd_kafka_message_destroy(m);
    } else {
        take(r, m);
    }
    return true;
}

static bool has_credit(ce_kafka_receiver *r)
{
    if (r->held)
        take(r, r->held);
    if (!r->held) {
        if (r->paused)
            ce_kafka_resume(r);
        r->starved_ms = 0;
        return true;
    }
    if (!r->starved_ms)
        r->starved_ms = ce_loop_now_ms(r->loop);
    return false;
}

static void receive(ce_kafka_receiver *r)
{
    for (unsigned n = 0; n < PER_TURN; n++) {
        if (!r->running || r->is_fatal || !has_credit(r) || !poll_once(r))
            return;
    }
    ce_loop_post(r->loop, &r->more);
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

static ce_status open_client(ce_kafka_receiver *r, ce_error *err)
{
    char why[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(r->conf);
    rd_kafka_resp_err_t code;

    rd_kafka_conf_set_opaque(conf, r);
    rd_kafka_conf_set_rebalance_cb(conf, ce_kafka_rebalance);
    rd_kafka_conf_set_error_cb(conf, on_error);
    r->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!r->rk) {
        rd_kafka_conf_destroy(conf);
        return ce_fail(err, CE_EINVAL, "%s: %s", r->receiver.health.label, why);
    }
    rd_kafka_poll_set_consumer(r->rk);
    r->queue = rd_kafka_queue_get_consumer(r->rk);
    ce_kafka_wake_watch(r->wake, r->queue);
    /* What came before it was watched wakes nobody. */
    ce_loop_post(r->loop, &r->more);
    code = rd_kafka_subscribe(r->rk, r->subscription);
    if (code)
        return ce_fail(err, CE_EINVAL, "%s: %s", r->receiver.health.label,
                       rd_kafka_err2str(code));
    return CE_OK;
}

/* Leaves the group with a last commit; a broker that is away is not waited
 * for. No record of this client is out. */
static void close_client(ce_kafka_receiver *r)
{
    if (!r->rk)
        return;
    ce_kafka_probe_drop(r->probe);
    r->probe = NULL;
    ce_kafka_store(r);
    r->closing = true;
    ce_kafka_wake_unwatch(r->queue);
    rd_kafka_consumer_close(r->rk);
    rd_kafka_queue_destroy(r->queue);
    rd_kafka_destroy_flags(r->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    r->rk = NULL;
    r->closing = false;
    ce_kafka_lose_all(r);
    ce_kafka_sweep(r);
}

static void drop_held(ce_kafka_receiver *r)
{
    if (r->held)
        rd_kafka_message_destroy(r->held);
    r->held = NULL;
}

/* A client that has met a fatal error is of no use any more. */
static void renew_client(ce_kafka_receiver *r)
{
    ce_error err;

    drop_held(r);
    ce_kafka_lose_all(r);
    if (ce_pool_out(r->receiver.pool) > 0)
        return;
    close_client(r);
    r->assigned = r->paused = r->refused = r->is_fatal = false;
    if (open_client(r, &err) != CE_OK) {
        note_down(r, err.text);
        r->is_fatal = true;
    }
}

/* --- time --- */

static void on_probed(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_receiver *r = arg;

    r->probe = NULL;
    if (!code && r->assigned && !r->refused)
        ce_health_up(&r->receiver.health);
    else if (r->receiver.health.reason[0])
        note_down(r, r->receiver.health.reason);
}

static void starve(ce_kafka_receiver *r)
{
    if (!r->held || !r->starved_ms)
        return;
    if (!r->paused && ce_loop_now_ms(r->loop) - r->starved_ms >= STARVED_MS)
        ce_kafka_pause(r);
    /* The group expects its members to poll. */
    for (unsigned n = 0; r->paused && r->held && n < PER_TURN; n++)
        if (!poll_once(r))
            break;
}

static void on_tick(ce_timer *t)
{
    ce_kafka_receiver *r = CE_OWNER(t, ce_kafka_receiver, tick);

    ce_timer_start(r->loop, t, TICK_MS);
    ce_kafka_revoke(r);
    if (!r->running && r->answers)
        ce_kafka_reply_writer_hurry(r->answers);
    if (!r->running)
        return;
    if (r->is_fatal) {
        renew_client(r);
        return;
    }
    if (r->again)
        ce_kafka_read_again(r);
    receive(r);
    starve(r);
    if (!r->receiver.health.up && r->assigned && !r->refused && !r->probe)
        r->probe = ce_kafka_probe_new(r->loop, r->rk, NULL, on_probed, r);
}

/* --- the receiver --- */

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    ce_kafka_receiver *r = (ce_kafka_receiver *)receiver;
    ce_status status = ce_kafka_wake_open(&r->wake, r->loop, on_wake, r);

    if (status != CE_OK)
        return ce_fail(err, status, "%s: no eventfd", receiver->health.label);
    r->into = into;
    status = open_client(r, err);
    if (status == CE_OK && r->answers)
        status = ce_kafka_reply_writer_start(r->answers, err);
    if (status != CE_OK)
        return status;
    r->running = true;
    ce_timer_start(r->loop, &r->tick, TICK_MS);
    return CE_OK;
}

static void stop(ce_receiver *receiver)
{
    ce_kafka_receiver *r = (ce_kafka_receiver *)receiver;

    r->running = false;
    drop_held(r);
    ce_loop_unpost(r->loop, &r->more);
}

static void close_receiver(ce_receiver *receiver)
{
    ce_kafka_receiver *r = (ce_kafka_receiver *)receiver;

    stop(receiver);
    ce_timer_stop(&r->tick);
    if (r->answers)
        ce_kafka_reply_writer_close(r->answers);
    ce_free(r->answers);
    close_client(r);
    ce_loop_unpost(r->loop, &r->store);
    ce_kafka_wake_close(r->wake);
    if (r->revoked)
        rd_kafka_topic_partition_list_destroy(r->revoked);
    if (r->subscription)
        rd_kafka_topic_partition_list_destroy(r->subscription);
    if (r->conf)
        rd_kafka_conf_destroy(r->conf);
    ce_pool_close(receiver->pool);
    ce_free(r);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

/* Eager assignment ("range,roundrobin") is librdkafka's own default and stays:
 * its 2.0 can hang or read twice when a cooperative assignment is answered
 * late, and draining answers late. */
static ce_status configure(ce_kafka_receiver *r, const ce_endpoint *at,
                           ce_error *err)
{
    const ce_settings *s = at->settings;
    char ahead_kb[16], ahead_count[16];
    const ce_kafka_setting own[] = {
        { "group.id", ce_settings_text(s, "group") },
        { "auto.offset.reset", ce_settings_text(s, "offset") },
        { "enable.auto.offset.store", "false" },
        { "enable.auto.commit", "true" },
        { "auto.commit.interval.ms", "1000" },
        { "session.timeout.ms", "10000" },
        { "check.crcs", "true" },
        { "topic.metadata.refresh.interval.ms", "5000" },
        { "queued.max.messages.kbytes", ahead_kb },
        { "queued.min.messages", ahead_count },
        { "fetch.message.max.bytes", "1048576" },
        { "fetch.max.bytes", "4194304" },
        { NULL, NULL },
    };
    const char *topic = ce_settings_path(s);

    snprintf(ahead_kb, sizeof ahead_kb, "%d", CE_KAFKA_AHEAD_KB);
    snprintf(ahead_count, sizeof ahead_count, "%d", CE_KAFKA_AHEAD_COUNT);
    if (!topic[0])
        return ce_fail(err, CE_EINVAL, "%s: the URI names no topic",
                       ce_settings_label(s));
    if (!ce_settings_authority(s)[0])
        return ce_fail(err, CE_EINVAL, "%s: the URI names no broker",
                       ce_settings_label(s));
    r->assumes = !strcmp(ce_settings_text(s, "assume"), "structured");
    r->key_as = ce_slice_of(ce_settings_text(s, "key_as"));
    if (r->key_as.ptr && !ce_name_is_valid(r->key_as))
        return ce_fail(err, CE_EINVAL,
                       "option \"key_as\" = \"%.*s\": no attribute name",
                       CE_ARG(r->key_as));
    r->subscription = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(r->subscription, topic,
                                      RD_KAFKA_PARTITION_UA);
    return ce_kafka_conf(&r->conf, at, own, err);
}

static ce_status open_answers(ce_kafka_receiver *r, const ce_endpoint *at,
                              ce_error *err)
{
    r->receiver.interactive = true;
    r->answers = ce_alloc_zeroed(sizeof *r->answers);
    if (!r->answers)
        return ce_no_memory(err);
    return ce_kafka_reply_writer_open(r->answers, at,
                                      &ce_kafka_record_reply_ops, r, err);
}

typedef ce_status open_more_fn(ce_kafka_receiver *r, const ce_endpoint *at,
                               ce_error *err);

static ce_status open_receiver(ce_receiver **out, const ce_endpoint *at,
                               open_more_fn *open_more, ce_error *err)
{
    ce_kafka_receiver *r = ce_alloc_zeroed(sizeof *r);
    const ce_settings *s = at->settings;
    ce_status status;

    if (!r)
        return ce_no_memory(err);
    r->receiver.ops = &ops;
    r->receiver.ordered = true;
    r->loop = at->loop;
    r->settings = s;
    r->more.run = on_more;
    r->store.run = on_store;
    r->tick.fire = on_tick;
    r->max_event_bytes = (size_t)ce_settings_bytes(s, "max_event_bytes");
    ce_health_init(&r->receiver.health, at->loop, ce_settings_label(s));
    status = configure(r, at, err);
    if (status == CE_OK &&
        ce_pool_open(&r->receiver.pool,
                     (unsigned)ce_settings_integer(s, "max_in_flight"),
                     sizeof(ce_kafka_incoming), POOL_BYTES) != CE_OK)
        status = ce_no_memory(err);
    if (status == CE_OK && open_more)
        status = open_more(r, at, err);
    if (status != CE_OK) {
        close_receiver(&r->receiver);
        return status;
    }
    ce_pool_on_refilled(r->receiver.pool, on_refilled, r);
    *out = &r->receiver;
    return CE_OK;
}

ce_status ce_kafka_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err)
{
    return open_receiver(out, at, NULL, err);
}

ce_status ce_kafka_responder_open(ce_receiver **out, const ce_endpoint *at,
                                  ce_error *err)
{
    return open_receiver(out, at, open_answers, err);
}
