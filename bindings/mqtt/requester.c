/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes requests, and settles them with the replies (MQTT 5 4.10).
 *
 * PUBACK only says that the broker has the request; the reply says what became
 * of it. The replies come over a connection of their own (reply_reader.h). When
 * that is lost, everything in flight ends as UNDELIVERED: the asker hears at
 * once, and may ask again. When the connection for requests is lost, what the
 * broker has may still be answered. */
#include "bindings/mqtt/mqtt.h"

#include <cloudevents/alloc.h>

#include "bindings/mqtt/publisher.h"
#include "bindings/mqtt/reply_reader.h"
#include "bindings/mqtt/target.h"
#include "core/transport/correlation.h"
#include "core/transport/outcome.h"

/* For PUBACKs of requests that have their replies, or never will. */
enum { LAST_MS = 100 };

typedef struct mqtt_requester {
    ce_sender sender;
    ce_loop *loop;
    ce_mqtt_client *client; /* sends requests */
    ce_mqtt_publisher *publisher;
    ce_mqtt_reply_reader *replies;
    ce_mqtt_dialect dialect;
    ce_target *target;
    int qos;
    unsigned max_in_flight;
    uint64_t timeout_ms;
    bool stopped;
    ce_correlations correlations;
    ce_queue waiting; /* deliveries, until fewer are in flight */
    ce_task turn;
    ce_timer deadline;
    void (*done)(void *arg); /* NULL: not stopping */
    void *done_arg;
} mqtt_requester;

/* One that waits for its reply, in the arena of its delivery. */
typedef struct request {
    mqtt_requester *of;
    ce_delivery *d;
    uint64_t number;
    ce_timer timer;
    bool has_result; /* of a reply, or because it is given up */
} request;

static bool is_open(const mqtt_requester *q)
{
    return ce_mqtt_publisher_is_open(q->publisher) &&
           ce_mqtt_reply_reader_is_ready(q->replies);
}

static bool has_room(const mqtt_requester *q)
{
    return q->correlations.waiting < q->max_in_flight;
}

/* --- settling --- */

/* An ACK without a result is the broker's PUBACK: it goes on waiting. */
static void on_settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    request *x = h->self;
    mqtt_requester *q = x->of;

    if (r->verdict == CE_ACK && !x->has_result) {
        ce_delivery_hook(d, on_settled, x, 0);
        return;
    }
    ce_timer_stop(&x->timer);
    ce_correlations_drop(&q->correlations, x->number);
    ce_loop_post(q->loop, &q->turn);
    ce_settle(d, r);
}

/* The reply may come before the PUBACK: then the publisher still has D. */
static void settle(request *x, const ce_result *r)
{
    x->has_result = true;
    ce_mqtt_publisher_forget(x->of->publisher, x->d);
    ce_settle(x->d, r);
}

static void give_up(request *x, const char *reason)
{
    ce_result r = ce_result_make(CE_UNDELIVERED, "%s", reason);

    settle(x, &r);
}

static void settle_unsent(ce_delivery *d, const char *reason)
{
    ce_result r = ce_result_unsent("%s", reason);

    ce_settle(d, &r);
}

static void give_up_all(mqtt_requester *q, const char *reason)
{
    ce_delivery *d;

    for (unsigned i = 0; i < q->correlations.count; i++) {
        request *x = ce_correlations_at(&q->correlations, i);

        if (x)
            give_up(x, reason);
    }
    while ((d = CE_QUEUE_TAKE(&q->waiting, ce_delivery, link)))
        settle_unsent(d, reason);
}

static void on_timeout(ce_timer *t)
{
    give_up(CE_OWNER(t, request, timer), "no reply in time");
}

/* --- requests --- */

static void send(mqtt_requester *q, ce_delivery *d)
{
    request *x = ce_arena_alloc(d->arena, sizeof *x);
    uint64_t number = x ? ce_correlations_add(&q->correlations, x) : 0;

    if (!number) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    *x = (request){ .of = q, .d = d, .number = number };
    x->timer.fire = on_timeout;
    ce_timer_start(q->loop, &x->timer, q->timeout_ms);
    ce_delivery_hook(d, on_settled, x, 0);
    ce_push(ce_mqtt_publisher_stage(q->publisher), d);
}

