/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a receiver a responder: requests, which are messages with a
 * Response Topic, go to the chain at once and are answered.
 *
 * They bypass the inbox. The reply is their acknowledgement: an asker that
 * hears nothing in time may ask again. So nothing has to survive a crash on
 * their behalf. All other messages go the receiver's way; without an inbox
 * they go to the chain as well, again and again until they are delivered,
 * and only a crash loses them. */
#ifndef CE_BINDINGS_MQTT_RESPONDER_H
#define CE_BINDINGS_MQTT_RESPONDER_H

#include "bindings/mqtt/reply_writer.h"

typedef struct ce_mqtt_responder ce_mqtt_responder;

typedef struct ce_mqtt_responder_config {
    const ce_endpoint *at;
    const char *label;
    ce_task *turn; /* posted when there is something to serve */
    ce_pool *pool; /* of ce_mqtt_incoming */
    unsigned max_in_flight;
} ce_mqtt_responder_config;

/* Deliveries that the pool needs beyond those that may be in flight, to say
 * that there are too many: for a burst of so many requests at a time. */
enum { CE_MQTT_RESERVE = 64 };

ce_status ce_mqtt_responder_new(ce_mqtt_responder **out,
                                const ce_mqtt_responder_config *c,
                                ce_error *err);
/* Call it on paho's thread. False: the message is not for the responder. */
bool ce_mqtt_responder_take(ce_mqtt_responder *r, const MQTTAsync_message *in,
                            const ce_message *m, const ce_origin *o,
                            const char *defect);
/* Connects, and pushes all messages INTO this chain. NULL stops it, and later
 * requests are told so. */
void ce_mqtt_responder_into(ce_mqtt_responder *r, ce_stage *into);
/* Pushes what was taken. False: try again later, the pool lacks something for
 * now. */
bool ce_mqtt_responder_serve(ce_mqtt_responder *r);

/* Call it after the receiver's client is closed. Accepts NULL. */
void ce_mqtt_responder_close(ce_mqtt_responder *r);

#endif
