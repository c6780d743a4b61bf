/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a broker, kept up on the loop.
 *
 * Paho's callbacks run on its threads with its lock held: they only note what
 * happened and post a task. Everything is decided on the loop. Paho's own
 * reconnecting is not used, because it hides what the broker says when it lets
 * us in and forgets subscriptions. */
#include "bindings/mqtt/client.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

enum {
    FIRST_PAUSE_MS = 200,
    LAST_PAUSE_MS = 5000,
    LEAVE_MS = 3000,
    LOOK_MS = 5000, /* between looks at a connection that should stand */
    CONNECT_SECONDS = 10
};

/* --- connecting --- */

static void add_number(MQTTProperties *to, enum MQTTPropertyCodes code,
                       uint32_t value)
{
    MQTTProperty p = { .identifier = code };

    if (code == MQTTPROPERTY_CODE_RECEIVE_MAXIMUM)
        p.value.integer2 = (unsigned short)value;
    else if (code == MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION)
        p.value.byte = (unsigned char)value;
    else
        p.value.integer4 = value;
    MQTTProperties_add(to, &p);
}

static MQTTAsync_SSLOptions tls_options(ce_mqtt_client *c)
{
    MQTTAsync_SSLOptions o = MQTTAsync_SSLOptions_initializer;

    o.trustStore = c->ca;
    o.keyStore = c->cert;
    o.privateKey = c->key;
    o.enableServerCertAuth = c->verify;
    o.verify = c->verify;
    ce_mqtt_hear_tls(c, &o);
    return o;
}

static MQTTAsync_connectOptions connect_options(ce_mqtt_client *c,
                                                MQTTProperties *properties)
{
    MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions five = MQTTAsync_connectOptions_initializer5;

    if (c->version == CE_MQTT_5) {
        o = five;
        o.cleanstart = c->clean;
        if (!c->clean)
            add_number(properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL,
                       c->session_expiry);
        if (c->receive_maximum)
            add_number(properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM,
                       c->receive_maximum);
        if (c->role == CE_MQTT_HEARS_REPLIES)
            add_number(properties,
                       MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION, 1);
        o.connectProperties = properties;
    } else {
        o.MQTTVersion = CE_MQTT_3_1_1;
        o.cleansession = c->clean;
    }
    ce_mqtt_hear_connect(c, &o);
    o.keepAliveInterval = c->keep_alive;
    o.connectTimeout = CONNECT_SECONDS;
    o.maxInflight = 65535;
    o.username = c->user;
    if (c->password) {
        o.binarypwd.data = c->password;
        o.binarypwd.len = (int)strlen(c->password);
    }
    return o;
}

static void pause_then_connect(ce_mqtt_client *c)
{
    unsigned shift = c->attempts < 6 ? c->attempts : 6;
    uint64_t limit = (uint64_t)FIRST_PAUSE_MS << shift;

    if (limit > LAST_PAUSE_MS)
        limit = LAST_PAUSE_MS;
    /* An xorshift is random enough to keep clients apart. */
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    c->attempts++;
    c->state = PAUSING;
    ce_timer_start(c->loop, &c->timer, 1 + c->random % limit);
}

static void connect_now(ce_mqtt_client *c)
{
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTAsync_connectOptions o = connect_options(c, &properties);
    MQTTAsync_SSLOptions tls = tls_options(c);
    int rc;

    if (!strncmp(c->uri, "ssl:", 4))
        o.ssl = &tls;
    ce_mqtt_notes_clear(c);
    c->state = CONNECTING;
    rc = MQTTAsync_connect(c->handle, &o);
    MQTTProperties_free(&properties);
    if (rc == MQTTASYNC_SUCCESS)
        return;
    ce_health_down(c->health, "cannot connect (%d)", rc);
    pause_then_connect(c);
}

/* --- what became of it --- */

static void tell_lost(ce_mqtt_client *c)
{
    if (!c->told)
        return;
    c->told = false;
    c->owner.lost(c->owner.self);
}

static void finish_leaving(ce_mqtt_client *c)
{
    void (*left)(void *self) = c->left;

    c->left = NULL;
    c->state = AWAY;
    ce_timer_stop(&c->timer);
    if (c->come_back)
        pause_then_connect(c);
    if (left)
        left(c->owner.self);
}

static void disconnect(ce_mqtt_client *c)
{
    MQTTAsync_disconnectOptions o = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions five = MQTTAsync_disconnectOptions_initializer5;

    if (c->version == CE_MQTT_5)
        o = five;
    ce_mqtt_hear_leave(c, &o);
    if (MQTTAsync_disconnect(c->handle, &o) != MQTTASYNC_SUCCESS)
        finish_leaving(c);
}

static void leave(ce_mqtt_client *c, bool come_back)
{
    ce_mqtt_state before = c->state;

    c->come_back = come_back;
    if (before == LEAVING)
        return;
    ce_timer_stop(&c->timer);
    c->state = LEAVING;
    tell_lost(c);
    if (before == AWAY || before == PAUSING) {
        finish_leaving(c);
        return;
    }
    ce_timer_start(c->loop, &c->timer, LEAVE_MS);
    if (before == CONNECTED)
        disconnect(c);
}

static void greet(ce_mqtt_client *c, const ce_mqtt_welcome *w)
{
    if (c->state == LEAVING) {
        disconnect(c);
        return;
    }
    if (c->had_session && !w->session_present && !c->clean)
        ce_log(CE_WARN,
               "%s: the broker has lost the session, and with it perhaps "
               "messages",
               c->health->label);
    c->had_session = true;
    c->state = CONNECTED;
    c->connected_ms = ce_loop_now_ms(c->loop);
    c->told = true;
    ce_timer_start(c->loop, &c->timer, LOOK_MS);
    c->owner.connected(c->owner.self, w);
}

