/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes deliveries over its owner's connection: the last stage of a sender,
 * and the way back of a receiver's replies.
 *
 * Between connections it settles each delivery UNDELIVERED at once. */
#ifndef CE_BINDINGS_MQTT_PUBLISHER_H
#define CE_BINDINGS_MQTT_PUBLISHER_H

#include "bindings/mqtt/client.h"
#include "bindings/mqtt/codec.h"

typedef struct ce_mqtt_publisher ce_mqtt_publisher;

typedef struct ce_mqtt_publisher_config {
    ce_loop *loop;
    ce_mqtt_client *client;
    const ce_health *health; /* says why nothing can be sent */
    int version, qos;
    bool retain;
    unsigned max_in_flight;
    /* Fills in topic, payload and properties for D. On failure D is refused as
     * malformed; with CE_ENOENT because it has no topic, and with CE_ENOMEM it
     * is UNDELIVERED. */
    ce_status (*write)(void *self, ce_delivery *d, ce_mqtt_publish *out,
                       ce_error *err);
    void *self;
} ce_mqtt_publisher_config;

ce_status ce_mqtt_publisher_open(ce_mqtt_publisher **out,
                                 const ce_mqtt_publisher_config *c);
/* Where deliveries are pushed. */
ce_stage *ce_mqtt_publisher_stage(ce_mqtt_publisher *p);
/* Call it when the client has connected. Gives up the client, and returns
 * false, when the broker does not take this QoS, retained messages, or any. */
bool ce_mqtt_publisher_begin(ce_mqtt_publisher *p, const ce_mqtt_connack *a);
/* Call it when the client has lost its connection: everything without an answer
 * is UNDELIVERED, in order. */
void ce_mqtt_publisher_end(ce_mqtt_publisher *p, const char *reason);
/* Call it before D is settled by others: its answer means nothing any more. */
void ce_mqtt_publisher_forget(ce_mqtt_publisher *p, ce_delivery *d);
/* Whether there is a connection. */
bool ce_mqtt_publisher_is_open(const ce_mqtt_publisher *p);
/* Whether everything has its answer. */
bool ce_mqtt_publisher_is_idle(const ce_mqtt_publisher *p);
/* Like a sender's stop. */
void ce_mqtt_publisher_stop(ce_mqtt_publisher *p, unsigned timeout_ms,
                            void (*done)(void *arg), void *arg);
/* Call it after the client is closed. Accepts NULL. */
void ce_mqtt_publisher_close(ce_mqtt_publisher *p);

#endif
