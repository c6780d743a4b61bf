/* SPDX-License-Identifier: Apache-2.0 */
/* Reading until the end: that which each partition had when it was asked for
 * first. What comes later is for another run. */
#ifndef CE_BINDINGS_KAFKA_ENDING_H
#define CE_BINDINGS_KAFKA_ENDING_H

#include <librdkafka/rdkafka.h>

#include "bindings/kafka/ledger.h"

typedef struct ce_kafka_receiver ce_kafka_receiver;

typedef struct ce_kafka_ending {
    bool is_on;   /* false: there is no end */
    bool is_told; /* the owner knows that it is reached, or never will be */
    uint64_t refused_ms; /* since when the broker refuses the topic; 0: it does
                            not */
    rd_kafka_topic_partition_list_t *ends; /* that were heard of, or NULL */
} ce_kafka_ending;

/* The partition of L ends before END, unless another end was noted for it. A
 * negative END is none. */
void ce_kafka_ending_note(ce_kafka_receiver *r, ce_kafka_ledger *l,
                          int64_t end);
/* Call when the end of M's partition was read. */
void ce_kafka_ending_reach(ce_kafka_receiver *r, const rd_kafka_message_t *m);
/* Whether M is behind the end of its partition: drop it. */
bool ce_kafka_ending_excludes(ce_kafka_receiver *r,
                              const rd_kafka_message_t *m);
/* Call now and then: tells the owner when all is read, and when a broker goes
 * on saying that the topic is not there, or not for us. */
void ce_kafka_ending_tick(ce_kafka_receiver *r);
void ce_kafka_ending_free(ce_kafka_ending *q);

#endif
