/* SPDX-License-Identifier: Apache-2.0 */
/* Events as records, reports as results; a requester's results are the replies
 * that come later. */
#include <cloudevents/alloc.h>
#include <cloudevents/queue.h>

#include "bindings/kafka/codec.h"
#include "bindings/kafka/conf.h"
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/key.h"
#include "bindings/kafka/native.h"
#include "bindings/kafka/peer.h"
#include "bindings/kafka/producer.h"
#include "bindings/kafka/requests.h"
#include "bindings/kafka/target.h"

typedef struct kafka_sender {
    ce_sender sender;
    ce_loop *loop;
    ce_kafka_producer producer;
    ce_kafka_requests *requests; /* a requester's, or NULL */
    bool seeks;       /* a requester: where replies arrive is not known yet */
    ce_template *key; /* NULL: records keep their keys */
    ce_target *target;
    ce_buf scratch;
    ce_queue waiting; /* deliveries that there is no room for now */
    bool traces;      /* records show the traces of their events */
    bool stopping;
    ce_timer deadline;       /* of stopping */
    void (*done)(void *arg); /* told once it is empty, or NULL */
    void *done_arg;
} kafka_sender;

/* --- results --- */

static uint32_t retry_after(const kafka_sender *s)
{
    return s->sender.health.up ? 0 : CE_KAFKA_AWAY_MS;
}

/* A report is the broker's word for one record (README.md has the table). */
static void settle(kafka_sender *s, ce_delivery *d, rd_kafka_resp_err_t code)
{
    char why[CE_KAFKA_REASON_SIZE];

    if (!code) {
        ce_settle_ack(d, CE_DELIVERED);
        return;
    }
    if (ce_kafka_is_refusal(code)) {
        ce_settle_nack(d, code, s->producer.refusal);
        return;
    }
    ce_kafka_peer_note_report(&s->producer, code);
    ce_kafka_explain(why, code, NULL);
    /* What librdkafka gave up it gave up for the reason of our health. */
    ce_settle_undelivered(
        d, code, retry_after(s),
        s->sender.health.up || code > 0 ? why : s->sender.health.reason);
}

static void settle_away(kafka_sender *s, ce_delivery *d)
{
    ce_result r = ce_result_unsent("%s", s->stopping ? "the sender is stopping"
                                                     : s->sender.health.reason);

    r.code = RD_KAFKA_RESP_ERR__TRANSPORT;
    r.retry_after_ms = retry_after(s);
    ce_settle(d, &r);
}

static bool is_empty(const kafka_sender *s)
{
    if (s->requests && s->requests->correlations.waiting)
        return false;
    return s->producer.out == 0 && ce_queue_is_empty(&s->waiting);
}

static void finish_if_empty(kafka_sender *s)
{
    void (*done)(void *arg) = s->done;

    if (!done || !is_empty(s))
        return;
    s->done = NULL;
    ce_timer_stop(&s->deadline);
    done(s->done_arg);
}

/* --- sending --- */

static ce_status make_request(kafka_sender *s, ce_delivery *d,
                              ce_kafka_record *r)
{
    ce_kafka_request *x;
    ce_status status = ce_kafka_requests_add(s->requests, d, &x);

    if (status != CE_OK)
        return status;
    r->record = x;
    status = ce_kafka_request_write(x, &r->headers);
    if (status != CE_OK)
        ce_kafka_request_drop(x);
    return status;
}

/* Those that came, where nothing about them has changed. */
static ce_status make_headers(kafka_sender *s, ce_delivery *d,
                              rd_kafka_headers_t **out)
{
    ce_status status;

    if (!s->traces && !s->requests)
        *out = ce_kafka_native_take(d);
    if (*out)
        return CE_OK;
    status = ce_kafka_encode(&d->message, &s->scratch, out);
    if (status == CE_OK && s->traces)
        status = ce_kafka_add_trace(d, out);
    return status;
}

/* The record of D. CE_EAGAIN: there is no room for a request now. On failure
 * too, the headers are the caller's. */
