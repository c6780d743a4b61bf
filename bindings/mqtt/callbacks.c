/* SPDX-License-Identifier: Apache-2.0 */
/* What paho's threads say about a connection.
 *
 * They hold paho's lock, which all connections of the process share. So these
 * functions take notes under the client's lock, post its task, and are gone:
 * they never wait, and never call paho with the client's lock held. */
#include "bindings/mqtt/connection.h"
#include "bindings/mqtt/errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ce_mqtt_notes *begin_notes(ce_mqtt_client *c)
{
    pthread_mutex_lock(&c->lock);
    return &c->notes;
}

static void end_notes(ce_mqtt_client *c)
{
    pthread_mutex_unlock(&c->lock);
    ce_loop_post(c->loop, &c->task);
}

static unsigned property_or(const MQTTProperties *from,
                            enum MQTTPropertyCodes code, unsigned preset)
{
    MQTTProperties *p = (MQTTProperties *)(uintptr_t)from;

    if (!MQTTProperties_hasProperty(p, code))
        return preset;
    return (unsigned)MQTTProperties_getNumericValue(p, code);
}

/* MQTT 5 3.2.2.3.15. What does not fit is not used. */
static void copy_response_information(ce_mqtt_connack *a,
                                      const MQTTProperties *from)
{
    const MQTTProperty *p =
        MQTTProperties_getProperty((MQTTProperties *)(uintptr_t)from,
                                   MQTTPROPERTY_CODE_RESPONSE_INFORMATION);

    if (p && p->value.data.len > 0 &&
        (size_t)p->value.data.len < sizeof a->response_information)
        memcpy(a->response_information, p->value.data.data,
               (size_t)p->value.data.len);
}

static void on_connected5(void *context, MQTTAsync_successData5 *d)
{
    ce_mqtt_client *c = context;
    ce_mqtt_notes *notes = begin_notes(c);

    notes->connected = true;
    notes->connack = (ce_mqtt_connack){
        .session_present = d->alt.connect.sessionPresent,
        .receive_maximum = property_or(
            &d->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, 65535),
        .maximum_packet = property_or(&d->properties,
                                      MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, 0),
        .maximum_qos =
            property_or(&d->properties, MQTTPROPERTY_CODE_MAXIMUM_QOS, 2),
        .retain_available =
            property_or(&d->properties, MQTTPROPERTY_CODE_RETAIN_AVAILABLE, 1),
        .keep_alive =
            property_or(&d->properties, MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE, 0),
    };
    copy_response_information(&notes->connack, &d->properties);
    end_notes(c);
}

static void on_connected3(void *context, MQTTAsync_successData *d)
{
    ce_mqtt_client *c = context;
    ce_mqtt_notes *notes = begin_notes(c);

    notes->connected = true;
    notes->connack = (ce_mqtt_connack){
        .session_present = d->alt.connect.sessionPresent,
        .receive_maximum = 65535,
        .maximum_qos = 2,
        .retain_available = true,
    };
    end_notes(c);
}

/* Call it with the lock held. Paho's code says less than the TLS library. */
static void note_failure(ce_mqtt_client *c, int code, const char *message)
{
    const ce_mqtt_failure f = { .code = code,
                                .message = message,
                                .tls = c->tls_error,
                                .wants_tls = c->tls };

    c->notes.failed = true;
    ce_mqtt_explain(c->notes.reason, sizeof c->notes.reason, &f);
    c->tls_error[0] = '\0';
}

/* The broker's reason if it gave one: 0x80 and above are failures (MQTT 5
 * 2.4). Else paho's code. */
static int code_of(const MQTTAsync_failureData5 *d)
{
    if (!d)
        return 0;
    if ((int)d->reasonCode >= 0x80)
        return (int)d->reasonCode;
    return d->code;
}

static void on_failed5(void *context, MQTTAsync_failureData5 *d)
{
    ce_mqtt_client *c = context;

    begin_notes(c);
    note_failure(c, code_of(d), d ? d->message : NULL);
    end_notes(c);
}

static void on_failed3(void *context, MQTTAsync_failureData *d)
{
    ce_mqtt_client *c = context;

    begin_notes(c);
    note_failure(c, d ? d->code : 0, d ? d->message : NULL);
    end_notes(c);
}

