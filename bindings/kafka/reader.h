/* SPDX-License-Identifier: Apache-2.0 */
/* Reading without a group: every partition, from a place that the user names.
 * Nothing is committed, so that no group notices. */
#ifndef CE_BINDINGS_KAFKA_READER_H
#define CE_BINDINGS_KAFKA_READER_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/transport.h>

typedef struct ce_kafka_receiver ce_kafka_receiver;

typedef enum ce_kafka_start {
    CE_KAFKA_FROM_BEGINNING,
    CE_KAFKA_FROM_END,
    CE_KAFKA_FROM_LAST, /* so many records of each partition */
    CE_KAFKA_FROM_AGO   /* records of the last so many milliseconds */
} ce_kafka_start;

typedef struct ce_kafka_reader {
    bool is_on;       /* false: the receiver reads in a group */
    bool was_missing; /* there was no topic: all of it is new when it comes */
    ce_kafka_start from;
    uint64_t amount; /* of FROM_LAST and FROM_AGO */
    const char *topic;
    rd_kafka_topic_partition_list_t *found; /* the worker's answer, or NULL */
    rd_kafka_topic_partition_list_t *ends;  /* of those, if it reads until the
                                               end */
} ce_kafka_reader;

/* Whether S asks for reading without a group. */
bool ce_kafka_reads_alone(const ce_settings *s);
/* Reads "from", and fails for what contradicts a group. */
ce_status ce_kafka_reader_configure(ce_kafka_reader *out, const ce_settings *s,
                                    ce_error *err);
/* Call in place of subscribing: looks for the partitions on a worker thread,
 * and assigns what it finds. */
void ce_kafka_reader_find(ce_kafka_receiver *r);
/* Call now and then: looks again for partitions as long as there are none. */
void ce_kafka_reader_tick(ce_kafka_receiver *r);

#endif
