/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/record.h"

#include <cloudevents/log.h>

#include "bindings/kafka/codec.h"
#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/reply_writer.h"

enum {
    /* When to read a partition again, after a rebalance has left a record. */
    AGAIN_MS = 1000,
    /* What a record costs beside its bytes: librdkafka's own structs. */
    OVERHEAD = 512
};

/* --- results --- */

static void warn(ce_kafka_receiver *r, ce_delivery *d, const ce_result *result)
{
    if (!ce_kafka_may_warn(&r->warnings, r->loop, r->receiver.health.label,
                           "records were skipped"))
        return;
    ce_log_with(CE_WARN,
                &(ce_log_fields){ .endpoint = r->receiver.health.label,
                                  .event = ce_delivery_id(d),
                                  .error = result->reason },
                "topic %.*s partition %d offset %lld: %s, skipped: %s",
                CE_ARG(d->origin.topic), (int)d->origin.partition,
                (long long)d->origin.offset,
                result->malformed ? "malformed" : ce_action_loss(result),
                result->reason[0] ? result->reason : "no reason given");
}

static size_t bytes_of(const ce_kafka_incoming *in)
{
    const rd_kafka_message_t *m = in->record;

    return m->len + m->key_len + in->header_bytes + OVERHEAD;
}

static void link_record(ce_kafka_incoming *in)
{
    ce_kafka_ledger *l = in->ledger;

    l->bytes += bytes_of(in);
    in->before = NULL;
    in->next = l->records;
    if (in->next)
        in->next->before = in;
    l->records = in;
}

static void unlink_record(ce_kafka_incoming *in)
{
    in->ledger->bytes -= bytes_of(in);
    if (in->before)
        in->before->next = in->next;
    else
        in->ledger->records = in->next;
    if (in->next)
        in->next->before = in->before;
}

/* Frees the record and its delivery: the requester, if there is one, has its
 * reply. */
static void forget(ce_kafka_receiver *r, ce_kafka_incoming *in)
{
    ce_kafka_ledger *l = in->ledger;

    unlink_record(in);
    ce_kafka_native_free(&in->native);
    rd_kafka_message_destroy(in->record);
    if (l->moved)
        ce_kafka_commit_soon(r);
    if (l->lost || l->leaving)
        ce_loop_post(r->loop, &r->store);
    if (r->credit.held)
        ce_loop_post(r->loop, &r->more);
    ce_pool_give(&in->d);
}

/* The record is done: the offset may pass it. */
static void pass(void *arg, ce_kafka_incoming *in)
{
    ce_kafka_ledger_settle(in->ledger, in->pos);
    forget(arg, in);
}

/* The record is not done: the offset stays before it, for the next reader of
 * the partition. */
static void keep(ce_kafka_receiver *r, ce_kafka_incoming *in)
{
    ce_kafka_ledger_keep(in->ledger, in->pos);
    in->ledger->again_ms = ce_loop_now_ms(r->loop) + AGAIN_MS;
    r->assignment.again = true;
    forget(r, in);
}

/* Whether the record may still be delivered by us. One that a rewind of its
 * partition reads again anyway is left to that. */
static bool is_ours(const ce_kafka_receiver *r, const ce_kafka_incoming *in)
{
    const ce_kafka_ledger *l = in->ledger;

    return ce_kafka_is_receiving(r) && !l->lost && !l->leaving && !l->again;
}

/* The record alone: its neighbours have their results. */
static void repeat(void *arg, ce_kafka_incoming *in)
{
    ce_kafka_receiver *r = arg;

    if (is_ours(r, in))
        ce_repeater_add(&r->again, &in->d);
    else
        keep(r, in);
}

const ce_kafka_reply_writer_ops ce_kafka_record_reply_ops = {
    .replied = pass,
    .not_replied = repeat,
};

static void settled(ce_hook *h, ce_delivery *d, const ce_result *result)
{
    ce_kafka_receiver *r = h->self;
    ce_kafka_incoming *in = (ce_kafka_incoming *)d;

    if (r->reply_writer && ce_kafka_reply(r->reply_writer, in, result))
        return;
    if (ce_action_of(result, true) == CE_REPEAT) {
        repeat(r, in);
        return;
    }
    /* What is refused would be refused again, and retry has done what it may:
     * it must not hold up the rest. */
    if (ce_action_loss(result))
        warn(r, d, result);
    pass(r, in);
}

/* --- records --- */

static ce_slice slice_of(const void *ptr, size_t len)
{
    return (ce_slice){ ptr, len };
}

