/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the MQTT binding share. */
#ifndef CE_BINDINGS_MQTT_MQTT_H
#define CE_BINDINGS_MQTT_MQTT_H

#include <pthread.h>

#include <MQTTAsync.h>
#include <cloudevents/transport.h>

extern const ce_transport ce_transport_mqtt;

ce_status ce_mqtt_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err);
ce_status ce_mqtt_responder_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err);
ce_status ce_mqtt_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err);
ce_status ce_mqtt_requester_open(ce_sender **out, const ce_endpoint *at,
                                 ce_error *err);

/* Paho's numbers. */
enum { CE_MQTT_3_1_1 = MQTTVERSION_3_1_1, CE_MQTT_5 = MQTTVERSION_5 };

/* What breaks the rules of MQTT for a topic that is published to, or for a
 * filter. LABEL begins the error. */
ce_status ce_mqtt_check_topic(const char *topic, const char *label,
                              ce_error *err);
ce_status ce_mqtt_check_filter(const char *filter, const char *label,
                               ce_error *err);

/* --- codec --- */

/* How an endpoint's messages look. */
typedef struct ce_mqtt_dialect {
    int version;
    bool prefixed; /* user properties may be, or are, called ce-NAME */
} ce_mqtt_dialect;

ce_mqtt_dialect ce_mqtt_dialect_of(const ce_settings *s);

/* Reads a PUBLISH. OUT borrows from IN and ARENA. *DEFECT says why a message of
 * mode none is no event; NULL: it is plain. METADATA gets the user properties
 * that are no attributes. */
ce_status ce_mqtt_decode(const MQTTAsync_message *in,
                         const ce_mqtt_dialect *dialect, ce_arena *arena,
                         ce_message *out, ce_attrs *metadata,
                         const char **defect);

/* Whether it has a user property called ce-specversion. */
bool ce_mqtt_is_prefixed(const MQTTAsync_message *in);

/* What a PUBLISH is made of; borrows from the message and the arena. */
typedef struct ce_mqtt_publish {
    const char *topic; /* whoever sends it sets it */
    ce_slice payload;
    MQTTProperties properties;
    size_t packet_bytes; /* at most, without the topic */
} ce_mqtt_publish;

/* Writes a PUBLISH. What version 3.1.1 or a user property cannot hold goes
 * structured. */
ce_status ce_mqtt_encode(const ce_message *m, const ce_mqtt_dialect *dialect,
                         ce_arena *arena, ce_mqtt_publish *out, ce_error *err);

/* The properties that join a request and its reply. Absent topic: the message
 * is no request. */
typedef struct ce_mqtt_reply_to {
    ce_slice topic, correlation;
} ce_mqtt_reply_to;

/* Borrows from IN. */
ce_mqtt_reply_to ce_mqtt_reply_to_of(const MQTTAsync_message *in);
/* Adds what is not absent. */
void ce_mqtt_add_reply_to(ce_mqtt_publish *p, const ce_mqtt_reply_to *r);
/* The broker drops what it could not deliver in that time. */
void ce_mqtt_add_expiry(ce_mqtt_publish *p, uint32_t seconds);
/* Writes a PUBLISH that holds no event, only FIELDS, as user properties. */
ce_status ce_mqtt_encode_fields(const ce_attrs *fields, ce_arena *arena,
                                ce_mqtt_publish *out, ce_error *err);
/* Refuses a version that has no requests. LABEL begins the error. */
ce_status ce_mqtt_check_requests(const ce_mqtt_dialect *dialect,
                                 const char *label, ce_error *err);

/* --- connection --- */

/* What the broker said when it let us in. */
typedef struct ce_mqtt_welcome {
    bool session_present;
    unsigned receive_maximum; /* 65535 when it did not say */
    uint32_t maximum_packet;  /* 0: unlimited */
    unsigned maximum_qos;     /* 2 when it did not say */
    bool retain_available;
    char response_information[256]; /* empty when it did not say */
} ce_mqtt_welcome;

