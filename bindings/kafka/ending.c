/* SPDX-License-Identifier: Apache-2.0 */
/* A topic that is written to while it is read, perhaps because of what is read,
 * has no end that waits for its reader. So each partition has the end that it
 * had at first, also after a rebalance. */
#include "bindings/kafka/ending.h"

#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/receiver.h"

enum {
    /* Of a topic that was made a moment ago not every broker knows yet. */
    REFUSED_MS = 3000
};

/* --- where it ends --- */

static rd_kafka_topic_partition_list_t *ends_of(ce_kafka_ending *q)
{
    if (!q->ends)
        q->ends = rd_kafka_topic_partition_list_new(8);
    return q->ends;
}

void ce_kafka_ending_note(ce_kafka_receiver *r, ce_kafka_ledger *l, int64_t end)
{
    const rd_kafka_topic_partition_t *known;

    if (!r->ending.is_on || end < 0)
        return;
    known = rd_kafka_topic_partition_list_find(ends_of(&r->ending), l->topic,
                                               l->partition);
    l->until = known ? known->offset : end;
    if (!known)
        ce_kafka_add_partition(r->ending.ends, l, end);
}

bool ce_kafka_ending_excludes(ce_kafka_receiver *r, const rd_kafka_message_t *m)
{
    ce_kafka_ledger *l;

    if (!r->ending.is_on)
        return false;
    l = ce_kafka_find_ledger(&r->assignment, rd_kafka_topic_name(m->rkt),
                             m->partition);
    if (!l || l->until == CE_KAFKA_NOWHERE || m->offset < l->until)
        return false;
    l->at_end = true;
    return true;
}

/* --- whether it is there --- */

/* A group keeps what comes back undelivered; without one it is read again. */
static bool is_read(const ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    return l->at_end && !l->again && !l->leaving && !l->full && !l->gone &&
           (l->out == 0 || !r->reader.is_on);
}

static bool has_assignment(const ce_kafka_receiver *r)
{
    return r->phase == CE_KAFKA_ASSIGNED && r->receiver.health.up &&
           !r->placing.given && !r->assignment.revoked &&
           !r->assignment.unassigned_ms;
}

/* A member without partitions may get some. */
static bool is_all_read(const ce_kafka_receiver *r)
{
    int heard = 0;

    if (!has_assignment(r) || r->credit.held)
        return false;
    for (const ce_kafka_ledger *l =
             ce_kafka_first_ledger(&r->assignment.ledgers);
         l; l = ce_kafka_next_ledger(l), heard++)
        if (!is_read(r, l))
            return false;
    return heard > 0 && (!r->reader.is_on || heard >= r->reader.found->cnt);
}

static bool stays_refused(ce_kafka_receiver *r)
{
    uint64_t now = ce_loop_now_ms(r->loop);

    if (r->phase != CE_KAFKA_REFUSED)
        r->ending.refused_ms = 0;
    else if (!r->ending.refused_ms)
        r->ending.refused_ms = now;
    return r->ending.refused_ms && now - r->ending.refused_ms >= REFUSED_MS;
}

void ce_kafka_ending_tick(ce_kafka_receiver *r)
{
    ce_receiver *receiver = &r->receiver;

    if (!r->ending.is_on || r->ending.is_told)
        return;
    if (!stays_refused(r) && !is_all_read(r))
        return;
    r->ending.is_told = true;
    if (receiver->ended)
        receiver->ended(receiver, receiver->ended_arg);
}

void ce_kafka_ending_reach(ce_kafka_receiver *r, const rd_kafka_message_t *m)
{
    ce_kafka_ledger *l = ce_kafka_ledger_of(r, m);

    if (!l)
        return;
    l->at_end = true;
    ce_kafka_ending_note(r, l, m->offset);
    ce_kafka_ending_tick(r);
}

void ce_kafka_ending_free(ce_kafka_ending *q)
{
    if (q->ends)
        rd_kafka_topic_partition_list_destroy(q->ends);
}
