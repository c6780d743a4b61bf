/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions come and go; their ledgers with them.
 *
 * What is revoked is drained first, so that its next owner begins behind what
 * we have done. librdkafka commits the stored offsets of partitions that are
 * unassigned before it lets them go, so nothing here waits for a commit. */
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/ledgers.h"

#include <string.h>

#include <cloudevents/log.h>

enum {
    /* How long revoked partitions may drain: long enough for a sink that
     * answers, short because the whole group stands still meanwhile. It would
     * wait for up to max.poll.interval.ms, five minutes. */
    DRAIN_MS = 5000
};

/* --- ledgers --- */

static void lose(ce_kafka_assignment *a, ce_kafka_ledger *l)
{
    if (a->recent == l)
        a->recent = NULL;
    ce_queue_remove(&a->ledgers, &l->link);
    l->lost = true;
    ce_kafka_abandon(l);
    ce_queue_add(&a->lost, &l->link);
}

/* Offsets go back when the topic was deleted and made again, or when its log
 * lost its end to an unclean election. What has the old offsets is another
 * record: nothing may be skipped by them, and no result of an old record may
 * move the new ones. */
static ce_kafka_ledger *begin_again(ce_kafka_receiver *r, ce_kafka_ledger *l,
                                    const rd_kafka_message_t *m)
{
    ce_kafka_ledger *fresh;

    ce_log(CE_WARN,
           "%s: topic %s partition %d: after offset %lld comes %lld: the topic "
           "was made again or has lost its end; it is read from there",
           r->receiver.health.label, l->topic, (int)l->partition,
           (long long)l->read, (long long)m->offset);
    ce_kafka_drop_held_of(r, l);
    lose(&r->assignment, l);
    ce_loop_post(r->loop, &r->store);
    fresh = ce_kafka_ledger_of(r, m);
    if (fresh)
        fresh->leaving = l->leaving;
    return fresh;
}

ce_kafka_ledger *ce_kafka_ledger_read_by(ce_kafka_receiver *r,
                                         const rd_kafka_message_t *m)
{
    ce_kafka_ledger *l = ce_kafka_ledger_of(r, m);

    if (!l || ce_kafka_ledger_read(l, m->offset))
        return l;
    l = begin_again(r, l, m);
    if (l)
        ce_kafka_ledger_read(l, m->offset);
    return l;
}

static void lose_partition(ce_kafka_assignment *a,
                           const rd_kafka_topic_partition_t *p)
{
    ce_kafka_ledger *l = ce_kafka_find_ledger(a, p->topic, p->partition);

    if (l)
        lose(a, l);
}

void ce_kafka_lose_all(ce_kafka_receiver *r)
{
    ce_kafka_assignment *a = &r->assignment;
    ce_kafka_ledger *l;

    while ((l = ce_kafka_first_ledger(&a->ledgers)))
        lose(a, l);
}

void ce_kafka_sweep(ce_kafka_receiver *r)
{
    ce_kafka_assignment *a = &r->assignment;
    ce_queue all = ce_queue_take_all(&a->lost);
    ce_kafka_ledger *l;

    while ((l = CE_QUEUE_TAKE(&all, ce_kafka_ledger, link))) {
        if (l->out > 0)
            ce_queue_add(&a->lost, &l->link);
        else
            ce_kafka_ledger_free(l);
    }
}

/* --- offsets --- */

void ce_kafka_store_offsets(ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(8);

    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l)) {
        int64_t safe = ce_kafka_ledger_take(l);

        if (safe == CE_KAFKA_UNMOVED || l->gone)
            continue;
        l->stored = safe;
        ce_kafka_add_partition(list, l, safe);
    }
    /* A partition that is not ours any more is refused: its next owner reads
     * these records again. */
    if (list->cnt > 0)
        rd_kafka_offsets_store(r->client.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void ce_kafka_committed(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    ce_kafka_receiver *r = opaque;

    (void)rk;
    if (code || !offsets)
        return;
    for (int i = 0; i < offsets->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &offsets->elems[i];
        ce_kafka_ledger *l =
            ce_kafka_find_ledger(&r->assignment, p->topic, p->partition);

        if (l && !p->err)
            l->committed = p->offset;
    }
}

/* Has librdkafka forget what it was given of L. It would commit that once more
 * when the partition goes, and it may go because its topic was deleted: the
 * broker forgets the group's offsets with a topic, and an old one that comes
 * after that skips the events of a new topic of this name. */
static void forget_stored(ce_kafka_receiver *r, ce_kafka_ledger *l)
{
    rd_kafka_topic_partition_list_t *list;

    if (l->stored == CE_KAFKA_UNMOVED)
        return;
    l->stored = CE_KAFKA_UNMOVED;
    list = rd_kafka_topic_partition_list_new(1);
    ce_kafka_add_partition(list, l, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_offsets_store(r->client.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void ce_kafka_topic_is_gone(ce_kafka_receiver *r, const char *topic)
{
    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l)) {
        if (strcmp(l->topic, topic))
            continue;
        l->gone = true;
        ce_kafka_drop_held_of(r, l);
        forget_stored(r, l);
    }
}

static void rewind_to_oldest(ce_kafka_receiver *r, ce_kafka_ledger *l)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);

    ce_kafka_add_partition(list, l, ce_kafka_ledger_rewind(l));
    /* No timeout: it is not waited for. */
    rd_kafka_error_destroy(rd_kafka_seek_partitions(r->client.rk, list, 0));
    rd_kafka_topic_partition_list_destroy(list);
}