static ce_status all_headers(ce_delivery *d, ce_attrs *out)
{
    const ce_kafka_incoming *in = (const ce_kafka_incoming *)d;
    rd_kafka_headers_t *headers;

    if (ce_kafka_native_headers(&in->native, &headers))
        return CE_OK;
    return ce_kafka_all_headers(headers, d->arena, out);
}

static int64_t timestamp_of(const rd_kafka_message_t *m)
{
    rd_kafka_timestamp_type_t type;
    int64_t ms = rd_kafka_message_timestamp(m, &type);

    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : ms;
}

/* A responder's records go on as requests, with headers of their own. */
static void offer_native(const ce_kafka_receiver *r, ce_kafka_incoming *in,
                         const ce_kafka_notes *notes)
{
    if (notes->is_exact && !r->reply_writer)
        ce_kafka_native_offer(&in->native, &in->d);
}

static void refuse(ce_delivery *d, int code, const char *reason)
{
    d->message.mode = CE_MODE_NONE;
    d->defect.plain = false;
    d->defect.code = code;
    d->defect.reason = reason;
}

static ce_status read_record(ce_kafka_receiver *r, ce_kafka_incoming *in,
                             rd_kafka_message_t *m)
{
    ce_delivery *d = &in->d;
    rd_kafka_headers_t *headers;
    ce_kafka_notes notes;
    rd_kafka_resp_err_t code;

    d->message.body = slice_of(m->payload, m->len);
    d->message.key = slice_of(m->key, m->key_len);
    d->origin.partition = m->partition;
    d->origin.offset = m->offset;
    d->origin.timestamp_ms = timestamp_of(m);
    in->native.record = m;
    in->header_bytes = 0;
    code = ce_kafka_native_headers(&in->native, &headers);
    if (ce_kafka_decode(d, headers, &r->reading.dialect, &notes) != CE_OK)
        return CE_ENOMEM;
    in->header_bytes = notes.bytes;
    offer_native(r, in, &notes);
    notes.tolerated |= r->reading.assumes && ce_kafka_assume(d);
    if (notes.tolerated)
        ce_receiver_tolerated(&r->receiver);
    if (code && code != RD_KAFKA_RESP_ERR__NOENT)
        refuse(d, 0, "its headers cannot be read, or are more than 100,000");
    if (m->len > r->reading.max_event_bytes)
        refuse(d, 413, "the record is larger than max_event_bytes");
    return ce_kafka_key_to_attribute(d, r->reading.key_as);
}

bool ce_kafka_hand_over(ce_kafka_receiver *r, ce_kafka_ledger *l,
                        rd_kafka_message_t *m)
{
    ce_kafka_incoming *in = (ce_kafka_incoming *)ce_pool_take(r->receiver.pool);
    ce_kafka_mark mark = ce_kafka_mark_of(m);

    if (!in)
        return false;
    in->d.origin.topic = ce_slice_of(l->topic);
    if (read_record(r, in, m) != CE_OK ||
        ce_kafka_ledger_open(l, &mark, &in->pos) != CE_OK) {
        ce_pool_give(&in->d);
        return false;
    }
    in->record = m;
    in->ledger = l;
    link_record(in);
    in->d.headers = all_headers;
    in->d.interactive = r->reply_writer && ce_kafka_is_request(m);
    ce_pool_charge(r->receiver.pool, &in->d, bytes_of(in));
    ce_delivery_hook(&in->d, settled, r, 0);
    ce_push(r->into, &in->d);
    return true;
}

void ce_kafka_abandon(ce_kafka_ledger *l)
{
    for (ce_kafka_incoming *in = l->records; in; in = in->next)
        in->d.abandoned = true;
}

void ce_kafka_push_again(void *arg, ce_delivery *d)
{
    ce_kafka_receiver *r = arg;
    ce_kafka_incoming *in = (ce_kafka_incoming *)d;

    if (!is_ours(r, in)) {
        keep(r, in);
        return;
    }
    ce_arena_reset(d->arena);
    ce_delivery_set_message(d, &(ce_message){ .mode = CE_MODE_NONE });
    d->defect = (ce_defect){ .reason = NULL };
    d->origin.metadata = (ce_attrs){ NULL, 0, 0 };
    in->has_event = false;
    d->native = NULL;
    d->shared_headers = NULL;
    if (read_record(r, in, in->record) != CE_OK) {
        ce_repeater_add(&r->again, d);
        return;
    }
    ce_delivery_hook(d, settled, r, 0);
    ce_push(r->into, d);
}
