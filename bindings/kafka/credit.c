/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/ledgers.h"

#include <cloudevents/log.h>

#include "core/base/log.h"
#include "core/pipeline/share.h"

enum {
    /* Without credit for so long the partitions are paused. A pause throws
     * away what was fetched ahead, so a short want of credit is no reason. */
    STARVED_MS = 1000
};

/* --- fetching --- */

/* Has librdkafka look at the partition of L again, after so much was read: its
 * 2.0 fetches nothing for a partition whose queue was full until something
 * wakes the broker's thread, or a second is over. Any request wakes it; this
 * one's answer is not waited for. */
static void nudge(ce_kafka_receiver *r, const ce_kafka_ledger *l, size_t bytes)
{
    ce_kafka_credit *c = &r->credit;
    rd_kafka_topic_partition_list_t *list;

    c->bytes += bytes;
    c->count++;
    /* After each half of what may be fetched ahead: the other half is read
     * while the request is on its way. */
    if (c->bytes < CE_KAFKA_AHEAD_KB * 1024 / 2 &&
        c->count < CE_KAFKA_AHEAD_COUNT / 2)
        return;
    c->bytes = c->count = 0;
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset =
        RD_KAFKA_OFFSET_END;
    rd_kafka_offsets_for_times(r->client.rk, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}

void ce_kafka_pause(ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *all = ce_kafka_assigned(r);

    r->credit.paused = true;
    rd_kafka_pause_partitions(r->client.rk, all);
    rd_kafka_topic_partition_list_destroy(all);
}

static void resume(ce_kafka_receiver *r, ce_kafka_ledger *l)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);

    /* What came while it was full was dropped. */
    if (l->full)
        l->again = r->assignment.again = true;
    l->full = false;
    ce_kafka_add_partition(list, l, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_resume_partitions(r->client.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void resume_but_full(ce_kafka_receiver *r)
{
    r->credit.paused = false;
    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l))
        if (!l->full)
            resume(r, l);
}

void ce_kafka_resume_all(ce_kafka_receiver *r)
{
    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l))
        if (l->full || r->credit.paused)
            resume(r, l);
    r->credit.paused = false;
}

/* --- shares --- */

static bool is_alone(const ce_kafka_receiver *r)
{
    const ce_kafka_ledger *first =
        ce_kafka_first_ledger(&r->assignment.ledgers);

    return !first || !ce_kafka_next_ledger(first);
}

/* What gets no result, of a key that the sink never takes say, is not to stop
 * the other partitions. */
static bool has_share(const ce_kafka_receiver *r, const ce_kafka_ledger *l,
                      const rd_kafka_message_t *m)
{
    const ce_pool_part own = { l->out, l->bytes }, more = { 1, m->len };

    return is_alone(r) || ce_pool_allows(r->receiver.pool, own, more);
}

/* More than a share: each time that it is used up the others wait a second. */
static bool is_open_again(const ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    const ce_pool *pool = r->receiver.pool;
    const ce_pool_part all = ce_pool_all(pool);
    const ce_pool_part twice = { 2 * (size_t)l->out, 2 * l->bytes };
    const ce_pool_part quarter = { all.count / 4, all.bytes / 4 };

    return !ce_kafka_ledger_is_full(l) &&
           (is_alone(r) || ce_pool_allows(pool, twice, quarter));
}

/* --- partitions that are full --- */

static void close_partition(ce_kafka_receiver *r, ce_kafka_ledger *l)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);

    l->full = true;
    ce_kafka_add_partition(list, l, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_pause_partitions(r->client.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Its oldest record gets no result: nothing more of this partition can be
 * remembered. The others go on. */
static void close_full(ce_kafka_receiver *r, ce_kafka_ledger *l)
{
    close_partition(r, l);
    ce_log_of(CE_WARN, r->receiver.health.label,
              "topic %s partition %d is paused: offset %lld has no result, "
              "and %d records behind it are as many as may",
              l->topic, (int)l->partition,
              (long long)ce_kafka_ledger_oldest(l)->mark.offset,
              CE_KAFKA_ROWS_MAX - 1);
}

static void close_greedy(ce_kafka_receiver *r, ce_kafka_ledger *l)
{
    close_partition(r, l);
    ce_kafka_drop_held(r);
    r->credit.starved_ms = 0;
    ce_loop_post(r->loop, &r->more);
    if (ce_log_may_repeat(&r->credit.next_log_ms, ce_loop_now_ms(r->loop)))
        ce_log_of(CE_WARN, r->receiver.health.label,
                  "topic %s partition %d is paused: %u records of it have no "
                  "result, and the rest of max_in_flight is for others",
                  l->topic, (int)l->partition, l->out);
}

void ce_kafka_open_full(ce_kafka_receiver *r)
{
    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l))
        if (l->full && !r->credit.paused && is_open_again(r, l))
            resume(r, l);
}

/* --- records without credit --- */

/* Hands M, of the partition of L, over, or holds it. */
static void offer(ce_kafka_receiver *r, ce_kafka_ledger *l,
                  rd_kafka_message_t *m)
{
    size_t len = m->len;

    if (l && !l->full && ce_kafka_ledger_is_full(l))
        close_full(r, l);
    /* It is read again later, by us or by the next owner. */
    if (l && (l->leaving || l->gone || l->again || l->full)) {
        rd_kafka_message_destroy(m);
        return;
    }
    if (!l || !has_share(r, l, m) || !ce_kafka_hand_over(r, l, m)) {
        r->credit.held = m;
        return;
    }
    nudge(r, l, len);
}

void ce_kafka_take(ce_kafka_receiver *r, rd_kafka_message_t *m)
{
    ce_kafka_ledger *l = ce_kafka_ledger_read_by(r, m);

    if (l)
        offer(r, l, m);
    else
        rd_kafka_message_destroy(m);
}

bool ce_kafka_has_credit(ce_kafka_receiver *r)
{
    ce_kafka_credit *c = &r->credit;
    rd_kafka_message_t *held = c->held;

    if (held) {
        c->held = NULL;
        offer(r, ce_kafka_ledger_of(r, held), held);
    }
    if (c->held) {
        if (!c->starved_ms)
            c->starved_ms = ce_loop_now_ms(r->loop);
        return false;
    }
    if (c->paused)
        resume_but_full(r);
    c->starved_ms = 0;
    return true;
}

static void stop_fetching(ce_kafka_receiver *r)
{
    const rd_kafka_message_t *held = r->credit.held;
    ce_kafka_ledger *l = ce_kafka_ledger_of(r, held);

    if (l && !has_share(r, l, held))
        close_greedy(r, l);
    else
        ce_kafka_pause(r);
}

bool ce_kafka_is_starved(ce_kafka_receiver *r)
{
    ce_kafka_credit *c = &r->credit;

    if (!c->held || !c->starved_ms)
        return false;
    if (!c->paused && ce_loop_now_ms(r->loop) - c->starved_ms >= STARVED_MS)
        stop_fetching(r);
    return c->paused;
}

void ce_kafka_drop_held(ce_kafka_receiver *r)
{
    if (r->credit.held)
        rd_kafka_message_destroy(r->credit.held);
    r->credit.held = NULL;
}

void ce_kafka_drop_held_of(ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    const rd_kafka_message_t *m = r->credit.held;

    if (m && ce_kafka_ledger_is(l, rd_kafka_topic_name(m->rkt), m->partition))
        ce_kafka_drop_held(r);
}
