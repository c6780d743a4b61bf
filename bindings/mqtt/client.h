/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to a broker that is kept up: it connects, and connects again
 * with a growing pause, until its owner closes it. */
#ifndef CE_BINDINGS_MQTT_CLIENT_H
#define CE_BINDINGS_MQTT_CLIENT_H

#include <MQTTAsync.h>
#include <cloudevents/transport.h>

/* What the broker said in CONNACK, or what MQTT 5 3.2.2.3 says when it did
 * not. */
typedef struct ce_mqtt_connack {
    bool session_present;
    bool was_away; /* an attempt to connect has failed since the last that
                      succeeded: the client's word, not the broker's */
    unsigned receive_maximum; /* 65535 when it did not say */
    uint32_t maximum_packet;  /* 0: unlimited */
    unsigned maximum_qos;     /* 2 when it did not say */
    bool retain_available;
    unsigned keep_alive; /* seconds; 0 when it did not say, or wants none */
    char response_information[256]; /* empty when it did not say */
} ce_mqtt_connack;

typedef enum ce_mqtt_role {
    CE_MQTT_RECEIVES, /* keeps its session under a stable client id */
    CE_MQTT_SENDS, /* keeps none, under an id that no other process derives */
    /* The second connection of an endpoint. It keeps no session either; to a
     * client id that the user gave it adds "-replies". */
    CE_MQTT_READS_REPLIES, /* ... and asks for Response Information */
    CE_MQTT_WRITES_REPLIES,
    CE_MQTT_ASKS /* keeps none and has no will; its id is its own, whatever the
                    user gave */
} ce_mqtt_role;

typedef struct ce_mqtt_client ce_mqtt_client;

/* Called on the loop, except ARRIVED. */
typedef struct ce_mqtt_client_owner {
    void *self;
    /* The connection stands. The owner says when it is healthy. */
    void (*connected)(void *self, const ce_mqtt_connack *a);
    /* The connection is gone, or was given up; once per CONNECTED. */
    void (*lost)(void *self);
    /* The subscription is granted. The owner says when it is healthy; NULL: it
     * is healthy now. */
    void (*granted)(void *self);
    /* A subscription was ended, or the broker's REASON from 0x80 up says why
     * not. NULL for those that do not unsubscribe. */
    void (*unsubscribed)(void *self, int reason);
    /* A PUBLISH, on paho's thread, which all connections of the process share:
     * never block for long, and call nothing of paho. Paho sends PUBACK when
     * this returns, so take custody of the message before. NULL for
     * senders. */
    void (*arrived)(void *self, const char *topic, const MQTTAsync_message *m);
} ce_mqtt_client_owner;

/* Reads the settings that all roles have. HEALTH must outlive the client. */
ce_status ce_mqtt_client_open(ce_mqtt_client **out, const ce_endpoint *at,
                              ce_health *health,
                              const ce_mqtt_client_owner *owner,
                              ce_mqtt_role role, ce_error *err);
/* Call it before the start when there was a session before: the log says when
 * the broker has it no longer. */
void ce_mqtt_client_had_session(ce_mqtt_client *c);
/* Connects. Call it once. */
void ce_mqtt_client_start(ce_mqtt_client *c);
/* Call it in CONNECTED. Subscribes at QOS; a refusal, and a grant below QOS,
 * close the connection and are tried again later. */
void ce_mqtt_client_subscribe(ce_mqtt_client *c, const char *filter, int qos);
/* Call it when the last one is granted or ended: one at a time. If there is no
 * answer the connection is closed and tried again later. */
void ce_mqtt_client_unsubscribe(ce_mqtt_client *c, const char *filter);
/* Disconnects, and leaves the session with the broker. */
void ce_mqtt_client_leave(ce_mqtt_client *c);
/* Connects again after leaving; harmless otherwise. */
void ce_mqtt_client_return(ce_mqtt_client *c);
/* Disconnects because the broker does not serve, as FMT says in the health, and
 * tries again later. */
void ce_mqtt_client_give_up(ce_mqtt_client *c, const char *fmt, ...)
    CE_PRINTF(2, 3);
/* For the callback "lost": it was a message of ours that ended the connection,
 * so that neither a broker in trouble nor another client of the id is to be
 * spared, and the next connection is made soon. */
void ce_mqtt_client_hurry(ce_mqtt_client *c);
/* For the callback "lost": whether the broker has said why it ended the
 * connection, and it was for nothing that it was sent. */
bool ce_mqtt_client_was_told_why(const ce_mqtt_client *c);
/* Closes the connection if there is one. No callback comes after this. Accepts
 * NULL. */
void ce_mqtt_client_close(ce_mqtt_client *c);

/* For publishing. */
MQTTAsync ce_mqtt_client_handle(const ce_mqtt_client *c);
const char *ce_mqtt_client_id(const ce_mqtt_client *c);
/* The same for all clients that find the same session: of one broker and one
 * client id. */
uint64_t ce_mqtt_client_session(const ce_mqtt_client *c);

#endif
