/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a client, for the files that make it up: client.c decides on
 * the loop, callbacks.c takes notes on paho's threads, configure.c reads the
 * settings, connect.c hands them to paho. */
#ifndef CE_BINDINGS_MQTT_CONNECTION_H
#define CE_BINDINGS_MQTT_CONNECTION_H

#include <pthread.h>

#include "bindings/mqtt/client.h"
#include "bindings/mqtt/codec.h"
#include "bindings/mqtt/lookup.h"

typedef enum ce_mqtt_phase {
    AWAY,       /* not started, or left */
    PAUSING,    /* the timer will connect */
    LOOKING_UP, /* the host; then it connects */
    CONNECTING, /* paho will say how it ends */
    CONNECTED,  /* the owner knows; the timer checks it now and then */
    LEAVING     /* paho will say when it is closed; the timer limits that */
} ce_mqtt_phase;

/* What paho's threads have said since the loop has looked last. */
typedef struct ce_mqtt_notes {
    bool connected, failed, lost, disconnected, granted, refused, unsubscribed;
    bool explained;  /* if lost: the broker has said why */
    bool taken_over; /* ... another client of the same id is there */
    bool blames;     /* ... something that it was sent */
    int granted_qos, unsubscribed_reason;
    ce_mqtt_connack connack; /* if connected */
    char reason[160];        /* if failed, lost or refused */
} ce_mqtt_notes;

struct ce_mqtt_client {
    MQTTAsync handle;
    ce_loop *loop;
    ce_health *health;
    ce_mqtt_client_owner owner;
    ce_mqtt_role role;

    /* The settings. */
    int version;
    bool clean, verify, tls, websocket;
    int keep_alive; /* seconds, as the next */
    uint32_t session_expiry;
    uint32_t receive_maximum; /* 0: not said */
    const char *ca, *cert, *key, *user;
    char *password;
    unsigned char alpn[256]; /* as TLS writes it: each name after its length */
    unsigned alpn_len;
    MQTTAsync_willOptions will; /* without a topic there is none */
    const char *host;
    char uri[600];
    char id[64];

    /* The loop's. */
    ce_mqtt_phase phase;
    bool come_back;    /* when LEAVING ends */
    unsigned attempts; /* since the last connection that held */
    uint64_t connected_ms;
    uint64_t random; /* never 0 */
    bool had_session;
    bool id_is_known; /* others may use it, too */
    unsigned brief;   /* connections in a row that did not hold */
    bool taken_over;  /* the last one, it seems: by another of the same id */
    bool was_away;    /* see ce_mqtt_connack */
    bool explained;   /* the end of the last one, by no fault of ours */
    int qos;          /* that was asked for */
    ce_mqtt_lookup *lookup; /* while LOOKING_UP */
    ce_timer timer;
    ce_task task; /* looks at the notes */

    pthread_mutex_t lock;
    ce_mqtt_notes notes; /* under the lock */
    char tls_error[200]; /* under the lock */
};

/* Fills in what the endpoint says. */
ce_status ce_mqtt_client_configure(ce_mqtt_client *c, const ce_endpoint *at,
                                   ce_error *err);

/* Begins to connect. What fails returns paho's own code. */
int ce_mqtt_connect(ce_mqtt_client *c);

/* Let paho call back this client: about its connection, and about what becomes
 * of one request. */
void ce_mqtt_callbacks_set(ce_mqtt_client *c);
void ce_mqtt_callbacks_for_connect(ce_mqtt_client *c,
                                   MQTTAsync_connectOptions *o);
void ce_mqtt_callbacks_for_tls(ce_mqtt_client *c, MQTTAsync_SSLOptions *o);
void ce_mqtt_callbacks_for_disconnect(ce_mqtt_client *c,
                                      MQTTAsync_disconnectOptions *o);
void ce_mqtt_callbacks_for_subscribe(ce_mqtt_client *c,
                                     MQTTAsync_responseOptions *o);
void ce_mqtt_callbacks_for_unsubscribe(ce_mqtt_client *c,
                                       MQTTAsync_responseOptions *o);
/* Takes the notes. A reason stays until it is used. */
ce_mqtt_notes ce_mqtt_notes_take(ce_mqtt_client *c);
/* Call it before a new attempt: forgets what was said about the last one. */
void ce_mqtt_notes_clear(ce_mqtt_client *c);

#endif
