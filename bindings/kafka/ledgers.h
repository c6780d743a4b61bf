/* SPDX-License-Identifier: Apache-2.0 */
/* The ledgers of an assignment, and its partitions. Loop thread only. */
#ifndef CE_BINDINGS_KAFKA_LEDGERS_H
#define CE_BINDINGS_KAFKA_LEDGERS_H

#include "bindings/kafka/assignment.h"

/* Walk the ledgers in Q, such as those of an assignment; NULL ends. */
ce_kafka_ledger *ce_kafka_first_ledger(const ce_queue *q);
ce_kafka_ledger *ce_kafka_next_ledger(const ce_kafka_ledger *l);
/* Returns the ledger of a partition that is ours, or NULL. */
ce_kafka_ledger *ce_kafka_find_ledger(ce_kafka_assignment *a, const char *topic,
                                      int32_t partition);
/* Begins a ledger for a partition that has none; NULL when out of memory. */
ce_kafka_ledger *ce_kafka_add_ledger(ce_kafka_assignment *a, const char *topic,
                                     int32_t partition);
/* Returns the ledger of a partition, and makes it when there is none; NULL when
 * out of memory. */
ce_kafka_ledger *ce_kafka_ledger_at(ce_kafka_assignment *a, const char *topic,
                                    int32_t partition);
/* The same of M's partition. */
ce_kafka_ledger *ce_kafka_ledger_of(ce_kafka_receiver *r,
                                    const rd_kafka_message_t *m);
/* How M is known again. */
ce_kafka_mark ce_kafka_mark_of(const rd_kafka_message_t *m);
/* Appends L's partition to LIST with OFFSET. */
void ce_kafka_add_partition(rd_kafka_topic_partition_list_t *list,
                            const ce_kafka_ledger *l, int64_t offset);
/* Returns all that is assigned, for the caller to free. */
rd_kafka_topic_partition_list_t *ce_kafka_assigned(const ce_kafka_receiver *r);

#endif