typedef enum ce_mqtt_role {
    CE_MQTT_RECEIVES, /* keeps its session under a stable client id */
    CE_MQTT_SENDS, /* keeps none, under an id that no other process derives */
    /* The second connection of one endpoint; the same, and a client id that
     * the user gave ends in "-replies". */
    CE_MQTT_HEARS_REPLIES, /* ... and asks for Response Information */
    CE_MQTT_SENDS_REPLIES
} ce_mqtt_role;

typedef struct ce_mqtt_client ce_mqtt_client;

/* All on the loop, except ARRIVED. */
typedef struct ce_mqtt_owner {
    void *self;
    /* The connection stands. The owner says when it is healthy. */
    void (*connected)(void *self, const ce_mqtt_welcome *w);
    /* It is gone, or was given up; called once per CONNECTED. */
    void (*lost)(void *self);
    /* What was subscribed to is granted. The owner says when it is healthy;
     * NULL: it is. */
    void (*granted)(void *self);
    /* A PUBLISH, on paho's thread; it is acknowledged when this returns. NULL
     * for senders. */
    void (*arrived)(void *self, const char *topic, const MQTTAsync_message *m);
} ce_mqtt_owner;

/* Reads the settings that all roles have. */
ce_status ce_mqtt_client_open(ce_mqtt_client **out, const ce_endpoint *at,
                              ce_health *health, const ce_mqtt_owner *owner,
                              ce_mqtt_role role, ce_error *err);
/* Connects, and connects again with a growing pause whenever it must. */
void ce_mqtt_client_start(ce_mqtt_client *c);
/* Subscribes at QOS; health is up once that is granted. A refusal is tried
 * again later. */
void ce_mqtt_client_subscribe(ce_mqtt_client *c, const char *filter, int qos);
/* Disconnects, and keeps the session. DONE is called on the loop when the
 * connection is closed, perhaps at once; NULL: nobody waits. */
void ce_mqtt_client_leave(ce_mqtt_client *c, void (*done)(void *self));
/* Connects again after leaving. */
void ce_mqtt_client_return(ce_mqtt_client *c);
/* Says that the broker will not do, and tries it again later. */
void ce_mqtt_client_give_up(ce_mqtt_client *c, const char *fmt, ...)
    CE_PRINTF(2, 3);
/* Accepts NULL. Closes the connection if there is one. No callback comes after this. */
void ce_mqtt_client_close(ce_mqtt_client *c);

MQTTAsync ce_mqtt_client_handle(const ce_mqtt_client *c);
const char *ce_mqtt_client_id(const ce_mqtt_client *c);

/* --- messages on their way from paho's thread to the loop --- */

typedef struct ce_mqtt_mailbox ce_mqtt_mailbox;

/* Posts TASK on LOOP when a message lies in an empty box. */
ce_status ce_mqtt_mailbox_open(ce_mqtt_mailbox **out, ce_loop *loop,
                               ce_task *task);
/* A message as a record (see ce_record_read), and how it is answered. */
typedef struct ce_mqtt_letter {
    struct ce_mqtt_letter *next;
    ce_slice record;
    ce_mqtt_reply_to reply_to;
} ce_mqtt_letter;
/* One thread. Takes copies; it may fail for lack of memory only. REPLY_TO may
 * be NULL. */
ce_status ce_mqtt_mailbox_put(ce_mqtt_mailbox *b, const ce_message *m,
                              const ce_origin *o, const char *defect,
                              const ce_mqtt_reply_to *reply_to);
/* Messages that wait, and their bytes. Any thread. */
void ce_mqtt_mailbox_size(ce_mqtt_mailbox *b, size_t *count, size_t *bytes);
/* The oldest message, or NULL. It lives until it is dropped. One thread. */
const ce_mqtt_letter *ce_mqtt_mailbox_first(ce_mqtt_mailbox *b);
void ce_mqtt_mailbox_drop(ce_mqtt_mailbox *b);
/* Accepts NULL. */
void ce_mqtt_mailbox_close(ce_mqtt_mailbox *b);

#endif