static void on_lost(void *context, char *cause)
{
    ce_mqtt_client *c = context;
    ce_mqtt_notes *notes = begin_notes(c);

    (void)cause;
    notes->lost = true;
    if (!notes->reason[0])
        snprintf(notes->reason, sizeof notes->reason, "connection lost");
    end_notes(c);
}

/* The reasons that a publication may be to blame for. */
static bool is_blame(enum MQTTReasonCodes code)
{
    switch (code) {
    case MQTTREASONCODE_UNSPECIFIED_ERROR:
    case MQTTREASONCODE_MALFORMED_PACKET:
    case MQTTREASONCODE_PROTOCOL_ERROR:
    case MQTTREASONCODE_IMPLEMENTATION_SPECIFIC_ERROR:
    case MQTTREASONCODE_NOT_AUTHORIZED:
    case MQTTREASONCODE_TOPIC_NAME_INVALID:
    case MQTTREASONCODE_PACKET_TOO_LARGE:
    case MQTTREASONCODE_PAYLOAD_FORMAT_INVALID:
    case MQTTREASONCODE_RETAIN_NOT_SUPPORTED:
    case MQTTREASONCODE_QOS_NOT_SUPPORTED:
        return true;
    default:
        return false;
    }
}

/* A DISCONNECT of the broker (MQTT 5 3.14) says why. ON_LOST does not always
 * follow. */
static void on_disconnected(void *context, MQTTProperties *properties,
                            enum MQTTReasonCodes code)
{
    ce_mqtt_client *c = context;
    ce_mqtt_notes *notes = begin_notes(c);

    (void)properties;
    notes->lost = notes->explained = true;
    notes->blames = is_blame(code);
    notes->taken_over = code == MQTTREASONCODE_SESSION_TAKEN_OVER;
    ce_mqtt_explain_end(notes->reason, sizeof notes->reason, (int)code);
    end_notes(c);
}

static void on_closed5(void *context, MQTTAsync_successData5 *d)
{
    ce_mqtt_client *c = context;

    (void)d;
    begin_notes(c)->disconnected = true;
    end_notes(c);
}

static void on_closed3(void *context, MQTTAsync_successData *d)
{
    (void)d;
    on_closed5(context, NULL);
}

static void note_granted(ce_mqtt_client *c, int qos)
{
    ce_mqtt_notes *notes = begin_notes(c);

    notes->granted = true;
    notes->granted_qos = qos;
    end_notes(c);
}

static void on_granted5(void *context, MQTTAsync_successData5 *d)
{
    note_granted(context, (int)d->reasonCode);
}

static void on_granted3(void *context, MQTTAsync_successData *d)
{
    note_granted(context, d->alt.qos);
}

static void note_refused(ce_mqtt_client *c, const char *why, int code)
{
    ce_mqtt_notes *notes = begin_notes(c);

    notes->refused = true;
    snprintf(notes->reason, sizeof notes->reason,
             "subscription refused: %s (%d)", why ? why : "no reason", code);
    end_notes(c);
}

static void on_refused5(void *context, MQTTAsync_failureData5 *d)
{
    int reason = d ? (int)d->reasonCode : 0;

    const char *why =
        reason ? MQTTReasonCode_toString((enum MQTTReasonCodes)reason) : NULL;

    note_refused(context, why, reason ? reason : code_of(d));
}

static void on_refused3(void *context, MQTTAsync_failureData *d)
{
    note_refused(context, "by the broker", d ? d->code : 0);
}

static void note_unsubscribed(ce_mqtt_client *c, int reason)
{
    ce_mqtt_notes *notes = begin_notes(c);

    notes->unsubscribed = true;
    notes->unsubscribed_reason = reason;
    end_notes(c);
}

static void on_unsubscribed5(void *context, MQTTAsync_successData5 *d)
{
    note_unsubscribed(context, d ? (int)d->reasonCode : 0);
}

/* UNSUBACK of 3.1.1 says nothing (3.11 there). */
static void on_unsubscribed3(void *context, MQTTAsync_successData *d)
{
    (void)d;
    note_unsubscribed(context, 0);
}

/* Not an answer of the broker's: there was none. */
static void on_unanswered(ce_mqtt_client *c)
{
    ce_mqtt_notes *notes = begin_notes(c);

    notes->refused = true;
    snprintf(notes->reason, sizeof notes->reason,
             "no answer to an unsubscription");
    end_notes(c);
}

static void on_unanswered5(void *context, MQTTAsync_failureData5 *d)
{
    (void)d;
    on_unanswered(context);
}

