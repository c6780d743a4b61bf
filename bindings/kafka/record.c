/* SPDX-License-Identifier: Apache-2.0 */
/* A record on its way: it becomes a delivery, and its result moves the ledger
 * of its partition. */
#include <cloudevents/log.h>

#include "bindings/kafka/reply_writer.h"

enum {
    AGAIN_MS = 1000,
    WARNINGS = 10, /* lines per second */
    OVERHEAD = 512 /* of a record, beside its bytes */
};

/* --- results --- */

static void warn(ce_kafka_receiver *r, const ce_delivery *d,
                 const ce_result *result)
{
    uint64_t now = ce_loop_now_ms(r->loop);

    if (now - r->warned_ms >= 1000) {
        if (r->unwarned)
            ce_log(CE_WARN, "%s: %u more records were skipped",
                   r->receiver.health.label, r->unwarned);
        r->warned_ms = now;
        r->warnings = r->unwarned = 0;
    }
    if (r->warnings++ >= WARNINGS) {
        r->unwarned++;
        return;
    }
    ce_log(CE_WARN, "%s: topic %.*s partition %d offset %lld: %s: %s",
           r->receiver.health.label, CE_ARG(d->origin.topic),
           (int)d->origin.partition, (long long)d->origin.offset,
           result->malformed ? "malformed, skipped" : "refused, skipped",
           result->reason[0] ? result->reason : "no reason given");
}

/* The last of it, after whoever asked has the result. */
static void forget(ce_kafka_receiver *r, ce_kafka_incoming *in)
{
    ce_kafka_ledger *l = in->ledger;

    rd_kafka_message_destroy(in->record);
    if (l->safe != CE_KAFKA_UNMOVED || l->lost || l->leaving)
        ce_loop_post(r->loop, &r->store);
    if (r->held)
        ce_loop_post(r->loop, &r->more);
    ce_pool_give(&in->d);
}

static void pass(void *arg, ce_kafka_incoming *in)
{
    ce_kafka_ledger_settle(in->ledger, in->pos);
    forget(arg, in);
}

static void keep(void *arg, ce_kafka_incoming *in)
{
    ce_kafka_receiver *r = arg;

    ce_kafka_ledger_keep(in->ledger, in->pos);
    in->ledger->again_ms = ce_loop_now_ms(r->loop) + AGAIN_MS;
    r->again = true;
    forget(r, in);
}

const ce_kafka_reply_writer_ops ce_kafka_record_reply_ops = {
    .answered = pass,
    .unanswered = keep,
};

static void settled(ce_hook *h, ce_delivery *d, const ce_result *result)
{
    ce_kafka_receiver *r = h->self;
    ce_kafka_incoming *in = (ce_kafka_incoming *)d;

    if (r->answers && ce_kafka_answer(r->answers, in, result))
        return;
    if (result->verdict == CE_NACK)
        warn(r, d, result);
    if (result->verdict == CE_UNDELIVERED)
        keep(r, in);
    else
        pass(r, in);
}

/* --- records --- */

static ce_slice slice_of(const void *ptr, size_t len)
{
    return (ce_slice){ ptr, len };
}

static ce_status read_record(ce_kafka_receiver *r, ce_delivery *d,
                             const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL;

    d->message.body = slice_of(m->payload, m->len);
    d->message.key = slice_of(m->key, m->key_len);
    d->origin.partition = m->partition;
    d->origin.offset = m->offset;
    if (rd_kafka_message_headers(m, &headers))
        headers = NULL;
    if (ce_kafka_decode(d, headers) != CE_OK)
        return CE_ENOMEM;
    if (r->assumes && ce_kafka_assume(d))
        ce_receiver_tolerated(&r->receiver);
    if (m->len > r->max_event_bytes) {
        d->message.mode = CE_MODE_NONE;
        d->defect.plain = false;
        d->defect.code = 413;
        d->defect.reason = "the record is larger than max_event_bytes";
    }
    return ce_kafka_key_to_attribute(d, r->key_as);
}

bool ce_kafka_hand_over(ce_kafka_receiver *r, ce_kafka_ledger *l,
                        rd_kafka_message_t *m)
{
    ce_kafka_incoming *in = (ce_kafka_incoming *)ce_pool_take(r->receiver.pool);

    if (!in)
        return false;
    in->d.origin.topic = ce_slice_of(l->topic);
    if (read_record(r, &in->d, m) != CE_OK ||
        ce_kafka_ledger_open(l, m->offset, &in->pos) != CE_OK) {
        ce_pool_give(&in->d);
        return false;
    }
    in->record = m;
    in->ledger = l;
    in->d.interactive = r->answers && ce_kafka_is_request(m);
    ce_pool_charge(r->receiver.pool, &in->d, m->len + m->key_len + OVERHEAD);
    ce_delivery_hook(&in->d, settled, r, 0);
    ce_push(r->into, &in->d);
    return true;
}
