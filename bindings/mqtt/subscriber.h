/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a session subscribed to what a source wants, and to nothing else. */
#ifndef CE_BINDINGS_MQTT_SUBSCRIBER_H
#define CE_BINDINGS_MQTT_SUBSCRIBER_H

#include "bindings/mqtt/client.h"
#include "bindings/mqtt/subscriptions.h"

/* Begin with a zeroed one. */
typedef struct ce_mqtt_subscriber {
    ce_mqtt_client *client;
    ce_health *health;
    int qos;
    ce_mqtt_filters wanted;
    const char *asked; /* the one of WANTED that has no answer yet */
    ce_mqtt_subscriptions known;
} ce_mqtt_subscriber;

/* Reads the settings of AT. What is subscribed to is remembered in the folder
 * of its inbox. CLIENT and HEALTH must outlive the subscriber. */
ce_status ce_mqtt_subscriber_open(ce_mqtt_subscriber *s, const ce_endpoint *at,
                                  ce_mqtt_client *client, ce_health *health,
                                  ce_error *err);
/* Call these from the client's callbacks of the same names. The health is up
 * when all is granted and what was left over is ended. */
void ce_mqtt_subscriber_connected(ce_mqtt_subscriber *s,
                                  const ce_mqtt_connack *a);
void ce_mqtt_subscriber_granted(ce_mqtt_subscriber *s);
void ce_mqtt_subscriber_unsubscribed(ce_mqtt_subscriber *s, int reason);
void ce_mqtt_subscriber_close(ce_mqtt_subscriber *s);

#endif
