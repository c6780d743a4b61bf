/* SPDX-License-Identifier: Apache-2.0 */
/* An idempotent producer. A clean delivery report is the confirmation.
 *
 * librdkafka keeps the order of a partition for what it confirms, through its
 * own retries too. Once a record has failed (its time was over, it was purged)
 * those behind it may still be confirmed: whoever sends the failed one again
 * keeps back what follows it, as the retry stage does. */
#include "kafka.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "../../core/template.h"

enum {
    PER_TURN = 64, /* events; one carries many reports */
    FIRST_PAUSE_MS = 100,
    LAST_PAUSE_MS = 2000,
    REFUSED_PAUSE_MS = 10000,
    QUIET_TRIES = 5, /* a topic that is being made answers badly at first */
    PURGE_ALL = RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT
};

typedef struct kafka_sender {
    ce_sender sender;
    ce_loop *loop;
    rd_kafka_conf_t *conf; /* of the next client */
    char *topic_name;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    ce_kafka_wake *wake;
    ce_kafka_probe *probe;
    ce_template *key; /* NULL: records keep their keys */
    ce_buf scratch;
    ce_delivery *first, *last; /* wait for room in librdkafka's queue */
    unsigned out;              /* in librdkafka */
    ce_timer tick, deadline;
    ce_task more;
    uint32_t pause_ms;
    unsigned tries;
    char why[200]; /* the last error of a connection */
    bool hopes;    /* nothing is known yet about the peer */
    bool stopping, is_fatal;
    void (*done)(void *arg);
    void *done_arg;
} kafka_sender;

/* --- health --- */

static void probe_soon(kafka_sender *s, uint32_t pause_ms)
{
    if (s->tick.loop || s->probe)
        return;
    s->pause_ms = pause_ms;
    ce_timer_start(s->loop, &s->tick, pause_ms);
}

static void note_up(kafka_sender *s)
{
    s->hopes = false;
    s->tries = 0;
    s->why[0] = '\0';
    ce_timer_stop(&s->tick);
    ce_health_up(&s->sender.health);
}

/* What waits for a first connection has not been sent: it comes back. */
static void note_down(kafka_sender *s, const char *reason)
{
    if (s->hopes)
        rd_kafka_purge(s->rk, RD_KAFKA_PURGE_F_QUEUE);
    s->hopes = false;
    ce_health_down(&s->sender.health, "%s", reason);
}

static uint32_t next_pause(const kafka_sender *s)
{
    return s->pause_ms * 2 < LAST_PAUSE_MS ? s->pause_ms * 2 : LAST_PAUSE_MS;
}

static bool is_of_topic(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

static void note_topic(kafka_sender *s, rd_kafka_resp_err_t code)
{
    char reason[300];

    snprintf(reason, sizeof reason, "topic \"%.150s\": %s", s->topic_name,
             rd_kafka_err2str(code));
    note_down(s, reason);
}

static void on_probed(void *arg, rd_kafka_resp_err_t code)
{
    kafka_sender *s = arg;

    s->probe = NULL;
    if (!code) {
        note_up(s);
        return;
    }
    s->tries++;
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        note_topic(s, code);
    else if (!is_of_topic(code))
        note_down(s, s->why[0] ? s->why : "no broker answers");
    else if (s->tries > QUIET_TRIES)
        note_topic(s, code);
    probe_soon(s, next_pause(s));
}

static void renew_client(kafka_sender *s);

static void on_tick(ce_timer *t)
{
    kafka_sender *s = CE_OWNER(t, kafka_sender, tick);

    if (s->is_fatal) {
        renew_client(s);
        return;
    }
    if (!s->probe)
        s->probe = ce_kafka_probe_new(s->loop, s->rk, s->topic, on_probed, s);
    if (!s->probe)
        ce_timer_start(s->loop, t, LAST_PAUSE_MS);
}

static void on_error(kafka_sender *s, rd_kafka_resp_err_t code,
                     const char *text)
{
    char why[sizeof s->why];

    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(s->rk, why, sizeof why);
        ce_log(CE_ERROR, "%s: %s", s->sender.health.label, why);
        s->is_fatal = true;
        note_down(s, why);
        rd_kafka_purge(s->rk, PURGE_ALL);
        ce_timer_start(s->loop, &s->tick, FIRST_PAUSE_MS);
        return;
    }
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        ce_kafka_reason(s->why, sizeof s->why, text);
    if (!ce_kafka_is_down(code))
        return;
    note_down(s, s->why[0] ? s->why : text);
    probe_soon(s, FIRST_PAUSE_MS);
}