static void on_unanswered3(void *context, MQTTAsync_failureData *d)
{
    (void)d;
    on_unanswered(context);
}

/* Paho sends PUBACK when this returns, whatever it returns. So the owner has
 * taken custody by then: there is no later moment to acknowledge. Returning 0
 * would not withhold it, only leave the message in a list that paho looks at
 * when the socket has other traffic. */
static int on_arrived(void *context, char *topic, int len,
                      MQTTAsync_message *message)
{
    ce_mqtt_client *c = context;

    (void)len;
    if (c->owner.arrived)
        c->owner.arrived(c->owner.self, topic, message);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

/* Called for each line of the TLS library, before the attempt fails. */
static int on_tls_error(const char *text, size_t len, void *context)
{
    ce_mqtt_client *c = context;

    while (len && (text[len - 1] == '\n' || text[len - 1] == '\0'))
        len--;
    pthread_mutex_lock(&c->lock);
    /* The first line is the cause, and the others what followed from it. */
    if (!c->tls_error[0])
        snprintf(c->tls_error, sizeof c->tls_error, "%.*s", (int)len, text);
    pthread_mutex_unlock(&c->lock);
    return 1;
}

/* --- wiring --- */

/* Paho notes each call of its functions in memory, under a lock: a fifth of
 * what a message costs there, for a trace that nobody reads unless asked
 * for. */
static void leave_out_trace(void)
{
    const char *file = getenv("MQTT_C_CLIENT_TRACE");

    if (!file || !*file)
        MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
}

void ce_mqtt_callbacks_set(ce_mqtt_client *c)
{
    leave_out_trace();
    MQTTAsync_setCallbacks(c->handle, c, on_lost, on_arrived, NULL);
    MQTTAsync_setDisconnected(c->handle, c, on_disconnected);
}

void ce_mqtt_callbacks_for_connect(ce_mqtt_client *c,
                                   MQTTAsync_connectOptions *o)
{
    o->context = c;
    if (c->version == CE_MQTT_5) {
        o->onSuccess5 = on_connected5;
        o->onFailure5 = on_failed5;
    } else {
        o->onSuccess = on_connected3;
        o->onFailure = on_failed3;
    }
}

void ce_mqtt_callbacks_for_tls(ce_mqtt_client *c, MQTTAsync_SSLOptions *o)
{
    o->ssl_error_cb = on_tls_error;
    o->ssl_error_context = c;
}

void ce_mqtt_callbacks_for_disconnect(ce_mqtt_client *c,
                                      MQTTAsync_disconnectOptions *o)
{
    o->context = c;
    if (c->version == CE_MQTT_5)
        o->onSuccess5 = on_closed5;
    else
        o->onSuccess = on_closed3;
}

void ce_mqtt_callbacks_for_subscribe(ce_mqtt_client *c,
                                     MQTTAsync_responseOptions *o)
{
    o->context = c;
    if (c->version == CE_MQTT_5) {
        o->onSuccess5 = on_granted5;
        o->onFailure5 = on_refused5;
    } else {
        o->onSuccess = on_granted3;
        o->onFailure = on_refused3;
    }
}

void ce_mqtt_callbacks_for_unsubscribe(ce_mqtt_client *c,
                                       MQTTAsync_responseOptions *o)
{
    o->context = c;
    if (c->version == CE_MQTT_5) {
        o->onSuccess5 = on_unsubscribed5;
        o->onFailure5 = on_unanswered5;
    } else {
        o->onSuccess = on_unsubscribed3;
        o->onFailure = on_unanswered3;
    }
}

/* --- the loop --- */

ce_mqtt_notes ce_mqtt_notes_take(ce_mqtt_client *c)
{
    ce_mqtt_notes notes;

    pthread_mutex_lock(&c->lock);
    notes = c->notes;
    c->notes = (ce_mqtt_notes){ .connected = false };
    /* A DISCONNECT has left its reason for the loss that follows. */
    if (!notes.failed && !notes.lost && !notes.refused)
        memcpy(c->notes.reason, notes.reason, sizeof notes.reason);
    pthread_mutex_unlock(&c->lock);
    return notes;
}

void ce_mqtt_notes_clear(ce_mqtt_client *c)
{
    pthread_mutex_lock(&c->lock);
    c->notes = (ce_mqtt_notes){ .connected = false };
    c->tls_error[0] = '\0';
    pthread_mutex_unlock(&c->lock);
}
