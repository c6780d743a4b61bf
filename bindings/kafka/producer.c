/* SPDX-License-Identifier: Apache-2.0 */
/* A producer whose clean delivery report is the confirmation.
 *
 * Where order counts it is idempotent: librdkafka keeps the order of a
 * partition for what it confirms, through its own retries too. But it sends a
 * partition nothing more while five records of it are on their way, and turns
 * without a pause while others wait. Therefore they wait here, and go together.
 *
 * Once a record has failed (its time was over, it was purged) those behind it
 * may still be confirmed: whoever sends the failed one again keeps back what
 * follows it, as the retry stage does. */
#include "bindings/kafka/producer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/kafka/conf.h"
#include "bindings/kafka/peer.h"
#include "bindings/kafka/suspects.h"

enum {
    /* Events per turn of the loop; one carries many reports. */
    PER_TURN = 64,
    /* Until it is looked again whether all reports of a lost client are
     * here. */
    RENEW_PAUSE_MS = 100,
    PURGE_ALL = RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT,
    /* A broker's thread may be in a name lookup for many seconds; the reports
     * of what is purged come when it is out of it. */
    DO_NOT_WAIT = RD_KAFKA_PURGE_F_NON_BLOCKING
};

/* Requests that a broker may have on their way. What comes while so many are
 * out collects, and goes together: a request costs librdkafka and the broker
 * far more than a record in it does. One event alone does not wait, as it
 * would with linger.ms. README.md has the measurements.
 *
 * librdkafka has no limit of its own without idempotence, and five with it. */
#define IN_FLIGHT "5"

/* --- errors --- */

static void renew_client(ce_kafka_producer *p);

static bool may_renew(const ce_kafka_producer *p)
{
    return p->renews && p->in_client == 0;
}

static void on_tick(ce_timer *t)
{
    ce_kafka_producer *p = CE_OWNER(t, ce_kafka_producer, tick);

    if (p->is_fatal || may_renew(p))
        renew_client(p);
    else if (!ce_kafka_suspects_call_back(p))
        ce_kafka_peer_ask(p);
}

static void on_fatal(ce_kafka_producer *p, const char *why)
{
    ce_log_with(CE_ERROR,
                &(ce_log_fields){ .endpoint = p->health->label, .error = why },
                "%s", why);
    p->is_fatal = true;
    ce_kafka_peer_note_down(p, why);
    ce_kafka_producer_purge(p);
    ce_timer_start(p->loop, &p->tick, RENEW_PAUSE_MS);
}

/* An event has the cause of a fatal error for its code: the client knows that
 * it is fatal. */
static void on_error(ce_kafka_producer *p, rd_kafka_resp_err_t code,
                     const char *text)
{
    char why[sizeof p->why] = "";

    if (p->is_fatal || ce_kafka_suspects_look(p))
        return;
    if (rd_kafka_fatal_error(p->rk, why, sizeof why))
        on_fatal(p, why);
    else
        ce_kafka_peer_note_error(p, code, text);
}

/* --- records --- */

enum {
    /* How many of a partition librdkafka has on its way before others wait. */
    FEW = 5,
    /* A broker nearby has confirmed by then. A distant one gets the records of
     * its other partitions. */
    PATIENCE_MS = 10
};

static bool begins_burst(const ce_kafka_producer *p)
{
    return p->in_client < FEW ||
           ce_loop_now_ms(p->loop) - p->burst_ms >= PATIENCE_MS;
}

bool ce_kafka_producer_has_room(const ce_kafka_producer *p)
{
    return !p->ordered || begins_burst(p) ||
           p->burst_ms == ce_loop_now_ms(p->loop);
}

bool ce_kafka_producer_takes(const ce_kafka_producer *p)
{
    return p->rk && !p->is_fatal && (p->health->up || p->hopes);
}