/* --- results --- */

/* Whether the broker has refused this record, and will again. */
static bool is_refusal(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return true;
    default:
        return false;
    }
}

static uint32_t retry_after(const kafka_sender *s)
{
    return s->sender.health.up ? 0 : LAST_PAUSE_MS;
}

static void settle(kafka_sender *s, ce_delivery *d, rd_kafka_resp_err_t code)
{
    if (!code) {
        if (!s->sender.health.up && !s->is_fatal)
            note_up(s);
        ce_settle_ack(d, CE_DELIVERED);
        return;
    }
    if (is_refusal(code)) {
        ce_settle_nack(d, code, rd_kafka_err2str(code));
        return;
    }
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        note_topic(s, code);
        probe_soon(s, REFUSED_PAUSE_MS);
    } else if (is_of_topic(code)) {
        note_topic(s, code);
        probe_soon(s, LAST_PAUSE_MS);
    }
    ce_settle_undelivered(d, code, retry_after(s), rd_kafka_err2str(code));
}

static void settle_away(kafka_sender *s, ce_delivery *d)
{
    ce_settle_undelivered(d, RD_KAFKA_RESP_ERR__TRANSPORT, retry_after(s),
                          s->stopping ? "the sender is stopping"
                                      : s->sender.health.reason);
}

static void finish_if_empty(kafka_sender *s)
{
    void (*done)(void *arg) = s->done;

    if (!done || s->out > 0 || s->first)
        return;
    s->done = NULL;
    ce_timer_stop(&s->deadline);
    done(s->done_arg);
}

/* --- sending --- */

static ce_slice key_of(kafka_sender *s, ce_delivery *d)
{
    ce_slice key = d->message.key, made;

    if (s->key && ce_template_expand(s->key, d, ce_delivery_event(d, NULL),
                                     &made, NULL) == CE_OK)
        return made;
    return key;
}

static rd_kafka_resp_err_t produce(kafka_sender *s, ce_delivery *d,
                                   rd_kafka_headers_t *headers)
{
    const ce_message *m = &d->message;
    ce_slice key = key_of(s, d);
    rd_kafka_vu_t what[6] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = s->topic },
        { .vtype = RD_KAFKA_VTYPE_VALUE,
          .u.mem = { .ptr = (void *)(uintptr_t)m->body.ptr,
                     .size = m->body.len } },
        { .vtype = RD_KAFKA_VTYPE_KEY,
          .u.mem = { .ptr = (void *)(uintptr_t)key.ptr, .size = key.len } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = d },
        /* Neither copied nor freed: the delivery holds the bytes. */
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = 0 },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
    };
    rd_kafka_error_t *error = rd_kafka_produceva(s->rk, what, headers ? 6 : 5);
    rd_kafka_resp_err_t code;

    if (!error)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers)
        rd_kafka_headers_destroy(headers);
    return code;
}

/* False: there is no room now. */
static bool send_one(kafka_sender *s, ce_delivery *d)
{
    rd_kafka_headers_t *headers;
    rd_kafka_resp_err_t code;

    if (ce_kafka_encode(&d->message, &s->scratch, &headers) != CE_OK) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return true;
    }
    s->out++;
    code = produce(s, d, headers);
    if (!code)
        return true;
    s->out--;
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return false;
    settle(s, d, code);
    return true;
}

static ce_delivery *unqueue(kafka_sender *s)
{
    ce_delivery *d = s->first;

    s->first = d->next;
    if (!s->first)
        s->last = NULL;
    d->next = NULL;
    return d;
}

static void send_waiting(kafka_sender *s)
{
    while (s->first) {
        ce_delivery *d = unqueue(s);

        if (send_one(s, d))
            continue;
        d->next = s->first;
        s->first = d;
        if (!s->last)
            s->last = d;
        return;
    }
}

