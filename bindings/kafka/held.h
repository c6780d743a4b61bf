/* SPDX-License-Identifier: Apache-2.0 */
/* Records that a producer keeps back for a while. */
#ifndef CE_BINDINGS_KAFKA_HELD_H
#define CE_BINDINGS_KAFKA_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include <cloudevents/queue.h>
#include <cloudevents/slice.h>

/* Keep the body until the report, unless the producer copies. */
typedef struct ce_kafka_record {
    const char *topic; /* NULL: the producer's own */
    int32_t partition; /* RD_KAFKA_PARTITION_UA: the key decides */
    ce_slice body, key;
    rd_kafka_headers_t *headers; /* handed over; NULL: none */
    uint64_t bytes;  /* the producer's: of a batch that holds it alone */
    void *record;    /* for the report */
    uint64_t serial; /* the producer's: the order in which it got them */
} ce_kafka_record;

typedef struct ce_kafka_held {
    ce_link link;
    ce_kafka_record r;
    bool alone;   /* its batch was refused: no other shares the next one */
    char bytes[]; /* the copies that R refers to */
} ce_kafka_held;

/* Copies R, its body only if COPIES, and takes over its headers. NULL: no
 * memory, and the headers are still the caller's. */
ce_kafka_held *ce_kafka_hold(const ce_kafka_record *r, bool copies);
/* Frees H; its headers, if still there, go too. */
void ce_kafka_held_free(ce_kafka_held *h);

#endif
