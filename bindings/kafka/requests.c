/* SPDX-License-Identifier: Apache-2.0 */
/* A correlation id is 16 digits of this client and 16 of the request: its
 * slot, and a number that tells it from those before in the same slot. Replies
 * to other clients in the same partition are passed over; replies of ours that
 * find their slot taken or free come late.
 *
 * A request has a result when it has a reply, or its time is over, and
 * librdkafka has reported its record: until then the bytes are in use. */
#include "requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <cloudevents/alloc.h>

#include "../../core/outcome.h"

enum { SLOT_BITS = 16, FIRST_SLOTS = 64, DIGITS = 16, CORRELATION = 32 };

struct ce_kafka_slot {
    ce_kafka_request *request; /* NULL: free */
    unsigned next;             /* the next free one's index + 1, or 0 */
};

/* --- slots --- */

static bool grow(ce_kafka_requests *q)
{
    unsigned count = q->count ? q->count * 2 : FIRST_SLOTS;
    struct ce_kafka_slot *grown;

    if (count > 1u << SLOT_BITS)
        return false;
    grown = ce_realloc(q->slots, count * sizeof *grown);
    if (!grown)
        return false;
    for (unsigned i = q->count; i < count; i++)
        grown[i] = (struct ce_kafka_slot){ NULL, i + 1 < count ? i + 2 : 0 };
    q->unused = q->count + 1;
    q->slots = grown;
    q->count = count;
    return true;
}

static unsigned slot_of(uint64_t number)
{
    return number & ((1u << SLOT_BITS) - 1);
}

static void release(ce_kafka_request *x)
{
    ce_kafka_requests *q = x->owner;
    struct ce_kafka_slot *s = &q->slots[slot_of(x->number)];

    ce_timer_stop(&x->timer);
    *s = (struct ce_kafka_slot){ NULL, q->unused };
    q->unused = slot_of(x->number) + 1;
    q->waiting--;
}

/* The request that a correlation id names; *IS_OURS: it is one of ours, if
 * only of the past. */
static ce_kafka_request *find(ce_kafka_requests *q, ce_slice id, bool *is_ours)
{
    char digits[DIGITS + 1] = "";
    ce_kafka_request *x;
    uint64_t number;

    *is_ours = id.len == CORRELATION && !memcmp(id.ptr, q->nonce, DIGITS);
    if (!*is_ours)
        return NULL;
    memcpy(digits, id.ptr + DIGITS, DIGITS);
    number = strtoull(digits, NULL, 16);
    if (slot_of(number) >= q->count)
        return NULL;
    x = q->slots[slot_of(number)].request;
    return x && x->number == number ? x : NULL;
}

/* --- results --- */

static ce_slice slice_of(const void *ptr, size_t len)
{
    return (ce_slice){ ptr, len };
}

/* An outcome without an event, an event, or nothing at all: it is done. */
static ce_result read_reply(ce_delivery *reply)
{
    ce_result r = ce_result_ack();
    bool is_event = reply->message.mode != CE_MODE_NONE;
    bool has_outcome =
        ce_outcome_read(&reply->origin.metadata, reply->arena, &r);

    if (r.verdict == CE_ACK && is_event)
        r.reply = &reply->message;
    else if (!has_outcome && reply->message.body.len)
        return ce_result_make(CE_NACK, "the reply is no event: %s",
                              reply->defect);
    return r;
}

static void finish(ce_kafka_request *x, ce_delivery *d, const ce_result *r)
{
    ce_kafka_requests *q = x->owner;

    release(x);
    ce_settle(d, r);
    q->ops->settled(q->arg);
}

static void answer(ce_kafka_request *x)
{
    rd_kafka_message_t *m = x->reply;
    ce_delivery *d = x->d, reply = { .arena = d->arena };
    rd_kafka_headers_t *headers = NULL;
    ce_result r = ce_result_make(CE_UNDELIVERED, "out of memory");

    reply.message.body = slice_of(m->payload, m->len);
    reply.message.key = slice_of(m->key, m->key_len);
    if (rd_kafka_message_headers(m, &headers))
        headers = NULL;
    if (ce_kafka_decode(&reply, headers) == CE_OK)
        r = read_reply(&reply);
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
        answer(x);
    else if (x->expired)
        give_up(x);
}