static void give_back_waiting(kafka_sender *s)
{
    while (s->first)
        settle_away(s, unqueue(s));
}

static void push(ce_stage *stage, ce_delivery *d)
{
    kafka_sender *s = (kafka_sender *)stage;

    if (s->stopping || s->is_fatal || (!s->sender.health.up && !s->hopes)) {
        settle_away(s, d);
        return;
    }
    if (!s->first && send_one(s, d))
        return;
    d->next = NULL;
    if (s->last)
        s->last->next = d;
    else
        s->first = d;
    s->last = d;
}

static void take_event(kafka_sender *s, rd_kafka_event_t *e)
{
    const rd_kafka_message_t *m;

    switch (rd_kafka_event_type(e)) {
    case RD_KAFKA_EVENT_DR:
        while ((m = rd_kafka_event_message_next(e))) {
            s->out--;
            settle(s, m->_private, m->err);
        }
        break;
    case RD_KAFKA_EVENT_ERROR:
        on_error(s, rd_kafka_event_error(e), rd_kafka_event_error_string(e));
        break;
    default:
        break;
    }
}

static void serve(kafka_sender *s)
{
    rd_kafka_event_t *e = NULL;

    for (unsigned n = 0; s->rk && n < PER_TURN; n++) {
        e = rd_kafka_queue_poll(s->queue, 0);
        if (!e)
            break;
        take_event(s, e);
        rd_kafka_event_destroy(e);
    }
    if (e)
        ce_loop_post(s->loop, &s->more);
    if (s->first && !s->is_fatal)
        send_waiting(s);
    finish_if_empty(s);
}

static void on_more(ce_task *t)
{
    serve(CE_OWNER(t, kafka_sender, more));
}

static void on_wake(void *arg)
{
    serve(arg);
}

/* --- the client --- */

static ce_status open_client(kafka_sender *s, ce_error *err)
{
    char why[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(s->conf);

    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    s->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!s->rk) {
        rd_kafka_conf_destroy(conf);
        return ce_fail(err, CE_EINVAL, "%s: %s", s->sender.health.label, why);
    }
    s->topic = rd_kafka_topic_new(s->rk, s->topic_name, NULL);
    s->queue = rd_kafka_queue_get_main(s->rk);
    if (!s->topic)
        return ce_fail(err, CE_EINVAL, "%s: topic \"%.100s\" is refused",
                       s->sender.health.label, s->topic_name);
    ce_kafka_wake_watch(s->wake, s->queue);
    /* What came before it was watched wakes nobody. */
    ce_loop_post(s->loop, &s->more);
    s->hopes = true;
    ce_timer_start(s->loop, &s->tick, 0);
    return CE_OK;
}

static void close_client(kafka_sender *s)
{
    if (!s->rk)
        return;
    ce_kafka_probe_drop(s->probe);
    s->probe = NULL;
    ce_kafka_wake_unwatch(s->queue);
    rd_kafka_queue_destroy(s->queue);
    if (s->topic)
        rd_kafka_topic_destroy(s->topic);
    rd_kafka_destroy(s->rk);
    s->rk = NULL;
    s->topic = NULL;
}

/* After a fatal error, and when all reports have come, of failures too. */
static void renew_client(kafka_sender *s)
{
    ce_error err;

    give_back_waiting(s);
    if (s->out > 0) {
        ce_timer_start(s->loop, &s->tick, FIRST_PAUSE_MS);
        return;
    }
    close_client(s);
    s->is_fatal = false;
    if (open_client(s, &err) != CE_OK) {
        s->is_fatal = true;
        ce_health_down(&s->sender.health, "%s", err.text);
        ce_timer_start(s->loop, &s->tick, LAST_PAUSE_MS);
    }
}

