/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a connection, for the files that make it up. */
#ifndef CE_BINDINGS_MQTT_CLIENT_H
#define CE_BINDINGS_MQTT_CLIENT_H

#include "bindings/mqtt/mqtt.h"

typedef enum ce_mqtt_state {
    AWAY,       /* not started, or left */
    PAUSING,    /* the timer will connect */
    CONNECTING, /* paho will say how it ends */
    CONNECTED,
    LEAVING /* paho will say when it is closed */
} ce_mqtt_state;

/* What paho's threads have said since the last look. */
typedef struct ce_mqtt_notes {
    bool connected, failed, lost, left, granted, refused;
    int granted_qos;
    ce_mqtt_welcome welcome;
    char reason[160];
} ce_mqtt_notes;

struct ce_mqtt_client {
    MQTTAsync handle;
    ce_loop *loop;
    ce_health *health;
    ce_mqtt_owner owner;
    ce_mqtt_role role;
    int version;
    bool clean, verify;
    int keep_alive;
    uint32_t session_expiry, receive_maximum;
    const char *ca, *cert, *key, *user;
    char *password;
    char uri[300];
    char id[64];
    ce_mqtt_state state;
    unsigned attempts;
    uint64_t connected_ms, random;
    bool told;      /* the owner knows of a connection */
    bool come_back; /* after leaving */
    bool had_session;
    int qos; /* that was asked for */
    void (*left)(void *self);
    ce_timer timer;
    ce_task task;
    pthread_mutex_t lock;
    ce_mqtt_notes notes; /* under the lock */
    char tls[120];       /* under the lock */
};

/* Takes what was said since the last time; a reason stays until it is used. */
ce_mqtt_notes ce_mqtt_notes_take(ce_mqtt_client *c);
/* Forgets what was said before a new attempt. */
void ce_mqtt_notes_clear(ce_mqtt_client *c);
/* Let paho report to this client. */
void ce_mqtt_hear(ce_mqtt_client *c);
void ce_mqtt_hear_connect(ce_mqtt_client *c, MQTTAsync_connectOptions *o);
void ce_mqtt_hear_tls(ce_mqtt_client *c, MQTTAsync_SSLOptions *o);
void ce_mqtt_hear_leave(ce_mqtt_client *c, MQTTAsync_disconnectOptions *o);
void ce_mqtt_hear_subscribe(ce_mqtt_client *c, MQTTAsync_responseOptions *o);

/* Fills in what the endpoint says. */
ce_status ce_mqtt_client_configure(ce_mqtt_client *c, const ce_endpoint *at,
                                   ce_error *err);

#endif
