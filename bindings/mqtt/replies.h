/* SPDX-License-Identifier: Apache-2.0 */
/* The way back of a responder: publishes what became of each request to its
 * Response Topic, over the connection that it came by. */
#ifndef CE_MQTT_REPLIES_H
#define CE_MQTT_REPLIES_H

#include "mqtt.h"

typedef struct ce_mqtt_replies ce_mqtt_replies;

typedef struct ce_mqtt_replies_config {
    ce_loop *loop;
    ce_mqtt_client *client;
    const ce_health *health;
    ce_mqtt_dialect dialect;
    int qos;
    unsigned max_in_flight;
} ce_mqtt_replies_config;

/* A delivery that may have to be answered. */
typedef struct ce_mqtt_incoming {
    ce_delivery d;
    ce_mqtt_reply_to reply_to; /* in the arena */
    const char *topic;
    bool is_event;      /* the reply is one, and not an outcome */
    ce_slice record;    /* of what has no reply, to push it again */
    ce_arena_mark mark; /* behind the record */
} ce_mqtt_incoming;

ce_status ce_mqtt_replies_open(ce_mqtt_replies **out,
                               const ce_mqtt_replies_config *c);
void ce_mqtt_replies_connected(ce_mqtt_replies *r, const ce_mqtt_welcome *w);
void ce_mqtt_replies_lost(ce_mqtt_replies *r, const char *reason);
/* Hooks IN: its result is published to REPLY_TO, which is copied, and then it
 * goes back to its pool. Replies wait for a connection. */
ce_status ce_mqtt_replies_expect(ce_mqtt_replies *r, ce_mqtt_incoming *in,
                                 const ce_mqtt_reply_to *reply_to);
/* From now on what cannot be published at once is given up. */
void ce_mqtt_replies_stop(ce_mqtt_replies *r);
/* After the client is closed. Accepts NULL. */
void ce_mqtt_replies_close(ce_mqtt_replies *r);

#endif