/* --- the sender --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    kafka_sender *s = (kafka_sender *)sender;
    ce_status status = ce_kafka_wake_open(&s->wake, s->loop, on_wake, s);

    if (status != CE_OK)
        return ce_fail(err, status, "%s: no eventfd", sender->health.label);
    return open_client(s, err);
}

static void on_deadline(ce_timer *t)
{
    kafka_sender *s = CE_OWNER(t, kafka_sender, deadline);

    give_back_waiting(s);
    if (s->out > 0)
        rd_kafka_purge(s->rk, PURGE_ALL);
    finish_if_empty(s);
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    kafka_sender *s = (kafka_sender *)sender;

    s->stopping = true;
    s->done = done;
    s->done_arg = arg;
    if (s->out > 0 || s->first)
        ce_timer_start(s->loop, &s->deadline, timeout_ms);
    finish_if_empty(s);
}

static void close_sender(ce_stage *stage)
{
    kafka_sender *s = (kafka_sender *)stage;

    ce_timer_stop(&s->tick);
    ce_timer_stop(&s->deadline);
    close_client(s);
    ce_loop_unpost(s->loop, &s->more);
    ce_kafka_wake_close(s->wake);
    if (s->conf)
        rd_kafka_conf_destroy(s->conf);
    if (s->key)
        ce_template_free(s->key);
    ce_buf_free(&s->scratch);
    ce_free(s->topic_name);
    ce_free(s);
}

static const ce_stage_ops stage_ops = {
    .name = "kafka",
    .push = push,
    .close = close_sender,
};

static const ce_sender_ops ops = {
    .start = start,
    .stop = stop,
};

/* Records of any size are offered: the broker knows what it accepts. */
static ce_status configure(kafka_sender *s, const ce_endpoint *at,
                           ce_error *err)
{
    const ce_settings *set = at->settings;
    char linger[32], timeout[32];
    const ce_kafka_setting own[] = {
        { "enable.idempotence", "true" },
        { "partitioner", "murmur2_random" },
        { "linger.ms", linger },
        { "message.timeout.ms", timeout },
        { "message.max.bytes", "1000000000" },
        { "message.copy.max.bytes", "1000000000" },
        { "socket.nagle.disable", "true" },
        { NULL, NULL },
    };

    snprintf(linger, sizeof linger, "%" PRIu64, ce_settings_ms(set, "linger"));
    snprintf(timeout, sizeof timeout, "%" PRIu64,
             ce_settings_ms(set, "timeout"));
    return ce_kafka_conf(&s->conf, at, own, err);
}

/* The user may have given the order up. */
static bool keeps_order(const kafka_sender *s)
{
    char value[16];
    size_t size = sizeof value;

    return rd_kafka_conf_get(s->conf, "enable.idempotence", value, &size) ==
               RD_KAFKA_CONF_OK &&
           !strcmp(value, "true");
}

static ce_status open_parts(kafka_sender *s, const ce_endpoint *at,
                            ce_error *err)
{
    const ce_settings *set = at->settings;
    const char *topic = ce_settings_path(set);
    const char *key = ce_settings_text(set, "key");
    ce_status status;

    if (!topic[0] || topic[0] == '^')
        return ce_fail(err, CE_EINVAL, "%s: the URI names no topic to send to",
                       ce_settings_label(set));
    if (!ce_settings_authority(set)[0])
        return ce_fail(err, CE_EINVAL, "%s: the URI names no broker",
                       ce_settings_label(set));
    s->topic_name = ce_strndup(topic, strlen(topic));
    if (!s->topic_name)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    status = key ? ce_template_compile(&s->key, key, err) : CE_OK;
    return status == CE_OK ? configure(s, at, err) : status;
}

ce_status ce_kafka_sender_open(ce_sender **out, const ce_endpoint *at,
                               ce_error *err)
{
    kafka_sender *s = ce_alloc_zeroed(sizeof *s);
    ce_status status;

    if (!s)
        return ce_fail(err, CE_ENOMEM, "out of memory");
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &ops;
    s->loop = at->loop;
    s->tick.fire = on_tick;
    s->deadline.fire = on_deadline;
    s->more.run = on_more;
    s->pause_ms = FIRST_PAUSE_MS;
    ce_health_init(&s->sender.health, at->loop,
                   ce_settings_label(at->settings));
    status = open_parts(s, at, err);
    if (status != CE_OK) {
        close_sender(&s->sender.stage);
        return status;
    }
    s->sender.keeps_order = keeps_order(s);
    *out = &s->sender;
    return CE_OK;
}