static ce_status make_record(kafka_sender *s, ce_delivery *d,
                             ce_kafka_record *r, ce_error *err)
{
    ce_status status = CE_OK;

    *r = (ce_kafka_record){ .partition = RD_KAFKA_PARTITION_UA,
                            .body = d->message.body,
                            .key = ce_kafka_key_of(s->key, d),
                            .record = d };
    if (!ce_target_fixed(s->target))
        status = ce_target_of(s->target, d, &r->topic, err);
    if (status == CE_OK)
        status = make_headers(s, d, &r->headers);
    if (status != CE_OK || !s->requests)
        return status;
    return make_request(s, d, r);
}

/* False: there is no room now. */
static bool produce(kafka_sender *s, ce_delivery *d, ce_kafka_record *r)
{
    rd_kafka_resp_err_t code = ce_kafka_produce(&s->producer, r);

    if (!code)
        return true;
    ce_kafka_native_give_back(d, r->headers);
    if (s->requests)
        ce_kafka_request_drop(r->record);
    /* librdkafka holds 100,000 records; reports make room. */
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return false;
    settle(s, d, code);
    return true;
}

/* Sends D, or settles it when that cannot be. False: there is no room now. */
static bool send_one(kafka_sender *s, ce_delivery *d)
{
    ce_kafka_record r;
    ce_error err;
    ce_status status;

    if (!ce_kafka_producer_has_room(&s->producer))
        return false;
    status = make_record(s, d, &r, &err);
    if (status == CE_OK)
        return produce(s, d, &r);
    ce_kafka_native_give_back(d, r.headers);
    if (status == CE_EAGAIN)
        return false;
    if (status == CE_ENOENT)
        ce_settle_nack(d, 0, err.text);
    else
        ce_settle_undelivered(d, 0, 0, "out of memory");
    return true;
}

static ce_delivery *next_waiting(kafka_sender *s)
{
    return CE_QUEUE_TAKE(&s->waiting, ce_delivery, link);
}

static void send_waiting(kafka_sender *s)
{
    while (ce_delivery_next(&s->waiting)) {
        ce_delivery *d = next_waiting(s);

        if (!send_one(s, d)) {
            ce_queue_put_back(&s->waiting, &d->link);
            return;
        }
    }
}

static void give_back_waiting(kafka_sender *s)
{
    ce_delivery *d;

    while ((d = next_waiting(s)))
        settle_away(s, d);
}

static bool takes(const kafka_sender *s)
{
    if (s->stopping)
        return false;
    return s->seeks || ce_kafka_producer_takes(&s->producer);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    kafka_sender *s = (kafka_sender *)stage;

    if (!takes(s)) {
        settle_away(s, d);
        return;
    }
    /* None overtakes those that wait. */
    ce_queue_add(&s->waiting, &d->link);
    if (!s->seeks)
        send_waiting(s);
}

/* RECORD is what make_record said: a request of a requester, else a delivery.
 */
static void reported(void *arg, void *record, rd_kafka_resp_err_t code,
                     rd_kafka_headers_t *headers)
{
    kafka_sender *s = arg;

    if (!s->requests) {
        ce_kafka_native_give_back(record, headers);
        settle(s, record, code);
        return;
    }
    if (headers)
        rd_kafka_headers_destroy(headers);
    if (code)
        settle(s, ce_kafka_request_drop(record), code);
    else
        ce_kafka_request_sent(record);
}

static void served(void *arg)
{
    kafka_sender *s = arg;

    if (s->producer.is_fatal)
        give_back_waiting(s);
    else
        send_waiting(s);
    finish_if_empty(s);
}

static const ce_kafka_producer_ops producer_ops = {
    .reported = reported,
    .served = served,
};

/* --- a requester's replies --- */

/* No request is sent before its reply could be seen. */
static void ready(void *arg)
{
    kafka_sender *s = arg;
    ce_error err;

    s->seeks = false;
    if (ce_kafka_producer_start(&s->producer, &err) == CE_OK) {
        send_waiting(s);
        return;
    }
    ce_health_down(&s->sender.health, "%s", err.text);
    give_back_waiting(s);
}

static void failed(void *arg)
{
    kafka_sender *s = arg;

    s->seeks = false;
    give_back_waiting(s);
    finish_if_empty(s);
}

static void late(void *arg)
{
    kafka_sender *s = arg;

    if (s->sender.late)
        s->sender.late(&s->sender, s->sender.late_arg);
}

static const ce_kafka_requests_ops requests_ops = {
    .ready = ready,
    .failed = failed,
    .settled = served,
    .late = late,
};

