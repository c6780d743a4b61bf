/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions come and go; their ledgers with them.
 *
 * What is revoked is drained first, so that its next owner begins behind what
 * we have done. librdkafka waits for the answer to a commit before it lets
 * partitions go, so nothing here does. */
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/ledgers.h"
#include "bindings/kafka/trouble.h"

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

void ce_kafka_seek(ce_kafka_receiver *r, ce_kafka_ledger *l, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);

    if (offset >= 0)
        ce_kafka_ledger_seek(l, offset);
    ce_kafka_add_partition(list, l, offset);
    /* No timeout: it is not waited for. */
    rd_kafka_error_destroy(rd_kafka_seek_partitions(r->client.rk, list, 0));
    rd_kafka_topic_partition_list_destroy(list);
}

/* Another record has an old offset, or offsets go back, when the topic was
 * deleted and made again, or when its log lost its end to an unclean election.
 * Nothing may be skipped by the old offsets, and no result of an old record may
 * move the new ones. Returns the ledger that takes over, or NULL. */
static ce_kafka_ledger *begin_again(ce_kafka_receiver *r, ce_kafka_ledger *l,
                                    const rd_kafka_message_t *m)
{
    ce_kafka_ledger *fresh;

    ce_log_of(
        CE_WARN, r->receiver.health.label,
        "topic %s partition %d: offset %lld is another record than "
        "before: the topic was made again or has lost its end; it is read "
        "from its oldest record",
        l->topic, (int)l->partition, (long long)m->offset);
    ce_kafka_note_back(r, l);
    ce_kafka_drop_held_of(r, l);
    lose(&r->assignment, l);
    ce_loop_post(r->loop, &r->store);
    fresh = ce_kafka_ledger_of(r, m);
    if (!fresh)
        return NULL;
    fresh->leaving = l->leaving;
    fresh->born_s = l->born_s;
    return fresh;
}

ce_kafka_ledger *ce_kafka_ledger_read_by(ce_kafka_receiver *r,
                                         const rd_kafka_message_t *m)
{
    ce_kafka_mark mark = ce_kafka_mark_of(m);
    ce_kafka_ledger *l = ce_kafka_ledger_of(r, m);
    bool goes_back = l && m->offset <= l->read;
    ce_kafka_seen seen;

    if (!l)
        return NULL;
    ce_kafka_note_gap(r, l, m->offset);
    seen = ce_kafka_ledger_read(l, &mark);
    if (seen != CE_KAFKA_STRANGE)
        return seen == CE_KAFKA_NEW ? l : NULL;
    l = begin_again(r, l, m);
    /* Where offsets go back librdkafka has begun at the oldest record by
     * itself. */
    if (l && goes_back && ce_kafka_ledger_read(l, &mark) == CE_KAFKA_NEW)
        return l;
    if (l && !goes_back)
        ce_kafka_seek(r, l, RD_KAFKA_OFFSET_BEGINNING);
    return NULL;
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

void ce_kafka_topic_is_gone(ce_kafka_receiver *r, const char *topic)
{
    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l)) {
        /* Without an anchor nothing was read. */
        if (strcmp(l->topic, topic) != 0 ||
            l->anchor.offset == CE_KAFKA_NOWHERE)
            continue;
        l->gone = true;
        /* An answer that is on its way may still be of the old topic. */
        l->asked.offset = CE_KAFKA_NOWHERE;
        ce_kafka_drop_held_of(r, l);
        ce_kafka_inspect_soon(r);
    }
}

void ce_kafka_read_again(ce_kafka_receiver *r)
{
    uint64_t now = ce_loop_now_ms(r->loop);
    bool waits = false;

    for (ce_kafka_ledger *l = ce_kafka_first_ledger(&r->assignment.ledgers); l;
         l = ce_kafka_next_ledger(l)) {
        if (!l->again)
            continue;
        /* Another place would pass the proof by, or look like its failure. */
        if (now < l->again_ms || l->leaving || l->full ||
            l->proof.offset != CE_KAFKA_NOWHERE)
            waits = true;
        else
            ce_kafka_seek(r, l, ce_kafka_ledger_unread(l));
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
    r->commits.failing_ms = 0;
    /* A topic that is refused is assigned as no partition. */
    if (r->phase == CE_KAFKA_JOINING || (r->phase == CE_KAFKA_REFUSED && any))
        r->phase = CE_KAFKA_ASSIGNED;
    if (r->phase == CE_KAFKA_ASSIGNED)
        ce_health_up(&r->receiver.health);
}

void ce_kafka_assign(ce_kafka_receiver *r,
                     const rd_kafka_topic_partition_list_t *partitions)
{
    if (is_cooperative(r))
        rd_kafka_error_destroy(
            rd_kafka_incremental_assign(r->client.rk, partitions));
    else
        rd_kafka_assign(r->client.rk, partitions);
    if (r->credit.paused)
        ce_kafka_pause(r);
    note_assigned(r, partitions->cnt > 0);
}

/* The group waits for an answer, and nothing of it is read any more. */
static void decline(ce_kafka_receiver *r,
                    const rd_kafka_topic_partition_list_t *partitions)
{
    if (is_cooperative(r))
        rd_kafka_error_destroy(
            rd_kafka_incremental_assign(r->client.rk, partitions));
    else
        rd_kafka_assign(r->client.rk, NULL);
}

void ce_kafka_assign_nothing(ce_kafka_receiver *r)
{
    if (r->placing.given)
        decline(r, r->placing.given);
    ce_kafka_forget_placing(r);
}

static void unassign(ce_kafka_receiver *r,
                     const rd_kafka_topic_partition_list_t *partitions)
{
    if (is_cooperative(r))
        rd_kafka_error_destroy(
            rd_kafka_incremental_unassign(r->client.rk, partitions));
    else
        rd_kafka_assign(r->client.rk, NULL);
}

static void give_up(ce_kafka_receiver *r,
                    const rd_kafka_topic_partition_list_t *partitions)
{
    ce_kafka_forget_placing(r);
    /* Where the group has gone on without us no offset of ours counts. */
    if (!rd_kafka_assignment_lost(r->client.rk))
        ce_kafka_commit_now(r);
    /* A pause outlives the assignment in librdkafka. */
    ce_kafka_resume_all(r);
    for (int i = 0; i < partitions->cnt; i++)
        lose_partition(&r->assignment, &partitions->elems[i]);
    /* From now on the client joins anew. */
    atomic_store(&r->commits.joining, is_cooperative(r));
    unassign(r, partitions);
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
    ce_log_of(CE_INFO, r->receiver.health.label, "%s %d partitions",
              is_assigned ? "assigned" : "revoked", partitions->cnt);
    if (!is_assigned)
        revoke(r, partitions);
    else if (r->phase == CE_KAFKA_CLOSING)
        decline(r, partitions);
    else
        ce_kafka_place(r, partitions);
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