void ce_kafka_read_again(ce_kafka_receiver *r)
{
    uint64_t now = ce_loop_now_ms(r->loop);
    bool waits = false;

    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l)) {
        if (!l->again)
            continue;
        /* With records out it would read those twice for sure. */
        if (l->out > 0 || now < l->again_ms || l->leaving)
            waits = true;
        else
            rewind_to_oldest(r, l);
    }
    r->assignment.again = waits;
}

/* --- rebalances --- */

/* By default the assignment is eager; the user may want it otherwise. */
static bool is_cooperative(const ce_kafka_receiver *r)
{
    const char *protocol = rd_kafka_rebalance_protocol(r->client.rk);

    return protocol && !strcmp(protocol, "COOPERATIVE");
}

static void note_assigned(ce_kafka_receiver *r, bool any)
{
    r->assignment.unassigned_ms = 0;
    /* A topic that is refused is assigned as no partition. */
    if (r->phase == CE_KAFKA_JOINING || (r->phase == CE_KAFKA_REFUSED && any))
        r->phase = CE_KAFKA_ASSIGNED;
    if (r->phase == CE_KAFKA_ASSIGNED)
        ce_health_up(&r->receiver.health);
}

static void assign(ce_kafka_receiver *r,
                   rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &partitions->elems[i];

        lose_partition(&r->assignment, p);
        /* Without memory now, its first record tries again. */
        ce_kafka_add_ledger(&r->assignment, p->topic, p->partition);
    }
    if (is_cooperative(r))
        rd_kafka_error_destroy(
            rd_kafka_incremental_assign(r->client.rk, partitions));
    else
        rd_kafka_assign(r->client.rk, partitions);
    if (r->credit.paused)
        ce_kafka_pause(r);
    note_assigned(r, partitions->cnt > 0);
}

static void let_go(ce_kafka_receiver *r, const rd_kafka_topic_partition_t *p)
{
    ce_kafka_ledger *l =
        ce_kafka_find_ledger(&r->assignment, p->topic, p->partition);

    if (!l)
        return;
    if (l->stored == l->committed)
        forget_stored(r, l);
    lose(&r->assignment, l);
}

static void give_up(ce_kafka_receiver *r,
                    rd_kafka_topic_partition_list_t *partitions)
{
    ce_kafka_store_offsets(r);
    /* A pause outlives the assignment in librdkafka. */
    if (r->credit.paused)
        ce_kafka_resume(r);
    for (int i = 0; i < partitions->cnt; i++)
        let_go(r, &partitions->elems[i]);
    if (is_cooperative(r))
        rd_kafka_error_destroy(
            rd_kafka_incremental_unassign(r->client.rk, partitions));
    else
        rd_kafka_assign(r->client.rk, NULL);
    r->assignment.unassigned_ms = ce_loop_now_ms(r->loop);
    /* Sweeps what is lost, when nobody walks over it. */
    ce_loop_post(r->loop, &r->store);
}

/* Takes nothing more of PARTITIONS. Whether some of it is still on its way to
 * the sink. */
static bool leave(ce_kafka_receiver *r,
                  const rd_kafka_topic_partition_list_t *partitions)
{
    bool is_busy = false;

    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &partitions->elems[i];
        ce_kafka_ledger *l =
            ce_kafka_find_ledger(&r->assignment, p->topic, p->partition);

        if (!l)
            continue;
        l->leaving = true;
        ce_kafka_drop_held_of(r, l);
        is_busy |= l->out > 0 && !l->gone;
    }
    return is_busy;
}

static void revoke(ce_kafka_receiver *r,
                   rd_kafka_topic_partition_list_t *partitions)
{
    ce_kafka_assignment *a = &r->assignment;
    bool is_busy = leave(r, partitions);

    /* Where the group has gone on without us there is nothing to drain for:
     * the next owner has begun, and takes no offset of ours. */
    if (!is_busy || r->phase == CE_KAFKA_CLOSING ||
        rd_kafka_assignment_lost(r->client.rk)) {
        give_up(r, partitions);
        return;
    }
    if (a->revoked)
        rd_kafka_topic_partition_list_destroy(a->revoked);
    a->revoked = rd_kafka_topic_partition_list_copy(partitions);
    a->revoke_by_ms = ce_loop_now_ms(r->loop) + DRAIN_MS;
}

void ce_kafka_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *partitions,
                        void *opaque)
{
    ce_kafka_receiver *r = opaque;
    bool is_assigned = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;

    (void)rk;
    ce_log(CE_INFO, "%s: %s %d partitions", r->receiver.health.label,
           is_assigned ? "assigned" : "revoked", partitions->cnt);
    if (is_assigned)
        assign(r, partitions);
    else
        revoke(r, partitions);
}

void ce_kafka_forget_revocation(ce_kafka_receiver *r)
{
    if (r->assignment.revoked)
        rd_kafka_topic_partition_list_destroy(r->assignment.revoked);
    r->assignment.revoked = NULL;
    r->assignment.unassigned_ms = 0;
}

void ce_kafka_finish_revocation(ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *partitions = r->assignment.revoked;

    if (!partitions)
        return;
    if (leave(r, partitions) &&
        ce_loop_now_ms(r->loop) < r->assignment.revoke_by_ms)
        return;
    r->assignment.revoked = NULL;
    give_up(r, partitions);
    rd_kafka_topic_partition_list_destroy(partitions);
}
