/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/receiver.h"
#include "bindings/kafka/ledgers.h"

#include <string.h>

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

void ce_kafka_resume(ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *all = ce_kafka_assigned(r);

    r->credit.paused = false;
    rd_kafka_resume_partitions(r->client.rk, all);
    rd_kafka_topic_partition_list_destroy(all);
}

/* --- records without credit --- */

/* Hands M over, or holds it. */
static void offer(ce_kafka_receiver *r, rd_kafka_message_t *m)
{
    ce_kafka_ledger *l = ce_kafka_ledger_of(r, m);
    size_t len = m->len;

    /* It is read again later, by us or by the next owner. */
    if (l && (l->leaving || l->gone || l->again)) {
        rd_kafka_message_destroy(m);
        return;
    }
    if (!l || !ce_kafka_hand_over(r, l, m)) {
        r->credit.held = m;
        return;
    }
    nudge(r, l, len);
}

void ce_kafka_take(ce_kafka_receiver *r, rd_kafka_message_t *m)
{
    ce_kafka_ledger_read_by(r, m);
    offer(r, m);
}

bool ce_kafka_has_credit(ce_kafka_receiver *r)
{
    ce_kafka_credit *c = &r->credit;
    rd_kafka_message_t *held = c->held;

    if (held) {
        c->held = NULL;
        offer(r, held);
    }
    if (c->held) {
        if (!c->starved_ms)
            c->starved_ms = ce_loop_now_ms(r->loop);
        return false;
    }
    if (c->paused)
        ce_kafka_resume(r);
    c->starved_ms = 0;
    return true;
}

bool ce_kafka_is_starved(ce_kafka_receiver *r)
{
    ce_kafka_credit *c = &r->credit;

    if (!c->held || !c->starved_ms)
        return false;
    if (!c->paused && ce_loop_now_ms(r->loop) - c->starved_ms >= STARVED_MS)
        ce_kafka_pause(r);
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