static ce_status write_request(void *self, ce_delivery *d, ce_mqtt_publish *out,
                               ce_error *err)
{
    mqtt_requester *q = self;
    const request *x = d->hooks[d->depth - 1].self;
    char *correlation = ce_arena_alloc(d->arena, CE_CORRELATION_LEN + 1);
    ce_mqtt_reply_to reply_to = {
        .topic = ce_slice_of(ce_mqtt_reply_reader_topic(q->replies)),
        .correlation = { correlation, CE_CORRELATION_LEN },
    };
    ce_status status;

    if (!correlation)
        return ce_no_memory(err);
    status = ce_mqtt_encode(&d->message, &q->dialect, d->arena, out, err);
    if (status != CE_OK)
        return status;
    ce_correlations_write(&q->correlations, x->number, correlation);
    status = ce_target_of(q->target, d, &out->topic, err);
    if (status != CE_OK)
        return status;
    ce_mqtt_add_trace(out, &q->dialect, d);
    ce_mqtt_add_reply_to(out, &reply_to);
    /* The request is given up then. Seconds, rounded up. */
    ce_mqtt_add_expiry(out, (uint32_t)((q->timeout_ms + 999) / 1000));
    return CE_OK;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    mqtt_requester *q = (mqtt_requester *)stage;

    if (q->stopped)
        ce_settle_undelivered(d, 0, 0, "stopped");
    else if (!is_open(q))
        settle_unsent(d, q->sender.health.reason);
    else if (ce_queue_is_empty(&q->waiting) && has_room(q))
        send(q, d);
    else
        ce_queue_add(&q->waiting, &d->link);
}

static void finish_if_idle(mqtt_requester *q)
{
    void (*done)(void *arg) = q->done;

    if (!done || !ce_queue_is_empty(&q->waiting) || q->correlations.waiting > 0)
        return;
    q->done = NULL;
    ce_timer_stop(&q->deadline);
    ce_mqtt_publisher_stop(q->publisher, LAST_MS, done, q->done_arg);
}

/* A request has ended: the next ones may go. */
static void run_turn(ce_task *t)
{
    mqtt_requester *q = CE_OWNER(t, mqtt_requester, turn);

    while (ce_delivery_next(&q->waiting) && has_room(q))
        send(q, CE_QUEUE_TAKE(&q->waiting, ce_delivery, link));
    finish_if_idle(q);
}

/* --- replies --- */

static void on_reply(void *arg, ce_slice correlation, const ce_delivery *reply)
{
    mqtt_requester *q = arg;
    bool is_ours;
    request *x = ce_correlations_find(&q->correlations, correlation, &is_ours);
    ce_result r;

    if (!x) {
        if (is_ours && q->sender.late)
            q->sender.late(&q->sender, q->sender.late_arg);
        return;
    }
    if (!reply) {
        give_up(x, "out of memory");
        return;
    }
    r = ce_outcome_of_reply(reply);
    settle(x, &r);
}

/* --- the connections --- */

static void check_health(mqtt_requester *q)
{
    if (is_open(q))
        ce_health_up(&q->sender.health);
}

static void connected(void *self, const ce_mqtt_connack *a)
{
    mqtt_requester *q = self;

    if (ce_mqtt_publisher_begin(q->publisher, a))
        check_health(q);
}

static void lost(void *self)
{
    mqtt_requester *q = self;

    ce_mqtt_publisher_end(q->publisher, q->sender.health.reason);
}

static void on_replies_ready(void *arg)
{
    check_health(arg);
}

static void on_replies_lost(void *arg)
{
    mqtt_requester *q = arg;

    give_up_all(q, q->sender.health.reason);
}

static const ce_mqtt_reply_reader_ops reply_ops = {
    .ready = on_replies_ready,
    .lost = on_replies_lost,
    .came = on_reply,
};

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    mqtt_requester *q = (mqtt_requester *)sender;

    (void)err;
    ce_mqtt_reply_reader_start(q->replies);
    ce_mqtt_client_start(q->client);
    return CE_OK;
}

static void on_deadline(ce_timer *t)
{
    mqtt_requester *q = CE_OWNER(t, mqtt_requester, deadline);

    give_up_all(q, "no reply in time");
    finish_if_idle(q);
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    mqtt_requester *q = (mqtt_requester *)sender;

    q->stopped = true;
    q->done = done;
    q->done_arg = arg;
    ce_timer_start(q->loop, &q->deadline, timeout_ms);
    finish_if_idle(q);
}

