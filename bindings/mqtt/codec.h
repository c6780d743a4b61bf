/* SPDX-License-Identifier: Apache-2.0 */
/* CloudEvents messages as PUBLISH packets, both ways: the MQTT protocol binding
 * of CloudEvents 1.0, and the properties that join requests and replies. */
#ifndef CE_BINDINGS_MQTT_CODEC_H
#define CE_BINDINGS_MQTT_CODEC_H

#include <MQTTAsync.h>
#include <cloudevents/delivery.h>
#include <cloudevents/settings.h>

#include "core/transport/names.h"

/* Paho's numbers. */
enum { CE_MQTT_3_1_1 = MQTTVERSION_3_1_1, CE_MQTT_5 = MQTTVERSION_5 };

/* More attributes than any event has; each one read is looked for among all
 * before it. */
enum { CE_MQTT_PROPERTIES_MAX = 1000 };

/* How an endpoint's messages look. */
typedef struct ce_mqtt_dialect {
    int version;
    bool prefixed; /* user properties may be, or are, called ce-NAME */
    bool traces;   /* what is sent shows the trace of its event */
    /* Of what is read. */
    unsigned max_attributes; /* 0: any number */
    bool quoted;             /* a value that is a JSON string stands for its
                                text */
    ce_names names;          /* exact and drop: other names are metadata */
} ce_mqtt_dialect;

ce_mqtt_dialect ce_mqtt_dialect_of(const ce_settings *s);
/* Fails with CE_ENOTSUP for a version that has no requests. LABEL begins the
 * error. */
ce_status ce_mqtt_check_requests(const ce_mqtt_dialect *dialect,
                                 const char *label, ce_error *err);

/* --- reading --- */

/* Reads a PUBLISH. OUT borrows from IN and ARENA. *DEFECT says why a message of
 * mode none is no event; NULL: it does not claim to be one. METADATA gets the
 * user properties that are no attributes. Sets *TOLERATED, unless it is NULL,
 * to whether an event was read only because DIALECT allows it. CE_ENOMEM is the
 * only failure. */
ce_status ce_mqtt_decode(const MQTTAsync_message *in,
                         const ce_mqtt_dialect *dialect, ce_arena *arena,
                         ce_message *out, ce_attrs *metadata,
                         const char **defect, bool *tolerated);

/* The properties that join a request and its reply (MQTT 5 4.10). Without a
 * topic the message is no request. */
typedef struct ce_mqtt_reply_to {
    ce_slice topic, correlation;
} ce_mqtt_reply_to;

/* Borrows from IN. */
ce_mqtt_reply_to ce_mqtt_reply_to_of(const MQTTAsync_message *in);

/* --- writing --- */

/* The parts of a PUBLISH; they borrow from the message and the arena. */
typedef struct ce_mqtt_publish {
    const char *topic; /* set by the caller of ce_mqtt_encode */
    ce_slice payload;
    MQTTProperties properties;
    size_t packet_bytes; /* at most, without the topic */
} ce_mqtt_publish;

/* Writes a PUBLISH. What version 3.1.1 or a user property cannot hold goes
 * structured. CE_EINVAL: MQTT cannot carry M. CE_ETOOBIG: no packet is that
 * large. */
ce_status ce_mqtt_encode(const ce_message *m, const ce_mqtt_dialect *dialect,
                         ce_arena *arena, ce_mqtt_publish *out, ce_error *err);
/* Writes a PUBLISH that holds no event, but FIELDS as user properties. */
ce_status ce_mqtt_encode_fields(const ce_attrs *fields, ce_arena *arena,
                                ce_mqtt_publish *out, ce_error *err);
/* Call these once at most for each PUBLISH: there is room for one of each. */
/* Adds the topic and the correlation data that R has. */
void ce_mqtt_add_reply_to(ce_mqtt_publish *p, const ce_mqtt_reply_to *r);
/* Adds the trace of D's event as user properties, if DIALECT asks for it. */
void ce_mqtt_add_trace(ce_mqtt_publish *p, const ce_mqtt_dialect *dialect,
                       ce_delivery *d);
/* The broker drops what it could not deliver within SECONDS. */
void ce_mqtt_add_expiry(ce_mqtt_publish *p, uint32_t seconds);

#endif
