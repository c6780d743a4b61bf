/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka 2.0 knows no ids of topics: when one is deleted and made again,
 * and soon is as long as the old one was, it reads on as if nothing had
 * happened. But all records of the new topic are younger than what was read of
 * the old one. So the broker is asked for the first record that is younger than
 * all that was read up to some record, the anchor. In the same topic it comes
 * after the anchor. If it does not, times may be out of order, and the anchor
 * is read once more for a proof. */
#include "bindings/kafka/inspect.h"

#include <cloudevents/log.h>

#include "bindings/kafka/ask.h"
#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/trouble.h"

enum {
    /* One request to each broker. */
    INSPECT_MS = 3000,
    /* While a topic seems gone nothing of it is delivered. */
    GONE_MS = 500,
    /* A record without a result for so long is worth a line; then after twice
     * as long, and so on. */
    WARN_MS = 30000
};

/* --- what is gone --- */

void ce_kafka_note_gone(ce_kafka_receiver *r, const ce_kafka_ledger *l,
                        int64_t count, int64_t low)
{
    if (count <= 0)
        return;
    r->inspection.gone += (uint64_t)count;
    ce_log_of(
        CE_WARN, r->receiver.health.label,
        "topic %s partition %d: %lld records were removed before they "
        "were read (retention or deletion); reading goes on at offset %lld",
        l->topic, (int)l->partition, (long long)count, (long long)low);
}

void ce_kafka_note_gap(ce_kafka_receiver *r, const ce_kafka_ledger *l,
                       int64_t offset)
{
    int64_t expected = l->read + 1, low = 0, high = 0;

    /* Compaction and transactions leave gaps, too: then the beginning of the
     * log, as librdkafka saw it last, is where it was. */
    if (l->safe == CE_KAFKA_NOWHERE || offset <= expected ||
        rd_kafka_get_watermark_offsets(r->client.rk, l->topic, l->partition,
                                       &low, &high) ||
        low <= expected)
        return;
    if (low > offset)
        low = offset;
    ce_kafka_note_gone(r, l, ce_kafka_ledger_undone(l, expected, low), low);
}

/* --- whether it is the same topic --- */

static rd_kafka_resp_err_t ask(rd_kafka_t *rk, rd_kafka_topic_t *none,
                               void *arg)
{
    ce_kafka_inspection *q = &((ce_kafka_receiver *)arg)->inspection;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    (void)none;
    if (q->asked->cnt > 0)
        code = rd_kafka_offsets_for_times(rk, q->asked, CE_KAFKA_ASK_MS);
    if (!code && q->ends->cnt > 0)
        code = rd_kafka_offsets_for_times(rk, q->ends, CE_KAFKA_ASK_MS);
    return code;
}

static bool is_quiet(const ce_kafka_ledger *l)
{
    return !l->leaving && !l->again && !l->full &&
           l->proof.offset == CE_KAFKA_NOWHERE;
}

static void doubt(ce_kafka_receiver *r, ce_kafka_ledger *l, int64_t younger)
{
    ce_log_of(CE_DEBUG, r->receiver.health.label,
              "topic %s partition %d: offset %lld is younger than offset %lld, "
              "which is read again to see whether the topic is the same",
              l->topic, (int)l->partition, (long long)younger,
              (long long)l->anchor.offset);
    ce_kafka_drop_held_of(r, l);
    l->proof = l->anchor;
    l->doubt = younger;
    ce_kafka_seek(r, l, l->anchor.offset);
}

static void judge(ce_kafka_receiver *r, ce_kafka_ledger *l, int64_t younger)
{
    bool fits =
        younger < 0 || younger > l->anchor.offset || younger == l->explained;

    ce_kafka_note_back(r, l);
    if (fits && !l->gone) {
        l->anchor = l->asked;
        l->anchor_ms = l->asked_ms;
    } else if (is_quiet(l)) {
        doubt(r, l, younger);
    }
}

static void note_ends(ce_kafka_receiver *r)
{
    const rd_kafka_topic_partition_list_t *ends = r->inspection.ends;

    for (int i = 0; i < ends->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &ends->elems[i];
        ce_kafka_ledger *l =
            ce_kafka_find_ledger(&r->assignment, p->topic, p->partition);

        if (!p->err && l)
            l->end = p->offset;
    }
}

static void judge_all(ce_kafka_receiver *r)
{
    const rd_kafka_topic_partition_list_t *asked = r->inspection.asked;

    for (int i = 0; i < asked->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &asked->elems[i];
        ce_kafka_ledger *l =
            ce_kafka_find_ledger(&r->assignment, p->topic, p->partition);

        /* One that has begun meanwhile was not asked for. */
        if (!p->err && l && l->asked.offset != CE_KAFKA_NOWHERE)
            judge(r, l, p->offset);
    }
}

