/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka holds for us: which record it is, and which one in order. */
#ifndef CE_BINDINGS_KAFKA_SENT_H
#define CE_BINDINGS_KAFKA_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A table of places. Its memory is its own: what never gets a report is freed
 * with it. Begin with zeros. */
typedef struct ce_kafka_sent {
    struct ce_kafka_place *at;
    size_t cap, free; /* FREE: the number of a free place, or CAP */
} ce_kafka_sent;

/* Takes a place; *OUT goes with the message, as its opaque. False: no memory.
 */
bool ce_kafka_sent_add(ce_kafka_sent *t, void *record, uint64_t serial,
                       void **out);
/* Gives the place of OPAQUE back. Returns the record; *SERIAL may be NULL. */
void *ce_kafka_sent_take(ce_kafka_sent *t, const void *opaque,
                         uint64_t *serial);
void ce_kafka_sent_free(ce_kafka_sent *t);

#endif
