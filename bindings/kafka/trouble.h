/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong with a consumer, and what its health says then. */
#ifndef CE_BINDINGS_KAFKA_TROUBLE_H
#define CE_BINDINGS_KAFKA_TROUBLE_H

#include <librdkafka/rdkafka.h>

#include "bindings/kafka/ledger.h"

typedef struct ce_kafka_receiver ce_kafka_receiver;

/* librdkafka's callback for errors; OPAQUE is the receiver. */
void ce_kafka_on_error(rd_kafka_t *rk, int code, const char *text,
                       void *opaque);
/* Call with an error that came in the place of a record; M stays yours. */
void ce_kafka_take_error(ce_kafka_receiver *r, const rd_kafka_message_t *m);
/* Call when the topic of L has answered: it is there again if it was gone. */
void ce_kafka_note_back(ce_kafka_receiver *r, const ce_kafka_ledger *l);
/* Call now and then. A group that has taken everything and gives nothing back
 * is not "up", whatever keeps it: no record comes. */
void ce_kafka_look_for_assignment(ce_kafka_receiver *r);

#endif
