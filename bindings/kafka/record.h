/* SPDX-License-Identifier: Apache-2.0 */
/* A record on its way: it becomes a delivery, and its result moves the ledger
 * of its partition. */
#ifndef CE_BINDINGS_KAFKA_RECORD_H
#define CE_BINDINGS_KAFKA_RECORD_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/delivery.h>

#include "bindings/kafka/codec.h"
#include "bindings/kafka/ledger.h"
#include "bindings/kafka/native.h"
#include "core/pipeline/action.h"

typedef struct ce_kafka_receiver ce_kafka_receiver;

/* How records are read: the user's options. */
typedef struct ce_kafka_reading {
    size_t max_event_bytes;
    ce_kafka_dialect dialect;
    ce_slice key_as; /* absent: keys stay keys */
    bool assumes;    /* that records without headers are structured JSON */
} ce_kafka_reading;

/* A delivery of the receiver's pool. */
typedef struct ce_kafka_incoming {
    ce_delivery d;
    rd_kafka_message_t *record; /* owned; D borrows its bytes */
    ce_kafka_native native;     /* of RECORD */
    ce_kafka_ledger *ledger;
    struct ce_kafka_incoming *before, *next; /* in the ledger's records */
    uint64_t pos;                            /* in the ledger */
    size_t header_bytes;                     /* of memory */
    bool has_event; /* the reply on its way is an event, not an outcome */
} ce_kafka_incoming;

/* Pushes the record M, of the partition of L, as a delivery that owns it.
 * False: there is no credit for it now, and M stays the caller's. */
bool ce_kafka_hand_over(ce_kafka_receiver *r, ce_kafka_ledger *l,
                        rd_kafka_message_t *m);

/* Call when L is lost: its records are not sent again from here, so that they
 * give back their credit soon. Another member reads them, or nobody may. */
void ce_kafka_abandon(ce_kafka_ledger *l);

/* Pushes a delivery of R that came back undelivered once more, or leaves its
 * record to the partition's next reader. R is the receiver. */
void ce_kafka_push_again(void *r, ce_delivery *d);

#endif
