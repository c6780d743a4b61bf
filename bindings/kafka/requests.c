/* SPDX-License-Identifier: Apache-2.0 */
/* Replies to other clients in the same partition are passed over; replies of
 * ours that nobody waits for come late.
 *
 * A request has a result when it has a reply, or its time is over, and
 * librdkafka has reported its record: until then the bytes are in use. */
#include "bindings/kafka/requests.h"

#include "core/transport/outcome.h"
#include "bindings/kafka/codec.h"

/* --- results --- */

static ce_slice slice_of(const void *ptr, size_t len)
{
    return (ce_slice){ ptr, len };
}

static void end(ce_kafka_request *x)
{
    ce_timer_stop(&x->timer);
    ce_correlations_drop(&x->owner->correlations, x->number);
}

static void finish(ce_kafka_request *x, ce_delivery *d, const ce_result *r)
{
    ce_kafka_requests *q = x->owner;

    end(x);
    ce_settle(d, r);
    q->ops->settled(q->arg);
}

static void settle_with_reply(ce_kafka_request *x)
{
    rd_kafka_message_t *m = x->reply;
    ce_delivery *d = x->d, reply = { .arena = d->arena };
    rd_kafka_headers_t *headers = NULL;
    ce_result r = ce_result_make(CE_UNDELIVERED, "out of memory");

    reply.message.body = slice_of(m->payload, m->len);
    reply.message.key = slice_of(m->key, m->key_len);
    if (rd_kafka_message_headers(m, &headers))
        headers = NULL;
    if (ce_kafka_decode(&reply, headers, &ce_kafka_exact, NULL) == CE_OK)
        r = ce_outcome_of_reply(&reply);
    finish(x, d, &r);
    rd_kafka_message_destroy(m);
}

static void give_up(ce_kafka_request *x)
{
    ce_result r = ce_result_make(CE_UNDELIVERED, "no reply in time");

    r.code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    finish(x, x->d, &r);
}

static void expire(ce_kafka_request *x)
{
    x->expired = true;
    if (x->reported)
        give_up(x);
}

static void on_timer(ce_timer *t)
{
    expire(CE_OWNER(t, ce_kafka_request, timer));
}

void ce_kafka_request_sent(ce_kafka_request *x)
{
    x->reported = true;
    if (x->reply)
        settle_with_reply(x);
    else if (x->expired)
        give_up(x);
}

ce_delivery *ce_kafka_request_drop(ce_kafka_request *x)
{
    if (x->reply)
        rd_kafka_message_destroy(x->reply);
    end(x);
    return x->d;
}

void ce_kafka_requests_expire(ce_kafka_requests *q)
{
    for (unsigned i = 0; i < q->correlations.count; i++) {
        ce_kafka_request *x = ce_correlations_at(&q->correlations, i);

        if (x)
            expire(x);
    }
}

/* --- replies --- */

static void came(void *arg, rd_kafka_message_t *m)
{
    ce_kafka_requests *q = arg;
    bool is_ours;
    ce_kafka_request *x = ce_correlations_find(
        &q->correlations, ce_kafka_header(m, CE_KAFKA_CORRELATION), &is_ours);

    if (!x || x->reply || x->expired) {
        rd_kafka_message_destroy(m);
        if (is_ours)
            q->ops->late(q->arg);
        return;
    }
    x->reply = m;
    ce_timer_stop(&x->timer);
    /* A reply may overtake the report of its request. */
    if (x->reported)
        settle_with_reply(x);
}

static void ready(void *arg)
{
    ce_kafka_requests *q = arg;

    q->ops->ready(q->arg);
}

static void failed(void *arg)
{
    ce_kafka_requests *q = arg;

    q->ops->failed(q->arg);
}

static const ce_kafka_reply_reader_ops reader_ops = {
    .ready = ready,
    .failed = failed,
    .came = came,
};

/* --- requests --- */

ce_status ce_kafka_requests_add(ce_kafka_requests *q, ce_delivery *d,
                                ce_kafka_request **out)
{
    ce_kafka_request *x = ce_arena_alloc(d->arena, sizeof *x);
    uint64_t number = x ? ce_correlations_add(&q->correlations, x) : 0;

    /* What waits makes room when it is settled. */
    if (!number)
        return q->correlations.waiting ? CE_EAGAIN : CE_ENOMEM;
    *x = (ce_kafka_request){
        .owner = q, .d = d, .number = number, .timer.fire = on_timer
    };
    ce_timer_start(q->loop, &x->timer, q->timeout_ms);
    *out = x;
    return CE_OK;
}

ce_status ce_kafka_request_write(const ce_kafka_request *x,
                                 rd_kafka_headers_t **headers)
{
    const ce_kafka_reply_reader *r = &x->owner->reader;
    uint32_t p = (uint32_t)r->partition;
    const unsigned char partition[4] = { (unsigned char)(p >> 24),
                                         (unsigned char)(p >> 16),
                                         (unsigned char)(p >> 8),
                                         (unsigned char)(p & 0xff) };
    char correlation[CE_CORRELATION_LEN + 1];

    ce_correlations_write(&x->owner->correlations, x->number, correlation);
    if (!*headers)
        *headers = rd_kafka_headers_new(3);
    if (rd_kafka_header_add(*headers, CE_KAFKA_REPLY_TOPIC, -1, r->topic_name,
                            -1) ||
        rd_kafka_header_add(*headers, CE_KAFKA_REPLY_PARTITION, -1, partition,
                            sizeof partition) ||
        rd_kafka_header_add(*headers, CE_KAFKA_CORRELATION, -1, correlation,
                            CE_CORRELATION_LEN))
        return CE_ENOMEM;
    return CE_OK;
}

/* --- life --- */

ce_status ce_kafka_requests_open(ce_kafka_requests *q, const ce_endpoint *at,
                                 ce_health *health,
                                 const ce_kafka_requests_ops *ops, void *arg,
                                 ce_error *err)
{
    ce_status status = ce_correlations_open(&q->correlations, err);

    q->loop = at->loop;
    q->ops = ops;
    q->arg = arg;
    q->timeout_ms = ce_settings_ms(at->settings, "timeout");
    q->reader.health = health;
    q->reader.ops = &reader_ops;
    q->reader.arg = q;
    if (status != CE_OK)
        return status;
    return ce_kafka_reply_reader_open(&q->reader, at, err);
}

ce_status ce_kafka_requests_start(ce_kafka_requests *q, ce_error *err)
{
    return ce_kafka_reply_reader_start(&q->reader, err);
}

void ce_kafka_requests_close(ce_kafka_requests *q)
{
    ce_kafka_reply_reader_close(&q->reader);
    ce_correlations_close(&q->correlations);
}
