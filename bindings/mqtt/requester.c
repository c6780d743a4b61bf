/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes requests, and settles them with the replies.
 *
 * The replies come over a connection of their own (see replies.h), to a topic
 * that is subscribed to before anything is sent. PUBACK only says that the
 * broker has the request; the reply says what became of it. With that
 * connection the subscription is gone, so nothing is waited for any longer:
 * whoever asked hears at once, and may ask again. */
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "core/transport/correlation.h"
#include "core/transport/outcome.h"
#include "core/inbox/store.h"
#include "bindings/mqtt/publisher.h"

/* For what nobody waits for any more. */
enum { LAST_MS = 100 };

typedef struct mqtt_requester {
    ce_sender sender;
    ce_loop *loop;
    ce_mqtt_client *client; /* sends requests */
    ce_mqtt_client *ear;    /* hears replies */
    ce_mqtt_publisher *publisher;
    ce_mqtt_dialect dialect;
    const char *topic;
    const char *fixed_replies; /* the user's own topic, or NULL */
    char replies[400];         /* the topic of the ear's connection */
    int qos;
    unsigned max_in_flight;
    uint64_t timeout_ms;
    bool can_send, can_hear;
    bool stopped;
    ce_correlations correlations;
    ce_delivery *first, *last; /* wait until fewer are in flight */
    ce_mqtt_mailbox *box;      /* replies */
    ce_arena *arena;           /* of paho's thread */
    ce_arena *reply_arena;
    ce_task turn;
    ce_timer deadline;
    void (*done)(void *arg);
    void *done_arg;
} mqtt_requester;

/* One that waits, in the arena of its delivery. */
typedef struct request {
    mqtt_requester *of;
    ce_delivery *d;
    uint64_t number;
    ce_timer timer;
    bool has_result; /* of a reply, or because nobody waits any more */
} request;

/* --- requests --- */

/* An ACK without a result is the broker's: it has the request. */
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

static void on_timeout(ce_timer *t)
{
    give_up(CE_OWNER(t, request, timer), "no reply in time");
}

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
    ce_status status =
        ce_mqtt_encode(&d->message, &q->dialect, d->arena, out, err);

    if (status != CE_OK)
        return status;
    if (!correlation)
        return ce_no_memory(err);
    ce_correlations_write(&q->correlations, x->number, correlation);
    out->topic = q->topic;
    ce_mqtt_add_reply_to(
        out, &(ce_mqtt_reply_to){ ce_slice_of(q->replies),
                                  { correlation, CE_CORRELATION_LEN } });
    /* Nobody needs it later than that. */
    ce_mqtt_add_expiry(out, (uint32_t)((q->timeout_ms + 999) / 1000));
    return CE_OK;
}

static void push(ce_stage *stage, ce_delivery *d)
{
    mqtt_requester *q = (mqtt_requester *)stage;

    if (q->stopped || !q->can_send || !q->can_hear) {
        ce_settle_undelivered(d, 0, 0,
                              q->stopped ? "stopped" : q->sender.health.reason);
        return;
    }
    if (!q->first && q->correlations.waiting < q->max_in_flight) {
        send(q, d);
        return;
    }
    d->next = NULL;
    if (q->last)
        q->last->next = d;
    else
        q->first = d;
    q->last = d;
}

static ce_delivery *shift(mqtt_requester *q)
{
    ce_delivery *d = q->first;

    q->first = d->next;
    if (!q->first)
        q->last = NULL;
    d->next = NULL;
    return d;
}

static void give_back(mqtt_requester *q, const char *reason)
{
    for (unsigned i = 0; i < q->correlations.count; i++) {
        request *x = ce_correlations_at(&q->correlations, i);

        if (x)
            give_up(x, reason);
    }
    while (q->first)
        ce_settle_undelivered(shift(q), 0, 0, reason);
}

/* --- replies --- */