static void lose(ce_mqtt_client *c, const char *reason)
{
    if (c->state == LEAVING) {
        finish_leaving(c);
        return;
    }
    if (c->state != CONNECTED && c->state != CONNECTING)
        return;
    /* Two clients of one id throw each other out at once. */
    if (c->told && ce_loop_now_ms(c->loop) - c->connected_ms > LAST_PAUSE_MS)
        c->attempts = 0;
    ce_health_down(c->health, "%s", reason);
    tell_lost(c);
    pause_then_connect(c);
}

static void accept_grant(ce_mqtt_client *c, int qos)
{
    if (c->state != CONNECTED)
        return;
    if (qos < c->qos) {
        ce_mqtt_client_give_up(c, "the broker grants QoS %d only", qos);
        return;
    }
    if (c->owner.granted)
        c->owner.granted(c->owner.self);
    else
        ce_health_up(c->health);
}

static void run(ce_task *t)
{
    ce_mqtt_client *c = CE_OWNER(t, ce_mqtt_client, task);
    ce_mqtt_notes notes = ce_mqtt_notes_take(c);

    if (notes.connected)
        greet(c, &notes.welcome);
    if (notes.granted)
        accept_grant(c, notes.granted_qos);
    if (notes.refused && c->state == CONNECTED)
        ce_mqtt_client_give_up(c, "%s", notes.reason);
    if (notes.failed || notes.lost)
        lose(c, notes.reason);
    if (notes.left && c->state == LEAVING)
        finish_leaving(c);
}

static void look(ce_mqtt_client *c)
{
    if (MQTTAsync_isConnected(c->handle))
        ce_timer_start(c->loop, &c->timer, LOOK_MS);
    else
        lose(c, "connection lost");
}

static void on_timer(ce_timer *t)
{
    ce_mqtt_client *c = CE_OWNER(t, ce_mqtt_client, timer);

    if (c->state == PAUSING)
        connect_now(c);
    else if (c->state == CONNECTED)
        look(c);
    else if (c->state == LEAVING)
        finish_leaving(c);
}

/* --- what owners ask for --- */

void ce_mqtt_client_give_up(ce_mqtt_client *c, const char *fmt, ...)
{
    char reason[160];
    va_list args;

    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    ce_health_down(c->health, "%s", reason);
    leave(c, true);
}

void ce_mqtt_client_subscribe(ce_mqtt_client *c, const char *filter, int qos)
{
    MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
    int rc;

    c->qos = qos;
    ce_mqtt_hear_subscribe(c, &o);
    /* Retained messages come once, for a new subscription. */
    o.subscribeOptions.retainHandling = 1;
    o.subscribeOptions.retainAsPublished = 1;
    rc = MQTTAsync_subscribe(c->handle, filter, qos, &o);
    if (rc != MQTTASYNC_SUCCESS)
        ce_mqtt_client_give_up(c, "cannot subscribe to \"%s\" (%d)", filter,
                               rc);
}

void ce_mqtt_client_leave(ce_mqtt_client *c, void (*done)(void *self))
{
    c->left = done;
    leave(c, false);
}

void ce_mqtt_client_return(ce_mqtt_client *c)
{
    c->attempts = 0;
    if (c->state == LEAVING)
        c->come_back = true;
    else if (c->state == AWAY)
        pause_then_connect(c);
}

MQTTAsync ce_mqtt_client_handle(const ce_mqtt_client *c)
{
    return c->handle;
}

const char *ce_mqtt_client_id(const ce_mqtt_client *c)
{
    return c->id;
}

/* --- life --- */

static ce_status create_handle(ce_mqtt_client *c, ce_error *err)
{
    MQTTAsync_createOptions o = MQTTAsync_createOptions_initializer;
    int rc;

    o.MQTTVersion = c->version;
    o.sendWhileDisconnected = 0;
    o.maxBufferedMessages = 65535;
    rc = MQTTAsync_createWithOptions(&c->handle, c->uri, c->id,
                                     MQTTCLIENT_PERSISTENCE_NONE, NULL, &o);
    if (rc != MQTTASYNC_SUCCESS)
        return ce_fail(err, CE_EIO, "cannot make an MQTT client for %s: %s",
                       c->uri, MQTTAsync_strerror(rc));
    ce_mqtt_hear(c);
    return CE_OK;
}

ce_status ce_mqtt_client_open(ce_mqtt_client **out, const ce_endpoint *at,
                              ce_health *health, const ce_mqtt_owner *owner,
                              ce_mqtt_role role, ce_error *err)
{
    ce_mqtt_client *c = ce_alloc_zeroed(sizeof *c);
    ce_status status;

    if (!c)
        return ce_no_memory(err);
    c->loop = at->loop;
    c->health = health;
    c->owner = *owner;
    c->role = role;
    c->timer.fire = on_timer;
    c->task.run = run;
    pthread_mutex_init(&c->lock, NULL);
    status = ce_mqtt_client_configure(c, at, err);
    if (status == CE_OK)
        status = create_handle(c, err);
    if (status != CE_OK) {
        ce_mqtt_client_close(c);
        return status;
    }
    *out = c;
    return CE_OK;
}

void ce_mqtt_client_start(ce_mqtt_client *c)
{
    connect_now(c);
}

void ce_mqtt_client_close(ce_mqtt_client *c)
{
    if (!c)
        return;
    if (c->handle)
        MQTTAsync_destroy(&c->handle);
    ce_loop_unpost(c->loop, &c->task);
    ce_timer_stop(&c->timer);
    pthread_mutex_destroy(&c->lock);
    if (c->password)
        explicit_bzero(c->password, strlen(c->password));
    ce_free(c->password);
    ce_free(c);
}
