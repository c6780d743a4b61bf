/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a refused batch: any one of them may be the guilty one. */
#ifndef CE_BINDINGS_KAFKA_SUSPECTS_H
#define CE_BINDINGS_KAFKA_SUSPECTS_H

#include "bindings/kafka/producer.h"

/* Whether P's client has stopped because a batch was refused: reports are
 * gathered then. */
bool ce_kafka_suspects_look(ce_kafka_producer *p);
/* Call now and then while it is so: what the client still has comes back.
 * False: it has nothing. */
bool ce_kafka_suspects_call_back(ce_kafka_producer *p);
/* Whether RECORD, of report M and of a batch with others perhaps, is to be sent
 * again: P keeps all of it, and its report comes later. */
bool ce_kafka_suspects_take(ce_kafka_producer *p, const rd_kafka_message_t *m,
                            void *record, uint64_t serial);
/* Whether a new record must wait until the suspects are through. */
bool ce_kafka_suspects_go_first(const ce_kafka_producer *p);
/* Keeps such a record. False: no memory, R is still the caller's. */
bool ce_kafka_suspects_queue(ce_kafka_producer *p, const ce_kafka_record *r);
/* Call after reports: sends what may be sent now. */
void ce_kafka_suspects_send(ce_kafka_producer *p);
/* Reports all that is kept as purged. */
void ce_kafka_suspects_give_up(ce_kafka_producer *p);
/* Frees all that is kept, without reports. */
void ce_kafka_suspects_free(ce_kafka_producer *p);

#endif