static void arrived(void *self, const char *topic, const MQTTAsync_message *in)
{
    mqtt_requester *q = self;
    ce_mqtt_reply_to reply_to = ce_mqtt_reply_to_of(in);
    ce_origin origin = { .topic = ce_slice_of(topic),
                         .partition = -1,
                         .offset = -1 };
    const char *defect = NULL;
    ce_message m;

    ce_arena_reset(q->arena);
    if (ce_mqtt_decode(in, &q->dialect, q->arena, &m, &origin.metadata,
                       &defect) != CE_OK ||
        ce_mqtt_mailbox_put(q->box, &m, &origin, defect, &reply_to) != CE_OK)
        ce_log(CE_ERROR, "%s: out of memory: a reply is lost",
               q->sender.health.label);
}

static void take_reply(mqtt_requester *q, const ce_mqtt_letter *l)
{
    ce_delivery reply = { .arena = q->reply_arena };
    bool is_ours;
    request *x = ce_correlations_find(&q->correlations, l->reply_to.correlation,
                                      &is_ours);
    ce_result r;

    if (!x) {
        if (is_ours && q->sender.late)
            q->sender.late(&q->sender, q->sender.late_arg);
        return;
    }
    if (ce_record_read(l->record, &reply) == CE_OK)
        r = ce_outcome_of_reply(&reply);
    else
        r = ce_result_make(CE_UNDELIVERED, "out of memory");
    settle(x, &r);
    ce_arena_reset(q->reply_arena);
}

static void finish_if_idle(mqtt_requester *q)
{
    void (*done)(void *arg) = q->done;

    if (!done || q->first || q->correlations.waiting > 0)
        return;
    q->done = NULL;
    ce_timer_stop(&q->deadline);
    ce_mqtt_publisher_stop(q->publisher, LAST_MS, done, q->done_arg);
}

static void run_turn(ce_task *t)
{
    mqtt_requester *q = CE_OWNER(t, mqtt_requester, turn);
    const ce_mqtt_letter *l;

    while ((l = ce_mqtt_mailbox_first(q->box))) {
        take_reply(q, l);
        ce_mqtt_mailbox_drop(q->box);
    }
    while (q->first && q->correlations.waiting < q->max_in_flight)
        send(q, shift(q));
    finish_if_idle(q);
}

/* --- the connection --- */

/* The broker may know which topics are this client's own. */
static void name_replies(mqtt_requester *q, const char *info)
{
    size_t len = strlen(info);
    char id[64];

    if (q->fixed_replies) {
        snprintf(q->replies, sizeof q->replies, "%s", q->fixed_replies);
        return;
    }
    while (len && info[len - 1] == '/')
        len--;
    snprintf(id, sizeof id, "%s", ce_mqtt_client_id(q->client));
    for (char *c = id; *c; c++)
        if (strchr("+#/", *c))
            *c = '-';
    if (len)
        snprintf(q->replies, sizeof q->replies, "%.*s/%s", (int)len, info,
                 q->correlations.nonce);
    else
        snprintf(q->replies, sizeof q->replies, "cloudevents/replies/%s/%s", id,
                 q->correlations.nonce);
}

static void say_open(mqtt_requester *q)
{
    if (q->can_send && q->can_hear)
        ce_health_up(&q->sender.health);
}

static void connected(void *self, const ce_mqtt_welcome *w)
{
    mqtt_requester *q = self;

    q->can_send = ce_mqtt_publisher_begin(q->publisher, w);
    say_open(q);
}

/* What the broker has may still be answered. */
static void lost(void *self)
{
    mqtt_requester *q = self;

    q->can_send = false;
    ce_mqtt_publisher_end(q->publisher, q->sender.health.reason);
}

static void ear_connected(void *self, const ce_mqtt_welcome *w)
{
    mqtt_requester *q = self;

    name_replies(q, w->response_information);
    ce_mqtt_client_subscribe(q->ear, q->replies, q->qos);
}