static void close_requester(ce_stage *stage)
{
    mqtt_requester *q = (mqtt_requester *)stage;

    ce_mqtt_client_close(q->client);
    ce_mqtt_reply_reader_close(q->replies);
    ce_mqtt_publisher_close(q->publisher);
    ce_loop_unpost(q->loop, &q->turn);
    ce_timer_stop(&q->deadline);
    ce_correlations_close(&q->correlations);
    ce_target_close(q->target);
    ce_free(q);
}

static const ce_stage_ops stage_ops = {
    .name = "mqtt",
    .push = push,
    .close = close_requester,
};
static const ce_sender_ops ops = { .start = start, .stop = stop };

static ce_status check_settings(mqtt_requester *q, const ce_settings *s,
                                ce_error *err)
{
    const char *label = ce_settings_label(s);
    ce_status status = ce_mqtt_target_open(&q->target, s, err);

    if (status != CE_OK)
        return status;
    status = ce_mqtt_check_requests(&q->dialect, label, err);
    if (status != CE_OK)
        return status;
    if (ce_settings_boolean(s, "retain"))
        return ce_fail(err, CE_EINVAL, "%.150s: a request cannot be retained",
                       label);
    return CE_OK;
}

static ce_status open_client(mqtt_requester *q, const ce_endpoint *at,
                             ce_error *err)
{
    const ce_mqtt_client_owner owner = { .self = q,
                                         .connected = connected,
                                         .lost = lost };

    return ce_mqtt_client_open(&q->client, at, &q->sender.health, &owner,
                               CE_MQTT_SENDS, err);
}

static ce_status open_replies(mqtt_requester *q, const ce_endpoint *at,
                              ce_error *err)
{
    const ce_mqtt_reply_reader_config c = {
        .at = at,
        .health = &q->sender.health,
        .client_id = ce_mqtt_client_id(q->client),
        .nonce = q->correlations.nonce,
        .ops = &reply_ops,
        .arg = q,
    };

    return ce_mqtt_reply_reader_open(&q->replies, &c, err);
}

static ce_status open_publisher(mqtt_requester *q, ce_error *err)
{
    const ce_mqtt_publisher_config c = {
        .loop = q->loop,
        .client = q->client,
        .health = &q->sender.health,
        .version = q->dialect.version,
        .qos = q->qos,
        .max_in_flight = q->max_in_flight,
        .write = write_request,
        .self = q,
    };

    if (ce_mqtt_publisher_open(&q->publisher, &c) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status open_parts(mqtt_requester *q, const ce_endpoint *at,
                            ce_error *err)
{
    ce_status status = check_settings(q, at->settings, err);

    if (status != CE_OK)
        return status;
    status = ce_correlations_open(&q->correlations, err);
    if (status != CE_OK)
        return status;
    status = open_client(q, at, err);
    if (status != CE_OK)
        return status;
    status = open_replies(q, at, err);
    if (status != CE_OK)
        return status;
    return open_publisher(q, err);
}

static void read_settings(mqtt_requester *q, const ce_settings *s)
{
    q->dialect = ce_mqtt_dialect_of(s);
    q->qos = (int)ce_settings_integer(s, "qos");
    q->max_in_flight = (unsigned)ce_settings_integer(s, "max_in_flight");
    q->timeout_ms = ce_settings_ms(s, "timeout");
}

ce_status ce_mqtt_requester_open(ce_sender **out, const ce_endpoint *at,
                                 ce_error *err)
{
    mqtt_requester *q = ce_alloc_zeroed(sizeof *q);
    ce_status status;

    if (!q)
        return ce_no_memory(err);
    q->sender.stage.ops = &stage_ops;
    q->sender.ops = &ops;
    q->sender.keeps_order = true;
    q->loop = at->loop;
    q->turn.run = run_turn;
    q->deadline.fire = on_deadline;
    read_settings(q, at->settings);
    ce_health_init(&q->sender.health, at->loop,
                   ce_settings_label(at->settings));
    status = open_parts(q, at, err);
    if (status != CE_OK) {
        close_requester(&q->sender.stage);
        return status;
    }
    *out = &q->sender;
    return CE_OK;
}
