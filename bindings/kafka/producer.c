/* SPDX-License-Identifier: Apache-2.0 */
/* A producer whose clean delivery report is the confirmation.
 *
 * Where order counts it is idempotent: librdkafka keeps the order of a
 * partition for what it confirms, through its own retries too. The price is a
 * thread that turns without a pause while five records of a partition are on
 * their way and more wait; where order does not count it is not paid.
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
#include "bindings/kafka/suspects.h"

enum {
    /* Events per turn of the loop; one carries many reports. */
    PER_TURN = 64,
    /* Between probes of a broker that is away: twice as long each time. */
    FIRST_PAUSE_MS = 100,
    LAST_PAUSE_MS = CE_KAFKA_AWAY_MS,
    /* Rights are given by people, not within seconds. */
    REFUSED_PAUSE_MS = 10000,
    /* A topic that is being made answers badly at first: no news. */
    QUIET_TRIES = 5,
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

/* --- health --- */

static void probe_soon(ce_kafka_producer *p, uint32_t pause_ms)
{
    if (p->tick.loop || p->probe)
        return;
    p->pause_ms = pause_ms;
    ce_timer_start(p->loop, &p->tick, pause_ms);
}

static void note_up(ce_kafka_producer *p)
{
    p->hopes = false;
    p->tries = 0;
    p->why[0] = '\0';
    ce_timer_stop(&p->tick);
    ce_health_up(p->health);
}

/* What waits for a first connection has not been sent: it comes back. */
static void note_down(ce_kafka_producer *p, const char *reason)
{
    if (p->hopes)
        rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | DO_NOT_WAIT);
    p->hopes = false;
    ce_health_down(p->health, "%s", reason);
}

static uint32_t next_pause(const ce_kafka_producer *p)
{
    uint32_t longer = p->pause_ms * 2;

    return longer < LAST_PAUSE_MS ? longer : LAST_PAUSE_MS;
}

static void note_topic(ce_kafka_producer *p, rd_kafka_resp_err_t code)
{
    char why[CE_KAFKA_REASON_SIZE], reason[300];

    ce_kafka_explain(why, code, NULL);
    snprintf(reason, sizeof reason, "topic \"%.90s\": %s", p->topic_name, why);
    note_down(p, reason);
}

/* CODE is of librdkafka alone: it asks again, until it has an answer. */
static void note_silence(ce_kafka_producer *p, rd_kafka_resp_err_t code)
{
    if (!p->why[0])
        ce_kafka_explain(p->why, code, NULL);
    note_down(p, p->why);
}

void ce_kafka_producer_note(ce_kafka_producer *p, rd_kafka_resp_err_t code)
{
    if (!p->topic_name)
        return;
    if (ce_kafka_is_forbidden(code)) {
        note_topic(p, code);
        probe_soon(p, REFUSED_PAUSE_MS);
    } else if (ce_kafka_is_of_topic(code)) {
        note_topic(p, code);
        probe_soon(p, LAST_PAUSE_MS);
    }
}

static void on_probed(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_producer *p = arg;

    p->probe = NULL;
    if (!code) {
        note_up(p);
        return;
    }
    p->tries++;
    if (ce_kafka_is_forbidden(code))
        note_topic(p, code);
    else if (!ce_kafka_is_of_topic(code))
        note_silence(p, code);
    else if (p->tries > QUIET_TRIES)
        note_topic(p, code);
    probe_soon(p, next_pause(p));
}

static void renew_client(ce_kafka_producer *p);

static void on_tick(ce_timer *t)
{
    ce_kafka_producer *p = CE_OWNER(t, ce_kafka_producer, tick);

    if (p->is_fatal) {
        renew_client(p);
        return;
    }
    if (!p->probe)
        p->probe = ce_kafka_probe_new(p->loop, p->rk, p->topic, on_probed, p);
    if (!p->probe)
        ce_timer_start(p->loop, t, LAST_PAUSE_MS);
}

static void on_error(ce_kafka_producer *p, rd_kafka_resp_err_t code,
                     const char *text)
{
    char why[sizeof p->why];

    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(p->rk, why, sizeof why);
        ce_log(CE_ERROR, "%s: %s", p->health->label, why);
        p->is_fatal = true;
        note_down(p, why);
        ce_kafka_producer_purge(p);
        ce_timer_start(p->loop, &p->tick, FIRST_PAUSE_MS);
        return;
    }
    ce_kafka_note_cause(p->why, code, text);
    if (!ce_kafka_is_down(code))
        return;
    note_silence(p, code);
    probe_soon(p, FIRST_PAUSE_MS);
}

/* --- records --- */

bool ce_kafka_producer_takes(const ce_kafka_producer *p)
{
    return p->rk && !p->is_fatal && (p->health->up || p->hopes);
}

/* A name alone would be looked up within a second only, a topic is at once. */
static rd_kafka_topic_t *topic_of(ce_kafka_producer *p, const char *name)
{
    rd_kafka_topic_t **oldest = &p->others[p->next_other];

    if (!name)
        return p->topic;
    for (unsigned i = 0; i < CE_KAFKA_TOPICS && p->others[i]; i++)
        if (!strcmp(rd_kafka_topic_name(p->others[i]), name))
            return p->others[i];
    if (*oldest)
        rd_kafka_topic_destroy(*oldest);
    *oldest = rd_kafka_topic_new(p->rk, name, NULL);
    p->next_other = (p->next_other + 1) % CE_KAFKA_TOPICS;
    return *oldest;
}

