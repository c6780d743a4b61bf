/* SPDX-License-Identifier: Apache-2.0 */
/* Now and then the partitions are inspected: whether each is still the one that
 * was read, what retention has removed unread, and what holds up an offset. */
#ifndef CE_BINDINGS_KAFKA_INSPECT_H
#define CE_BINDINGS_KAFKA_INSPECT_H

#include <librdkafka/rdkafka.h>

#include "bindings/kafka/ledger.h"
#include "bindings/kafka/probe.h"

typedef struct ce_kafka_receiver ce_kafka_receiver;

typedef struct ce_kafka_inspection {
    uint64_t next_ms; /* not before */
    ce_kafka_probe *probe;
    /* Of the worker until it answers: times, and ends. */
    rd_kafka_topic_partition_list_t *asked, *ends;
    uint64_t warn_ms; /* how long a record waits before the next warning */
    uint64_t gone;    /* records that retention removed before they were read
                         */
} ce_kafka_inspection;

/* Call now and then. */
void ce_kafka_inspect(ce_kafka_receiver *r);
/* Call when a topic seems gone: whether it is is asked soon. */
void ce_kafka_inspect_soon(ce_kafka_receiver *r);
/* Drops a question that is on its way. May wait for the worker. */
void ce_kafka_forget_inspection(ce_kafka_receiver *r);

/* Call before a record with OFFSET is read: says what should have come before
 * it and is gone. */
void ce_kafka_note_gap(ce_kafka_receiver *r, const ce_kafka_ledger *l,
                       int64_t offset);
/* Says that COUNT records of L's partition, which begins at LOW now, are gone.
 */
void ce_kafka_note_gone(ce_kafka_receiver *r, const ce_kafka_ledger *l,
                        int64_t count, int64_t low);

#endif