static void on_answer(void *arg, rd_kafka_resp_err_t code)
{
    ce_kafka_receiver *r = arg;

    r->inspection.probe = NULL;
    if (!code && ce_kafka_is_receiving(r)) {
        note_ends(r);
        judge_all(r);
    }
    ce_kafka_forget_inspection(r);
}

/* librdkafka knows the end of what it fetches. */
static bool is_fetched(const ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    return !r->credit.paused && !l->full;
}

static void ask_all(ce_kafka_receiver *r)
{
    ce_kafka_inspection *q = &r->inspection;

    q->asked = rd_kafka_topic_partition_list_new(8);
    q->ends = rd_kafka_topic_partition_list_new(8);
    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l)) {
        if (!is_fetched(r, l))
            ce_kafka_add_partition(q->ends, l, RD_KAFKA_OFFSET_END);
        if (l->anchor.offset == CE_KAFKA_NOWHERE || !is_quiet(l))
            continue;
        l->asked = l->newest;
        l->asked_ms = l->latest_ms;
        ce_kafka_add_partition(q->asked, l, l->anchor_ms + 1);
    }
    if (q->asked->cnt > 0 || q->ends->cnt > 0)
        q->probe =
            ce_kafka_probe_with(r->loop, r->client.rk, NULL, ask, on_answer, r);
    if (!q->probe)
        ce_kafka_forget_inspection(r);
}

/* --- what holds up an offset --- */

/* Notes since when the oldest record of L is that. */
static void note_oldest(ce_kafka_ledger *l, uint64_t now)
{
    if (l->oldest == l->next)
        l->since_ms = 0;
    else if (!l->since_ms || l->since_pos != l->oldest)
        l->since_ms = now;
    l->since_pos = l->oldest;
}

static void warn(ce_kafka_receiver *r, const ce_kafka_ledger *l, uint64_t ms)
{
    ce_log_of(CE_WARN, r->receiver.health.label,
              "topic %s partition %d: offset %lld has no result since %llu s; "
              "the group's offset waits for it, and %llu records behind it %s",
              l->topic, (int)l->partition,
              (long long)ce_kafka_ledger_oldest(l)->mark.offset,
              (unsigned long long)(ms / 1000),
              (unsigned long long)(l->next - l->oldest - 1),
              l->full ? "are as many as may: nothing more of it is read"
                      : "are done or on their way");
}

static void look_for_the_slowest(ce_kafka_receiver *r, uint64_t now)
{
    ce_kafka_inspection *q = &r->inspection;
    const ce_kafka_ledger *slowest = NULL;
    uint64_t ms;

    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l)) {
        note_oldest(l, now);
        if (l->since_ms && (!slowest || l->since_ms < slowest->since_ms))
            slowest = l;
    }
    ms = slowest ? now - slowest->since_ms : 0;
    if (ms < WARN_MS) {
        q->warn_ms = WARN_MS;
    } else if (ms >= q->warn_ms) {
        warn(r, slowest, ms);
        q->warn_ms = 2 * ms;
    }
}

static bool any_is_gone(const ce_kafka_receiver *r)
{
    const ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers);

    while (l && !l->gone)
        l = ce_kafka_next_ledger(l);
    return l != NULL;
}

void ce_kafka_inspect_soon(ce_kafka_receiver *r)
{
    r->inspection.next_ms = ce_loop_now_ms(r->loop) + GONE_MS;
}

void ce_kafka_inspect(ce_kafka_receiver *r)
{
    ce_kafka_inspection *q = &r->inspection;
    uint64_t now = ce_loop_now_ms(r->loop);

    if (!q->next_ms)
        q->next_ms = now + INSPECT_MS;
    if (now < q->next_ms)
        return;
    q->next_ms = now + (any_is_gone(r) ? GONE_MS : INSPECT_MS);
    look_for_the_slowest(r, now);
    if (!q->asked)
        ask_all(r);
}

void ce_kafka_forget_inspection(ce_kafka_receiver *r)
{
    ce_kafka_inspection *q = &r->inspection;

    ce_kafka_probe_drop(q->probe);
    q->probe = NULL;
    if (q->asked)
        rd_kafka_topic_partition_list_destroy(q->asked);
    if (q->ends)
        rd_kafka_topic_partition_list_destroy(q->ends);
    q->asked = q->ends = NULL;
}