static void ear_granted(void *self)
{
    mqtt_requester *q = self;

    q->can_hear = true;
    say_open(q);
}

static void ear_lost(void *self)
{
    mqtt_requester *q = self;

    q->can_hear = false;
    give_back(q, q->sender.health.reason);
}

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    mqtt_requester *q = (mqtt_requester *)sender;

    (void)err;
    ce_mqtt_client_start(q->ear);
    ce_mqtt_client_start(q->client);
    return CE_OK;
}

static void on_deadline(ce_timer *t)
{
    mqtt_requester *q = CE_OWNER(t, mqtt_requester, deadline);

    give_back(q, "no reply in time");
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
    ce_mqtt_client_close(q->ear);
    ce_mqtt_publisher_close(q->publisher);
    ce_loop_unpost(q->loop, &q->turn);
    ce_timer_stop(&q->deadline);
    ce_mqtt_mailbox_close(q->box);
    ce_correlations_close(&q->correlations);
    ce_arena_free(q->arena);
    ce_arena_free(q->reply_arena);
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
    ce_status status = ce_mqtt_check_topic(q->topic, label, err);

    if (status == CE_OK)
        status = ce_mqtt_check_requests(&q->dialect, label, err);
    if (status == CE_OK && ce_settings_boolean(s, "retain"))
        status = ce_fail(err, CE_EINVAL, "%.150s: a request cannot be retained",
                         label);
    if (status == CE_OK && q->fixed_replies)
        status = ce_mqtt_check_topic(q->fixed_replies, "response_topic", err);
    if (status == CE_OK && q->fixed_replies &&
        strlen(q->fixed_replies) >= sizeof q->replies)
        status = ce_fail(err, CE_EINVAL,
                         "response_topic: at most %zu bytes, not %zu",
                         sizeof q->replies - 1, strlen(q->fixed_replies));
    return status;
}

static ce_status open_parts(mqtt_requester *q, const ce_endpoint *at,
                            ce_error *err)
{
    ce_mqtt_publisher_config c = {
        .loop = at->loop,
        .health = &q->sender.health,
        .version = q->dialect.version,
        .qos = q->qos,
        .max_in_flight = q->max_in_flight,
        .write = write_request,
        .self = q,
    };
    const ce_mqtt_owner mouth = { .self = q,
                                  .connected = connected,
                                  .lost = lost };
    const ce_mqtt_owner ear = { .self = q,
                                .connected = ear_connected,
                                .granted = ear_granted,
                                .lost = ear_lost,
                                .arrived = arrived };
    ce_status status = ce_correlations_open(&q->correlations, err);

    if (status == CE_OK)
        status = ce_mqtt_client_open(&q->client, at, &q->sender.health, &mouth,
                                     CE_MQTT_SENDS, err);
    if (status == CE_OK)
        status = ce_mqtt_client_open(&q->ear, at, &q->sender.health, &ear,
                                     CE_MQTT_HEARS_REPLIES, err);
    if (status != CE_OK)
        return status;
    c.client = q->client;
    q->arena = ce_arena_new();
    q->reply_arena = ce_arena_new();
    if (!q->arena || !q->reply_arena ||
        ce_mqtt_publisher_open(&q->publisher, &c) != CE_OK ||
        ce_mqtt_mailbox_open(&q->box, at->loop, &q->turn) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static void read_settings(mqtt_requester *q, const ce_settings *s)
{
    q->topic = ce_settings_path(s);
    q->dialect = ce_mqtt_dialect_of(s);
    q->fixed_replies = ce_settings_text(s, "response_topic");
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
    status = check_settings(q, at->settings, err);
    if (status == CE_OK)
        status = open_parts(q, at, err);
    if (status != CE_OK) {
        close_requester(&q->sender.stage);
        return status;
    }
    *out = &q->sender;
    return CE_OK;
}
