/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the ledger of a partition, and naming all partitions. */
#include "bindings/kafka/ledgers.h"

#include "bindings/kafka/receiver.h"

ce_kafka_ledger *ce_kafka_first_ledger(const ce_queue *q)
{
    return CE_QUEUE_FIRST(q, ce_kafka_ledger, link);
}

ce_kafka_ledger *ce_kafka_next_ledger(const ce_kafka_ledger *l)
{
    return CE_QUEUE_NEXT(l, ce_kafka_ledger, link);
}

ce_kafka_ledger *ce_kafka_find_ledger(ce_kafka_assignment *a, const char *topic,
                                      int32_t partition)
{
    ce_kafka_ledger *l = a->recent;

    if (l && ce_kafka_ledger_is(l, topic, partition))
        return l;
    for (l = ce_kafka_first_ledger(&a->ledgers); l; l = ce_kafka_next_ledger(l))
        if (ce_kafka_ledger_is(l, topic, partition))
            break;
    a->recent = l;
    return l;
}

ce_kafka_ledger *ce_kafka_add_ledger(ce_kafka_assignment *a, const char *topic,
                                     int32_t partition)
{
    ce_kafka_ledger *l = ce_kafka_ledger_new(topic, partition);

    if (l)
        ce_queue_add(&a->ledgers, &l->link);
    return l;
}

ce_kafka_ledger *ce_kafka_ledger_at(ce_kafka_assignment *a, const char *topic,
                                    int32_t partition)
{
    ce_kafka_ledger *l = ce_kafka_find_ledger(a, topic, partition);

    return l ? l : ce_kafka_add_ledger(a, topic, partition);
}

ce_kafka_ledger *ce_kafka_ledger_of(ce_kafka_receiver *r,
                                    const rd_kafka_message_t *m)
{
    return ce_kafka_ledger_at(&r->assignment, rd_kafka_topic_name(m->rkt),
                              m->partition);
}

ce_kafka_mark ce_kafka_mark_of(const rd_kafka_message_t *m)
{
    rd_kafka_timestamp_type_t type;
    int64_t time_ms = rd_kafka_message_timestamp(m, &type);

    return (ce_kafka_mark){ .offset = m->offset,
                            .time_ms = time_ms > 0 ? time_ms : 0,
                            .size = (uint32_t)(m->len + m->key_len) };
}

void ce_kafka_add_partition(rd_kafka_topic_partition_list_t *list,
                            const ce_kafka_ledger *l, int64_t offset)
{
    rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset =
        offset;
}

rd_kafka_topic_partition_list_t *ce_kafka_assigned(const ce_kafka_receiver *r)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(8);

    for (const ce_kafka_ledger *l =
             ce_kafka_first_ledger(&r->assignment.ledgers);
         l; l = ce_kafka_next_ledger(l))
        ce_kafka_add_partition(list, l, RD_KAFKA_OFFSET_INVALID);
    return list;
}