ce_delivery *ce_kafka_request_drop(ce_kafka_request *x)
{
    if (x->reply)
        rd_kafka_message_destroy(x->reply);
    release(x);
    return x->d;
}

void ce_kafka_requests_expire(ce_kafka_requests *q)
{
    for (unsigned i = 0; i < q->count; i++)
        if (q->slots[i].request)
            expire(q->slots[i].request);
}

/* --- replies --- */

static ce_slice header(const rd_kafka_message_t *m, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(m, &headers) ||
        rd_kafka_header_get_last(headers, name, &value, &size))
        return slice_of(NULL, 0);
    return slice_of(value, size);
}

static void came(void *arg, rd_kafka_message_t *m)
{
    ce_kafka_requests *q = arg;
    bool is_ours;
    ce_kafka_request *x = find(q, header(m, CE_KAFKA_CORRELATION), &is_ours);

    if (!x || x->reply || x->expired) {
        rd_kafka_message_destroy(m);
        if (is_ours)
            q->ops->late(q->arg);
        return;
    }
    x->reply = m;
    ce_timer_stop(&x->timer);
    if (x->reported)
        answer(x);
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

static const ce_kafka_replies_ops replies_ops = {
    .ready = ready,
    .failed = failed,
    .came = came,
};

/* --- requests --- */

ce_kafka_request *ce_kafka_requests_add(ce_kafka_requests *q, ce_delivery *d)
{
    ce_kafka_request *x = ce_arena_alloc(d->arena, sizeof *x);
    unsigned slot;

    if (!x || (!q->unused && !grow(q)))
        return NULL;
    slot = q->unused - 1;
    q->unused = q->slots[slot].next;
    q->slots[slot].request = x;
    q->waiting++;
    *x = (ce_kafka_request){ .owner = q,
                             .d = d,
                             .number = ++q->sent << SLOT_BITS | slot,
                             .timer.fire = on_timer };
    ce_timer_start(q->loop, &x->timer, q->timeout_ms);
    return x;
}

ce_status ce_kafka_request_write(const ce_kafka_request *x,
                                 rd_kafka_headers_t **headers)
{
    const ce_kafka_replies *r = &x->owner->replies;
    uint32_t p = (uint32_t)r->partition;
    const unsigned char partition[4] = { (unsigned char)(p >> 24),
                                         (unsigned char)(p >> 16),
                                         (unsigned char)(p >> 8),
                                         (unsigned char)(p & 0xff) };
    char correlation[CORRELATION + 1];

    snprintf(correlation, sizeof correlation, "%s%016" PRIx64, x->owner->nonce,
             x->number);
    if (!*headers)
        *headers = rd_kafka_headers_new(3);
    if (rd_kafka_header_add(*headers, CE_KAFKA_REPLY_TOPIC, -1, r->topic_name,
                            -1) ||
        rd_kafka_header_add(*headers, CE_KAFKA_REPLY_PARTITION, -1, partition,
                            sizeof partition) ||
        rd_kafka_header_add(*headers, CE_KAFKA_CORRELATION, -1, correlation,
                            CORRELATION))
        return CE_ENOMEM;
    return CE_OK;
}

/* --- life --- */

ce_status ce_kafka_requests_open(ce_kafka_requests *q, const ce_endpoint *at,
                                 ce_health *health,
                                 const ce_kafka_requests_ops *ops, void *arg,
                                 ce_error *err)
{
    uint64_t random;

    q->loop = at->loop;
    q->ops = ops;
    q->arg = arg;
    q->timeout_ms = ce_settings_ms(at->settings, "timeout");
    q->replies.health = health;
    q->replies.ops = &replies_ops;
    q->replies.arg = q;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return ce_fail(err, CE_EIO, "no random numbers");
    snprintf(q->nonce, sizeof q->nonce, "%016" PRIx64, random);
    return ce_kafka_replies_open(&q->replies, at, err);
}

ce_status ce_kafka_requests_start(ce_kafka_requests *q, ce_error *err)
{
    return ce_kafka_replies_start(&q->replies, err);
}

void ce_kafka_requests_close(ce_kafka_requests *q)
{
    ce_kafka_replies_close(&q->replies);
    ce_free(q->slots);
}
