/* SPDX-License-Identifier: Apache-2.0 */
/* Records and messages: the Kafka protocol binding 1.0.2, record by record. */
#ifndef CE_BINDINGS_KAFKA_CODEC_H
#define CE_BINDINGS_KAFKA_CODEC_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/delivery.h>

#include "core/transport/names.h"

/* How headers are read: exactly, but for what the user allows. */
typedef struct ce_kafka_dialect {
    unsigned max_attributes;
    bool prefixed; /* "ce-" is read as "ce_" */
    bool quoted;   /* a value that is a JSON string stands for its text */
    ce_names names;
} ce_kafka_dialect;

/* Of replies, which have no options for it. */
extern const ce_kafka_dialect ce_kafka_exact;

/* How it went. */
typedef struct ce_kafka_notes {
    bool tolerated; /* something was read only because the dialect allows it */
    bool is_exact;  /* ce_kafka_encode would make the same headers, as far as
                       librdkafka shows them: names end with a NUL */
    size_t bytes;   /* of memory that the headers take until D is settled */
} ce_kafka_notes;

/* Reads what a record's HEADERS say about D. Set the body and the key of D
 * before; HEADERS may be NULL, for a record without any. Fills message,
 * origin.metadata and defect; what is no event gets the mode none. Borrows the
 * headers until D is settled. More attributes than DIALECT has are a defect.
 * NOTES may be NULL. Returns CE_ENOMEM or CE_OK. */
ce_status ce_kafka_decode(ce_delivery *d, const rd_kafka_headers_t *headers,
                          const ce_kafka_dialect *dialect,
                          ce_kafka_notes *notes);
/* Takes D for structured JSON, if its record says nothing about itself: it has
 * neither a content type nor "ce_" headers. Returns whether it does. Call
 * after decoding, where the user asks for it (assume=structured). */
bool ce_kafka_assume(ce_delivery *d);
/* Makes the key of D's record its attribute NAME, unless the event has that
 * attribute, or the key is no String. Call after decoding. */
ce_status ce_kafka_key_to_attribute(ce_delivery *d, ce_slice name);
/* Returns the last header NAME of the record M; absent when it has none. It
 * lives as long as M. */
ce_slice ce_kafka_header(const rd_kafka_message_t *m, const char *name);

/* Makes the headers that carry M. *OUT is NULL when M needs none; else the
 * caller frees them, or hands them to librdkafka. SCRATCH is the caller's
 * memory, which is used again from call to call. */
ce_status ce_kafka_encode(const ce_message *m, ce_buf *scratch,
                          rd_kafka_headers_t **out);

/* Adds the trace of D's event to headers that ce_kafka_encode made. */
ce_status ce_kafka_add_trace(ce_delivery *d, rd_kafka_headers_t **to);

/* All headers as they came, in their order. *OUT borrows from FROM and
 * ARENA. */
ce_status ce_kafka_all_headers(const rd_kafka_headers_t *from, ce_arena *arena,
                               ce_attrs *out);

#endif
