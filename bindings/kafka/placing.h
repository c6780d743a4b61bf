/* SPDX-License-Identifier: Apache-2.0 */
/* Where the partitions that the group gives us begin: at what was committed,
 * as far as that is still there. The broker is asked on a worker thread. */
#ifndef CE_BINDINGS_KAFKA_PLACING_H
#define CE_BINDINGS_KAFKA_PLACING_H

#include <librdkafka/rdkafka.h>

#include "bindings/kafka/probe.h"

typedef struct ce_kafka_receiver ce_kafka_receiver;

typedef struct ce_kafka_placing {
    bool latest;      /* a group without an offset begins at the end */
    bool later;       /* whatever comes now came after us: it is read from its
                         beginning */
    int64_t opened_s; /* Unix time: an older group is not new */
    rd_kafka_topic_partition_list_t *given; /* to be placed, or NULL */
    ce_kafka_probe *probe;
    /* Of the worker until it has answered. */
    rd_kafka_topic_partition_list_t *committed, *low, *high;
    bool knows_ends;   /* LOW and HIGH are filled in */
    bool is_new_group; /* no partition of its topics has an older offset */
} ce_kafka_placing;

/* Asks where PARTITIONS begin, and assigns them when the answer is there. */
void ce_kafka_place(ce_kafka_receiver *r,
                    const rd_kafka_topic_partition_list_t *partitions);
/* Call now and then: asks again after a failure. */
void ce_kafka_place_again(ce_kafka_receiver *r);
/* Forgets what is to be placed. May wait for the worker. */
void ce_kafka_forget_placing(ce_kafka_receiver *r);

#endif