static rd_kafka_resp_err_t produce(ce_kafka_producer *p,
                                   const ce_kafka_record *r, void *opaque)
{
    rd_kafka_vu_t what[7] = {
        { .vtype = RD_KAFKA_VTYPE_RKT,
          .u.rkt = ce_kafka_topics_find(&p->topics, p->rk, r->topic) },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = r->partition },
        { .vtype = RD_KAFKA_VTYPE_VALUE,
          .u.mem = { .ptr = (void *)(uintptr_t)r->body.ptr,
                     .size = r->body.len } },
        { .vtype = RD_KAFKA_VTYPE_KEY,
          .u.mem = { .ptr = (void *)(uintptr_t)r->key.ptr,
                     .size = r->key.len } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS,
          .u.i = p->copies ? RD_KAFKA_MSG_F_COPY : 0 },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = r->headers },
    };
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_error_t *error;

    if (!what[0].u.rkt)
        return RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    error = rd_kafka_produceva(p->rk, what, r->headers ? 7 : 6);
    if (error) {
        code = rd_kafka_error_code(error);
        rd_kafka_error_destroy(error);
    }
    return code;
}

static rd_kafka_resp_err_t hand_over(ce_kafka_producer *p,
                                     const ce_kafka_record *r)
{
    void *opaque;
    rd_kafka_resp_err_t code = ce_kafka_peer_judge(p, r);

    if (code)
        return code;
    if (!ce_kafka_sent_add(&p->sent, r->record, r->serial, &opaque))
        return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    code = produce(p, r, opaque);
    if (code) {
        ce_kafka_sent_take(&p->sent, opaque, NULL);
        return code;
    }
    if (begins_burst(p))
        p->burst_ms = ce_loop_now_ms(p->loop);
    if (p->in_client++ == 0)
        p->together = 0;
    p->together++;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t ce_kafka_producer_hand_over(ce_kafka_producer *p,
                                                const ce_kafka_record *r)
{
    rd_kafka_resp_err_t code = hand_over(p, r);

    if (ce_kafka_is_refusal(code))
        ce_kafka_rules_explain(p->refusal, &p->rules, code, r->bytes);
    return code;
}

static rd_kafka_resp_err_t queue_or_send(ce_kafka_producer *p,
                                         const ce_kafka_record *r)
{
    if (!ce_kafka_suspects_look(p) && !ce_kafka_suspects_go_first(p) &&
        !ce_kafka_peer_doubts(p, r))
        return ce_kafka_producer_hand_over(p, r);
    if (!ce_kafka_suspects_queue(p, r))
        return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    ce_loop_post(p->loop, &p->more);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t ce_kafka_produce(ce_kafka_producer *p, ce_kafka_record *r)
{
    rd_kafka_resp_err_t code;

    r->serial = p->serial++;
    r->bytes = ce_kafka_batch_bytes(r->key, r->body, r->headers);
    code = queue_or_send(p, r);

    if (!code)
        p->out++;
    return code;
}

void ce_kafka_producer_purge(ce_kafka_producer *p)
{
    ce_kafka_suspects_give_up(p);
    if (p->rk)
        rd_kafka_purge(p->rk, PURGE_ALL | DO_NOT_WAIT);
}

static void explain_report(ce_kafka_producer *p, const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL;

    if (!ce_kafka_is_refusal(m->err))
        return;
    rd_kafka_message_headers(m, &headers);
    ce_kafka_rules_explain(
        p->refusal, &p->rules, m->err,
        ce_kafka_batch_bytes((ce_slice){ m->key, m->key_len },
                             (ce_slice){ m->payload, m->len }, headers));
}

static rd_kafka_headers_t *take_headers(const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL;

    if (rd_kafka_message_detach_headers((rd_kafka_message_t *)(uintptr_t)m,
                                        &headers))
        return NULL;
    return headers;
}

static void take_report(ce_kafka_producer *p, const rd_kafka_message_t *m)
{
    bool sole = p->together == 1;
    rd_kafka_resp_err_t code = m->err;
    uint64_t serial;
    void *record = ce_kafka_sent_take(&p->sent, m->_private, &serial);

    p->in_client--;
    if (!code && !p->health->up && !p->is_fatal)
        ce_kafka_peer_note_up(p);
    if (!sole && ce_kafka_suspects_take(p, m, record, serial))
        return;
    /* A suspect that could not be kept is not refused for that. */
    if (!sole && ce_kafka_is_of_batch(code))
        code = RD_KAFKA_RESP_ERR__RETRY;
    explain_report(p, m);
    p->out--;
    p->ops->reported(p->arg, record, code, take_headers(m));
}

static void take_event(ce_kafka_producer *p, rd_kafka_event_t *e)
{
    const rd_kafka_message_t *m;

    switch (rd_kafka_event_type(e)) {
    case RD_KAFKA_EVENT_DR:
        while ((m = rd_kafka_event_message_next(e)))
            take_report(p, m);
        break;
    case RD_KAFKA_EVENT_ERROR:
        on_error(p, rd_kafka_event_error(e), rd_kafka_event_error_string(e));
        break;
    default:
        break;
    }
}

static void serve(ce_kafka_producer *p)
{
    rd_kafka_event_t *e = NULL;

    for (unsigned n = 0; p->rk && n < PER_TURN; n++) {
        e = rd_kafka_queue_poll(p->queue, 0);
        if (!e)
            break;
        take_event(p, e);
        rd_kafka_event_destroy(e);
    }
    if (e)
        ce_loop_post(p->loop, &p->more);
    ce_kafka_suspects_send(p);
    if (may_renew(p) && p->health->up)
        ce_timer_start(p->loop, &p->tick, 0);
    else
        ce_kafka_suspects_call_back(p);
    p->ops->served(p->arg);
}

static void on_more(ce_task *t)
{
    serve(CE_OWNER(t, ce_kafka_producer, more));
}

static void on_wake(void *arg)
{
    serve(arg);
}

/* --- the client --- */

static ce_status open_client(ce_kafka_producer *p, ce_error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(p->conf);
    char text[32];
    ce_status status;

    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    p->batch_bytes = ce_kafka_peer_batch_bytes(p);
    snprintf(text, sizeof text, "%" PRIu64, p->batch_bytes);
    rd_kafka_conf_set(conf, "batch.size", text, NULL, 0);
    status = ce_kafka_client_new(&p->rk, RD_KAFKA_PRODUCER, conf,
                                 p->health->label, err);
    if (status != CE_OK)
        return status;
    if (p->topic_name)
        p->topics.own = rd_kafka_topic_new(p->rk, p->topic_name, NULL);
    p->queue = rd_kafka_queue_get_main(p->rk);
    if (p->topic_name && !p->topics.own)
        return ce_fail(err, CE_EINVAL, "%s: topic \"%.100s\" is refused",
                       p->health->label, p->topic_name);
    ce_kafka_wake_watch(p->wake, p->queue);
    /* What came before it was watched wakes nobody. */
    ce_loop_post(p->loop, &p->more);
    p->hopes = p->pause_ms == 0;
    ce_timer_start(p->loop, &p->tick, p->pause_ms);
    return CE_OK;
}

static void close_client(ce_kafka_producer *p)
{
    if (!p->rk)
        return;
    ce_kafka_probe_drop(p->probe);
    p->probe = NULL;
    p->asks = false;
    ce_kafka_wake_unwatch(p->queue);
    rd_kafka_queue_destroy(p->queue);
    ce_kafka_topics_forget(&p->topics);
    rd_kafka_destroy(p->rk);
    p->rk = NULL;
}

/* After a fatal error all reports come first, of failures too. */
static void renew_client(ce_kafka_producer *p)
{
    ce_error err;

    if (p->is_fatal && p->out > 0) {
        ce_timer_start(p->loop, &p->tick, RENEW_PAUSE_MS);
        return;
    }
    close_client(p);
    p->is_fatal = p->renews = false;
    if (open_client(p, &err) != CE_OK) {
        p->is_fatal = true;
        ce_health_down(p->health, "%s", err.text);
        ce_kafka_suspects_give_up(p);
        ce_timer_start(p->loop, &p->tick, CE_KAFKA_AWAY_MS);
    }
}

/* --- life --- */

static ce_status configure(ce_kafka_producer *p, const ce_endpoint *at,
                           const ce_kafka_producer_config *c, ce_error *err)
{
    char linger[32], timeout[32];
    const ce_kafka_setting own[] = {
        { "enable.idempotence", at->unordered ? "false" : "true" },
        { "max.in.flight", IN_FLIGHT },
        /* Records of one key are where a Java client would put them. */
        { "partitioner", "murmur2_random" },
        { "linger.ms", linger },
        { "message.timeout.ms", timeout },
        /* Records of any size are offered: the broker knows what it accepts,
         * and says so. Those of librdkafka are limits of its own. */
        { "message.max.bytes", "1000000000" },
        /* Requests copy the bodies that they carry. By default they only refer
         * to those above 64 KiB; but a body goes with its report, and after a
         * purge that comes early. */
        { "message.copy.max.bytes", "1000000000" },
        { "socket.nagle.disable", "true" },
        { NULL, NULL },
    };

    snprintf(linger, sizeof linger, "%" PRIu64, c->linger_ms);
    snprintf(timeout, sizeof timeout, "%" PRIu64, c->timeout_ms);
    return ce_kafka_conf(&p->conf, at, own, err);
}

static bool is_set(const ce_kafka_producer *p, const char *name,
                   const char *value)
{
    char text[16];
    size_t size = sizeof text;

    return rd_kafka_conf_get(p->conf, name, text, &size) == RD_KAFKA_CONF_OK &&
           !strcmp(text, value);
}

/* librdkafka keeps order only with confirmations of all copies. Who wants less
 * gets one record of a key at a time: see keeps_order. */
static void suit_acks(ce_kafka_producer *p, const ce_settings *s)
{
    if (is_set(p, "acks", "-1") ||
        ce_settings_has(s, "rdkafka.enable.idempotence"))
        return;
    rd_kafka_conf_set(p->conf, "enable.idempotence", "false", NULL, 0);
}

ce_status ce_kafka_producer_open(ce_kafka_producer *p, const ce_endpoint *at,
                                 const ce_kafka_producer_config *c,
                                 ce_error *err)
{
    ce_status status;

    p->loop = at->loop;
    p->health = c->health;
    p->ops = c->ops;
    p->arg = c->arg;
    p->copies = c->copies;
    p->tick.fire = on_tick;
    p->more.run = on_more;
    if (c->topic) {
        p->topic_name = ce_strndup(c->topic, strlen(c->topic));
        if (!p->topic_name)
            return ce_no_memory(err);
    }
    status = configure(p, at, c, err);
    if (status != CE_OK)
        return status;
    suit_acks(p, at->settings);
    p->ordered = ce_kafka_producer_keeps_order(p);
    p->is_plain = is_set(p, "compression.codec", "none");
    /* A refused batch stops the client: suspects.c. */
    if (p->ordered)
        rd_kafka_conf_set(p->conf, CE_KAFKA_GAPLESS, "true", NULL, 0);
    return ce_kafka_client_try(at, RD_KAFKA_PRODUCER, p->conf, p->health->label,
                               err);
}

ce_status ce_kafka_producer_start(ce_kafka_producer *p, ce_error *err)
{
    ce_status status = ce_kafka_wake_open(&p->wake, p->loop, on_wake, p);

    if (status != CE_OK)
        return ce_fail(err, status, "%s: no eventfd", p->health->label);
    return open_client(p, err);
}

void ce_kafka_producer_close(ce_kafka_producer *p)
{
    ce_timer_stop(&p->tick);
    close_client(p);
    ce_kafka_suspects_free(p);
    ce_kafka_sent_free(&p->sent);
    if (p->loop)
        ce_loop_unpost(p->loop, &p->more);
    ce_kafka_wake_close(p->wake);
    if (p->conf)
        rd_kafka_conf_destroy(p->conf);
    ce_free(p->topic_name);
}

bool ce_kafka_producer_keeps_order(const ce_kafka_producer *p)
{
    return is_set(p, "enable.idempotence", "true");
}
