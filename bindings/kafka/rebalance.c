/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions come and go; their ledgers with them.
 *
 * What is revoked is drained first, so that its next owner begins behind what
 * we have done. librdkafka commits the stored offsets of partitions that are
 * unassigned before it lets them go, so nothing here waits for a commit. */
#include "bindings/kafka/kafka.h"

#include <string.h>

#include <cloudevents/log.h>

enum { DRAIN_MS = 5000 };

ce_kafka_ledger *ce_kafka_find(ce_kafka_receiver *r, const char *topic,
                               int32_t partition)
{
    ce_kafka_ledger *l = r->recent;

    if (l && l->partition == partition && !strcmp(l->topic, topic))
        return l;
    for (l = r->ledgers; l; l = l->link)
        if (l->partition == partition && !strcmp(l->topic, topic))
            break;
    r->recent = l;
    return l;
}

static void add_partition(rd_kafka_topic_partition_list_t *list,
                          const ce_kafka_ledger *l, int64_t offset)
{
    rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset =
        offset;
}

void ce_kafka_store(ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *list = NULL;

    for (ce_kafka_ledger *l = r->ledgers; l; l = l->link) {
        int64_t safe = ce_kafka_ledger_take(l);

        if (safe == CE_KAFKA_UNMOVED)
            continue;
        if (!list)
            list = rd_kafka_topic_partition_list_new(8);
        add_partition(list, l, safe);
    }
    if (!list)
        return;
    /* A partition that is not ours any more is refused: its next owner reads
     * these records again. */
    rd_kafka_offsets_store(r->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* --- ledgers that end --- */

static void lose(ce_kafka_receiver *r, ce_kafka_ledger **at)
{
    ce_kafka_ledger *l = *at;

    if (r->recent == l)
        r->recent = NULL;
    *at = l->link;
    l->lost = true;
    l->link = r->lost;
    r->lost = l;
}

static void lose_partition(ce_kafka_receiver *r, const char *topic,
                           int32_t partition)
{
    for (ce_kafka_ledger **at = &r->ledgers; *at; at = &(*at)->link)
        if ((*at)->partition == partition && !strcmp((*at)->topic, topic)) {
            lose(r, at);
            return;
        }
}

void ce_kafka_lose_all(ce_kafka_receiver *r)
{
    while (r->ledgers)
        lose(r, &r->ledgers);
}

void ce_kafka_sweep(ce_kafka_receiver *r)
{
    ce_kafka_ledger **at = &r->lost;

    while (*at) {
        ce_kafka_ledger *l = *at;

        if (l->out > 0) {
            at = &l->link;
            continue;
        }
        *at = l->link;
        ce_kafka_ledger_free(l);
    }
}

/* --- credit --- */

static void all_of(ce_kafka_receiver *r,
                   rd_kafka_resp_err_t (*fn)(rd_kafka_t *,
                                             rd_kafka_topic_partition_list_t *))
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(8);

    for (const ce_kafka_ledger *l = r->ledgers; l; l = l->link)
        add_partition(list, l, RD_KAFKA_OFFSET_INVALID);
    if (list->cnt > 0)
        fn(r->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void ce_kafka_pause(ce_kafka_receiver *r)
{
    r->paused = true;
    all_of(r, rd_kafka_pause_partitions);
}

void ce_kafka_resume(ce_kafka_receiver *r)
{
    r->paused = false;
    all_of(r, rd_kafka_resume_partitions);
}

void ce_kafka_read_again(ce_kafka_receiver *r)
{
    uint64_t now = ce_loop_now_ms(r->loop);
    bool waits = false;

    for (ce_kafka_ledger *l = r->ledgers; l; l = l->link) {
        rd_kafka_topic_partition_list_t *list;

        if (!l->again)
            continue;
        if (l->out > 0 || now < l->again_ms || l->leaving) {
            waits = true;
            continue;
        }
        list = rd_kafka_topic_partition_list_new(1);
        add_partition(list, l, ce_kafka_ledger_rewind(l));
        rd_kafka_error_destroy(rd_kafka_seek_partitions(r->rk, list, 0));
        rd_kafka_topic_partition_list_destroy(list);
    }
    r->again = waits;
}

/* Any request wakes the thread; this one's answer is not waited for. */
void ce_kafka_nudge(ce_kafka_receiver *r, const ce_kafka_ledger *l,
                    size_t bytes)
{
    rd_kafka_topic_partition_list_t *list;

    r->read_bytes += bytes;
    r->read_count++;
    if (r->read_bytes < CE_KAFKA_AHEAD_KB * 512 &&
        r->read_count < CE_KAFKA_AHEAD_COUNT / 2)
        return;
    r->read_bytes = r->read_count = 0;
    list = rd_kafka_topic_partition_list_new(1);
    add_partition(list, l, RD_KAFKA_OFFSET_END);
    rd_kafka_offsets_for_times(r->rk, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}

/* --- assignments --- */

static bool is_cooperative(const ce_kafka_receiver *r)
{
    const char *protocol = rd_kafka_rebalance_protocol(r->rk);

    return protocol && !strcmp(protocol, "COOPERATIVE");
}

static void assign(ce_kafka_receiver *r,
                   rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &partitions->elems[i];
        ce_kafka_ledger *l;

        lose_partition(r, p->topic, p->partition);
        l = ce_kafka_ledger_new(p->topic, p->partition);
        /* Without memory now, its first record tries again. */
        if (!l)
            continue;
        l->link = r->ledgers;
        r->ledgers = l;
    }
    if (is_cooperative(r))
        rd_kafka_error_destroy(rd_kafka_incremental_assign(r->rk, partitions));
    else
        rd_kafka_assign(r->rk, partitions);
    r->assigned = true;
    if (partitions->cnt > 0)
        r->refused = false;
    if (r->paused)
        ce_kafka_pause(r);
    if (!r->refused)
        ce_health_up(&r->receiver.health);
}

static void give_up(ce_kafka_receiver *r,
                    rd_kafka_topic_partition_list_t *partitions)
{
    ce_kafka_store(r);
    /* A pause outlives the assignment in librdkafka. */
    if (r->paused)
        ce_kafka_resume(r);
    for (int i = 0; i < partitions->cnt; i++)
        lose_partition(r, partitions->elems[i].topic,
                       partitions->elems[i].partition);
    if (is_cooperative(r))
        rd_kafka_error_destroy(
            rd_kafka_incremental_unassign(r->rk, partitions));
    else
        rd_kafka_assign(r->rk, NULL);
    ce_loop_post(r->loop, &r->store);
}

static void drop_held_of(ce_kafka_receiver *r, const ce_kafka_ledger *l)
{
    if (!r->held || r->held->partition != l->partition ||
        strcmp(rd_kafka_topic_name(r->held->rkt), l->topic) != 0)
        return;
    rd_kafka_message_destroy(r->held);
    r->held = NULL;
}

/* Whether some of it is still on its way to the sink. */
static bool leave(ce_kafka_receiver *r,
                  const rd_kafka_topic_partition_list_t *partitions)
{
    bool is_busy = false;

    for (int i = 0; i < partitions->cnt; i++) {
        ce_kafka_ledger *l = ce_kafka_find(r, partitions->elems[i].topic,
                                           partitions->elems[i].partition);

        if (!l)
            continue;
        l->leaving = true;
        drop_held_of(r, l);
        is_busy |= l->out > 0;
    }
    return is_busy;
}

void ce_kafka_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *partitions,
                        void *opaque)
{
    ce_kafka_receiver *r = opaque;

    ce_log(CE_INFO, "%s: %s %d partitions", r->receiver.health.label,
           code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? "assigned"
                                                        : "revoked",
           partitions->cnt);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assign(r, partitions);
        return;
    }
    if (!leave(r, partitions) || r->closing || rd_kafka_assignment_lost(rk)) {
        give_up(r, partitions);
        return;
    }
    if (r->revoked)
        rd_kafka_topic_partition_list_destroy(r->revoked);
    r->revoked = rd_kafka_topic_partition_list_copy(partitions);
    r->revoke_by_ms = ce_loop_now_ms(r->loop) + DRAIN_MS;
}

void ce_kafka_revoke(ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *partitions = r->revoked;

    if (!partitions ||
        (ce_loop_now_ms(r->loop) < r->revoke_by_ms && leave(r, partitions)))
        return;
    r->revoked = NULL;
    give_up(r, partitions);
    rd_kafka_topic_partition_list_destroy(partitions);
}
