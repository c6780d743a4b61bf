/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes deliveries over a connection that somebody else keeps: the last
 * stage of a sender, and the way back of a receiver's replies.
 *
 * Between connections what is pushed is settled UNDELIVERED at once. */
#ifndef CE_BINDINGS_MQTT_PUBLISHER_H
#define CE_BINDINGS_MQTT_PUBLISHER_H

#include "bindings/mqtt/mqtt.h"

typedef struct ce_mqtt_publisher ce_mqtt_publisher;

typedef struct ce_mqtt_publisher_config {
    ce_loop *loop;
    ce_mqtt_client *client;
    const ce_health *health; /* says why nothing can be sent */
    int version, qos;
    bool retain;
    unsigned max_in_flight;
    /* Fills in topic, payload and properties for D; what cannot be written is
     * refused as malformed. */
    ce_status (*write)(void *self, ce_delivery *d, ce_mqtt_publish *out,
                       ce_error *err);
    void *self;
} ce_mqtt_publisher_config;

ce_status ce_mqtt_publisher_open(ce_mqtt_publisher **out,
                                 const ce_mqtt_publisher_config *c);
ce_stage *ce_mqtt_publisher_stage(ce_mqtt_publisher *p);
/* The connection stands and W came with it. Gives up the client, and returns
 * false, when the broker does not take what is to be published. */
bool ce_mqtt_publisher_begin(ce_mqtt_publisher *p, const ce_mqtt_welcome *w);
/* It is gone: everything without an answer is UNDELIVERED, in order. */
void ce_mqtt_publisher_end(ce_mqtt_publisher *p, const char *reason);
/* D is settled by somebody else: its answer means nothing any more. */
void ce_mqtt_publisher_forget(ce_mqtt_publisher *p, const ce_delivery *d);
/* Whether there is a connection. */
bool ce_mqtt_publisher_is_open(const ce_mqtt_publisher *p);
/* Whether everything has its answer. */
bool ce_mqtt_publisher_is_idle(const ce_mqtt_publisher *p);
/* Like a sender's stop. */
void ce_mqtt_publisher_stop(ce_mqtt_publisher *p, unsigned timeout_ms,
                            void (*done)(void *arg), void *arg);
/* After the client is closed. Accepts NULL. */
void ce_mqtt_publisher_close(ce_mqtt_publisher *p);

#endif
