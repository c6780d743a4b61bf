/* SPDX-License-Identifier: Apache-2.0 */
/* The way back of a responder: publishes what became of each request to its
 * Response Topic.
 *
 * It has a connection of its own: where a PUBACK and a PUBLISH follow each
 * other on one, TCP holds the second back until the first is acknowledged
 * (Nagle's algorithm), and the other end takes 40 ms for that (delayed ACK). */
#ifndef CE_BINDINGS_MQTT_REPLY_WRITER_H
#define CE_BINDINGS_MQTT_REPLY_WRITER_H

#include <cloudevents/transport.h>

#include "bindings/mqtt/codec.h"

typedef struct ce_mqtt_reply_writer ce_mqtt_reply_writer;

/* A delivery that may have to be answered. */
typedef struct ce_mqtt_incoming {
    ce_delivery d;
    ce_mqtt_reply_to reply_to; /* in the arena */
    const char *topic;
    bool is_event;      /* the reply is one, and not an outcome */
    ce_slice record;    /* of what has no reply, to push it again */
    ce_arena_mark mark; /* behind the record */
} ce_mqtt_incoming;

/* AT is the endpoint of the receiver. */
ce_status ce_mqtt_reply_writer_open(ce_mqtt_reply_writer **out,
                                    const ce_endpoint *at, ce_error *err);
/* Connects. */
void ce_mqtt_reply_writer_start(ce_mqtt_reply_writer *r);
/* Call it before IN is pushed: its result is published to REPLY_TO, which is
 * copied, and then it goes back to its pool. Replies wait for a connection. */
ce_status ce_mqtt_reply_writer_expect(ce_mqtt_reply_writer *r,
                                      ce_mqtt_incoming *in,
                                      const ce_mqtt_reply_to *reply_to);
/* Call it when no more requests are pushed: what cannot be published at once is
 * given up from now on. */
void ce_mqtt_reply_writer_stop(ce_mqtt_reply_writer *r);
/* Call it when every delivery is home. Accepts NULL. */
void ce_mqtt_reply_writer_close(ce_mqtt_reply_writer *r);

#endif