static void forget_topics(ce_kafka_producer *p)
{
    for (unsigned i = 0; i < CE_KAFKA_TOPICS; i++) {
        if (p->others[i])
            rd_kafka_topic_destroy(p->others[i]);
        p->others[i] = NULL;
    }
    p->next_other = 0;
}

static rd_kafka_resp_err_t produce(ce_kafka_producer *p,
                                   const ce_kafka_record *r, void *opaque)
{
    rd_kafka_vu_t what[7] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic_of(p, r->topic) },
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

rd_kafka_resp_err_t ce_kafka_producer_hand_over(ce_kafka_producer *p,
                                                const ce_kafka_record *r)
{
    void *opaque;
    rd_kafka_resp_err_t code;

    if (!ce_kafka_sent_add(&p->sent, r->record, r->serial, &opaque))
        return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    code = produce(p, r, opaque);
    if (code) {
        ce_kafka_sent_take(&p->sent, opaque, NULL);
        return code;
    }
    if (p->in_client++ == 0)
        p->together = 0;
    p->together++;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t queue_or_send(ce_kafka_producer *p,
                                         const ce_kafka_record *r)
{
    if (!ce_kafka_suspects_go_first(p))
        return ce_kafka_producer_hand_over(p, r);
    if (ce_kafka_suspects_queue(p, r))
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    return RD_KAFKA_RESP_ERR__QUEUE_FULL;
}

rd_kafka_resp_err_t ce_kafka_produce(ce_kafka_producer *p, ce_kafka_record *r)
{
    rd_kafka_resp_err_t code;

    r->serial = p->serial++;
    code = queue_or_send(p, r);

    if (!code)
        p->out++;
    else if (r->headers)
        rd_kafka_headers_destroy(r->headers);
    return code;
}

void ce_kafka_producer_purge(ce_kafka_producer *p)
{
    ce_kafka_suspects_give_up(p);
    if (p->rk)
        rd_kafka_purge(p->rk, PURGE_ALL | DO_NOT_WAIT);
}

static void take_report(ce_kafka_producer *p, const rd_kafka_message_t *m)
{
    bool sole = p->together == 1;
    rd_kafka_resp_err_t code = m->err;
    uint64_t serial;
    void *record = ce_kafka_sent_take(&p->sent, m->_private, &serial);

    p->in_client--;
    if (!code && !p->health->up && !p->is_fatal)
        note_up(p);
    if (!sole && ce_kafka_suspects_take(p, m, record, serial))
        return;
    /* A suspect that could not be kept is not refused for that. */
    if (!sole && ce_kafka_is_of_batch(code))
        code = RD_KAFKA_RESP_ERR__RETRY;
    p->out--;
    p->ops->reported(p->arg, record, code);
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
    ce_status status;

    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    status = ce_kafka_client_new(&p->rk, RD_KAFKA_PRODUCER, conf,
                                 p->health->label, err);
    if (status != CE_OK)
        return status;
    if (p->topic_name)
        p->topic = rd_kafka_topic_new(p->rk, p->topic_name, NULL);
    p->queue = rd_kafka_queue_get_main(p->rk);
    if (p->topic_name && !p->topic)
        return ce_fail(err, CE_EINVAL, "%s: topic \"%.100s\" is refused",
                       p->health->label, p->topic_name);
    ce_kafka_wake_watch(p->wake, p->queue);
    /* What came before it was watched wakes nobody. */
    ce_loop_post(p->loop, &p->more);
    p->hopes = true;
    ce_timer_start(p->loop, &p->tick, 0);
    return CE_OK;
}

static void close_client(ce_kafka_producer *p)
{
    if (!p->rk)
        return;
    ce_kafka_probe_drop(p->probe);
    p->probe = NULL;
    ce_kafka_wake_unwatch(p->queue);
    rd_kafka_queue_destroy(p->queue);
    if (p->topic)
        rd_kafka_topic_destroy(p->topic);
    forget_topics(p);
    rd_kafka_destroy(p->rk);
    p->rk = NULL;
    p->topic = NULL;
}

/* After a fatal error, and when all reports have come, of failures too. */
static void renew_client(ce_kafka_producer *p)
{
    ce_error err;

    if (p->out > 0) {
        ce_timer_start(p->loop, &p->tick, FIRST_PAUSE_MS);
        return;
    }
    close_client(p);
    p->is_fatal = false;
    if (open_client(p, &err) != CE_OK) {
        p->is_fatal = true;
        ce_health_down(p->health, "%s", err.text);
        ce_timer_start(p->loop, &p->tick, LAST_PAUSE_MS);
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
    p->pause_ms = FIRST_PAUSE_MS;
    if (c->topic) {
        p->topic_name = ce_strndup(c->topic, strlen(c->topic));
        if (!p->topic_name)
            return ce_no_memory(err);
    }
    status = configure(p, at, c, err);
    if (status == CE_OK)
        p->ordered = ce_kafka_producer_keeps_order(p);
    return status;
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
    char value[16];
    size_t size = sizeof value;

    return rd_kafka_conf_get(p->conf, "enable.idempotence", value, &size) ==
               RD_KAFKA_CONF_OK &&
           !strcmp(value, "true");
}