/* --- the sender --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    kafka_sender *s = (kafka_sender *)sender;

    /* The producer starts when the place of the replies is known. */
    if (s->requests)
        return ce_kafka_requests_start(s->requests, err);
    return ce_kafka_producer_start(&s->producer, err);
}

static void on_deadline(ce_timer *t)
{
    kafka_sender *s = CE_OWNER(t, kafka_sender, deadline);

    give_back_waiting(s);
    /* The reports of what is purged come soon, and with them DONE. */
    if (s->producer.out > 0)
        ce_kafka_producer_purge(&s->producer);
    if (s->requests)
        ce_kafka_requests_expire(s->requests);
    finish_if_empty(s);
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    kafka_sender *s = (kafka_sender *)sender;

    s->stopping = true;
    s->done = done;
    s->done_arg = arg;
    if (!is_empty(s))
        ce_timer_start(s->loop, &s->deadline, timeout_ms);
    finish_if_empty(s);
}

static void close_sender(ce_stage *stage)
{
    kafka_sender *s = (kafka_sender *)stage;

    ce_timer_stop(&s->deadline);
    ce_kafka_producer_close(&s->producer);
    if (s->requests)
        ce_kafka_requests_close(s->requests);
    ce_free(s->requests);
    if (s->key)
        ce_template_free(s->key);
    ce_target_close(s->target);
    ce_buf_free(&s->scratch);
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

typedef enum role { SENDER, REQUESTER } role;

static ce_status open_producer(kafka_sender *s, const ce_endpoint *at, role as,
                               ce_error *err)
{
    ce_kafka_producer_config c = {
        .topic = ce_target_fixed(s->target),
        .linger_ms = ce_kafka_linger_ms(at, as == REQUESTER),
        .timeout_ms = ce_settings_ms(at->settings, "timeout"),
        .health = &s->sender.health,
        .ops = &producer_ops,
        .arg = s,
    };
    ce_status status = ce_kafka_producer_open(&s->producer, at, &c, err);

    if (status == CE_OK)
        s->sender.keeps_order = ce_kafka_producer_keeps_order(&s->producer);
    return status;
}

static ce_status open_requests(kafka_sender *s, const ce_endpoint *at,
                               ce_error *err)
{
    if (!ce_target_fixed(s->target) &&
        !ce_settings_has(at->settings, "reply_topic"))
        return ce_fail(err, CE_EINVAL,
                       "requests to a topic with placeholders need "
                       "\"reply_topic\"");
    s->seeks = true;
    s->requests = ce_alloc_zeroed(sizeof *s->requests);
    if (!s->requests)
        return ce_no_memory(err);
    return ce_kafka_requests_open(s->requests, at, &s->sender.health,
                                  &requests_ops, s, err);
}

static ce_status open_parts(kafka_sender *s, const ce_endpoint *at, role as,
                            ce_error *err)
{
    ce_status status = ce_kafka_target_open(&s->target, at->settings, err);

    if (status == CE_OK)
        status = ce_kafka_need_broker(at->settings, err);

    if (status != CE_OK)
        return status;
    status = ce_kafka_key_open(&s->key, at->settings, err);
    if (status != CE_OK)
        return status;
    status = open_producer(s, at, as, err);
    if (status != CE_OK || as != REQUESTER)
        return status;
    return open_requests(s, at, err);
}

static ce_status open_as(role as, ce_sender **out, const ce_endpoint *at,
                         ce_error *err)
{
    kafka_sender *s = ce_alloc_zeroed(sizeof *s);
    ce_status status;

    if (!s)
        return ce_no_memory(err);
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &ops;
    s->loop = at->loop;
    s->deadline.fire = on_deadline;
    s->traces = ce_settings_boolean(at->settings, "trace");
    ce_health_init(&s->sender.health, at->loop,
                   ce_settings_label(at->settings));
    status = open_parts(s, at, as, err);
    if (status != CE_OK) {
        close_sender(&s->sender.stage);
        return status;
    }
    *out = &s->sender;
    return CE_OK;
}

ce_status ce_kafka_sender_open(ce_sender **out, const ce_endpoint *at,
                               ce_error *err)
{
    return open_as(SENDER, out, at, err);
}

ce_status ce_kafka_requester_open(ce_sender **out, const ce_endpoint *at,
                                  ce_error *err)
{
    return open_as(REQUESTER, out, at, err);
}
