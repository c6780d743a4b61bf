/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a broker, kept up on the loop.
 *
 *     AWAY <------------------------------ LEAVING <---- from all others
 *      | start, return                      | come_back
 *      v                                    v
 *     LOOKING_UP <------- timer -------- PAUSING
 *      | the host    \ not found           ^
 *      v              `------------------->|
 *     CONNECTING                           |
 *      | CONNACK     \ failed              |
 *      v              `------------------->|
 *     CONNECTED ------- lost --------------'
 *
 * Paho's callbacks run on its threads with its lock held: they only take notes
 * and post a task (callbacks.c). Everything is decided here, on the loop.
 * Paho's own reconnecting is not used: it hides the CONNACK, does not subscribe
 * again, and repeats the clean start of the first connection. */
#include "bindings/mqtt/connection.h"
#include "bindings/mqtt/errors.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

enum {
    /* Pauses double from the first to the last: a restarted broker is found
     * soon, and a thousand clients do not keep it from starting. */
    FIRST_PAUSE_MS = 200,
    LAST_PAUSE_MS = 5000,
    DOUBLINGS = 5,
    /* Two clients of one id would throw each other out with every return. */
    LAST_TAKEN_MS = 60000,
    TAKEN_DOUBLINGS = 9,
    /* Not every broker says that it was another client. A broker that restarts
     * so often, and is never found away, is less likely. */
    BRIEF_CONNECTIONS = 3,
    LEAVE_MS = 3000, /* for paho to close; then it does not matter any more */
    CHECK_MS = 5000  /* between checks of a connection that should stand */
};

/* --- connecting --- */

/* A part of the longest pause, so that clients that were lost together do not
 * come back together. An xorshift is random enough for that. */
static uint64_t longest_pause(const ce_mqtt_client *c)
{
    unsigned doublings = c->taken_over ? TAKEN_DOUBLINGS : DOUBLINGS;

    if (c->attempts < doublings)
        return (uint64_t)FIRST_PAUSE_MS << c->attempts;
    return c->taken_over ? LAST_TAKEN_MS : LAST_PAUSE_MS;
}

static uint64_t random_pause(ce_mqtt_client *c)
{
    uint64_t longest = longest_pause(c);

    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return 1 + c->random % longest;
}

static void pause_then_connect(ce_mqtt_client *c)
{
    c->phase = PAUSING;
    ce_timer_start(c->loop, &c->timer, random_pause(c));
    c->attempts++;
}

/* It is the broker who is away, and no other client who has the id. */
static void note_away(ce_mqtt_client *c)
{
    c->was_away = true;
    c->brief = 0;
    c->taken_over = false;
}

static void connect_to_host(ce_mqtt_client *c)
{
    int rc;

    c->phase = CONNECTING;
    rc = ce_mqtt_connect(c);
    if (rc == MQTTASYNC_SUCCESS)
        return;
    ce_health_down(c->health, "cannot connect (%d)", rc);
    pause_then_connect(c);
}

static void on_looked_up(void *self, int code)
{
    ce_mqtt_client *c = self;

    c->lookup = NULL;
    if (code == 0) {
        connect_to_host(c);
        return;
    }
    note_away(c);
    ce_health_down(c->health, "%s", ce_mqtt_explain_lookup(code));
    pause_then_connect(c);
}

static void connect_now(ce_mqtt_client *c)
{
    ce_mqtt_notes_clear(c);
    if (!ce_mqtt_lookup_is_due(c->host)) {
        connect_to_host(c);
        return;
    }
    c->phase = LOOKING_UP;
    c->lookup = ce_mqtt_lookup_start(c->loop, c->host, on_looked_up, c);
    if (!c->lookup)
        on_looked_up(c, EAI_MEMORY);
}

static void forget_lookup(ce_mqtt_client *c)
{
    ce_mqtt_lookup_forget(c->lookup);
    c->lookup = NULL;
}

/* --- leaving --- */

static void finish_leaving(ce_mqtt_client *c)
{
    c->phase = AWAY;
    ce_timer_stop(&c->timer);
    if (c->come_back)
        pause_then_connect(c);
}

static void disconnect(ce_mqtt_client *c)
{
    MQTTAsync_disconnectOptions o = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions five = MQTTAsync_disconnectOptions_initializer5;

    if (c->version == CE_MQTT_5)
        o = five;
    ce_mqtt_callbacks_for_disconnect(c, &o);
    if (MQTTAsync_disconnect(c->handle, &o) != MQTTASYNC_SUCCESS &&
        c->phase == LEAVING)
        finish_leaving(c);
}

/* An attempt to connect cannot be taken back: on_connected disconnects it. */
static void leave(ce_mqtt_client *c, bool come_back)
{
    ce_mqtt_phase before = c->phase;

    c->come_back = come_back;
    if (before == LEAVING)
        return;
    c->phase = LEAVING;
    ce_timer_start(c->loop, &c->timer, LEAVE_MS);
    switch (before) {
    case CONNECTED:
        c->owner.lost(c->owner.self);
        disconnect(c);
        break;
    case CONNECTING:
        break;
    case LOOKING_UP:
        forget_lookup(c);
        finish_leaving(c);
        break;
    default:
        finish_leaving(c);
    }
}

/* --- what paho says --- */

/* MQTT 5 3.2.2.3.14: the broker ends a connection that is silent for longer
 * than it wants. Paho keeps to what CONNECT said, so that has to be said
 * anew. */
static bool pings_too_seldom(ce_mqtt_client *c, const ce_mqtt_connack *a)
{
    if (a->keep_alive == 0 || a->keep_alive >= (unsigned)c->keep_alive)
        return false;
    c->keep_alive = (int)a->keep_alive;
    return true;
}

static void on_connected(ce_mqtt_client *c, const ce_mqtt_connack *a)
{
    /* Paho's attempt may outlive LEAVE_MS. */
    if (c->phase != CONNECTING) {
        disconnect(c);
        return;
    }
    if (pings_too_seldom(c, a)) {
        leave(c, true);
        disconnect(c);
        return;
    }
    if (c->had_session && !a->session_present && !c->clean)
        ce_log_of(CE_WARN, c->health->label,
                  "the broker has lost the session, and with it perhaps "
                  "messages");
    c->had_session = true;
    c->was_away = false;
    c->phase = CONNECTED;
    c->connected_ms = ce_loop_now_ms(c->loop);
    ce_timer_start(c->loop, &c->timer, CHECK_MS);
    c->owner.connected(c->owner.self, a);
}

static void on_granted(ce_mqtt_client *c, int qos)
{
    if (c->phase != CONNECTED)
        return;
    /* MQTT 5 3.9.3: the broker may grant less. That would not be at least
     * once. */
    if (qos < c->qos)
        ce_mqtt_client_give_up(c, "the broker grants QoS %d only", qos);
    else if (c->owner.granted)
        c->owner.granted(c->owner.self);
    else
        ce_health_up(c->health);
}

/* A connection that did not hold does not shorten the pause: two clients of one
 * id throw each other out at once (MQTT 5 3.1.4), for ever. */
static void judge_connection(ce_mqtt_client *c, const ce_mqtt_notes *notes)
{
    uint64_t held_ms = ce_loop_now_ms(c->loop) - c->connected_ms;

    c->explained = notes->explained && !notes->blames;
    c->brief = held_ms > LAST_TAKEN_MS ? 0 : c->brief + 1;
    c->taken_over =
        notes->taken_over || (c->id_is_known && c->brief >= BRIEF_CONNECTIONS);
    if (held_ms > (c->taken_over ? LAST_TAKEN_MS : LAST_PAUSE_MS))
        c->attempts = 0;
}

static void say_lost(ce_mqtt_client *c, const ce_mqtt_notes *notes)
{
    if (c->taken_over && !notes->explained)
        ce_health_down(c->health,
                       "connection lost soon after it was made, again and "
                       "again; perhaps another client has the same client id: "
                       "give each its own client_id=");
    else
        ce_health_down(c->health, "%s", notes->reason);
}

static void on_lost(ce_mqtt_client *c, const ce_mqtt_notes *notes)
{
    ce_mqtt_phase before = c->phase;

    if (before == LEAVING) {
        finish_leaving(c);
        return;
    }
    if (before != CONNECTED && before != CONNECTING)
        return;
    if (before == CONNECTED)
        judge_connection(c, notes);
    else
        note_away(c);
    say_lost(c, notes);
    pause_then_connect(c);
    if (before == CONNECTED)
        c->owner.lost(c->owner.self);
}

void ce_mqtt_client_hurry(ce_mqtt_client *c)
{
    if (c->phase != PAUSING)
        return;
    c->attempts = 0;
    c->brief = 0;
    c->taken_over = false;
    pause_then_connect(c);
}

static void read_notes(ce_task *t)
{
    ce_mqtt_client *c = CE_OWNER(t, ce_mqtt_client, task);
    ce_mqtt_notes notes = ce_mqtt_notes_take(c);

    notes.connack.was_away = c->was_away;
    if (notes.connected)
        on_connected(c, &notes.connack);
    if (notes.granted)
        on_granted(c, notes.granted_qos);
    if (notes.unsubscribed && c->phase == CONNECTED)
        c->owner.unsubscribed(c->owner.self, notes.unsubscribed_reason);
    if (notes.refused && c->phase == CONNECTED)
        ce_mqtt_client_give_up(c, "%s", notes.reason);
    if (notes.failed || notes.lost)
        on_lost(c, &notes);
    if (notes.disconnected && c->phase == LEAVING)
        finish_leaving(c);
}

/* In case that paho did not say that the connection has gone. */
static void check_connection(ce_mqtt_client *c)
{
    static const ce_mqtt_notes lost = { .reason = "connection lost" };

    if (MQTTAsync_isConnected(c->handle))
        ce_timer_start(c->loop, &c->timer, CHECK_MS);
    else
        on_lost(c, &lost);
}

static void on_timer(ce_timer *t)
{
    ce_mqtt_client *c = CE_OWNER(t, ce_mqtt_client, timer);

    switch (c->phase) {
    case PAUSING:
        connect_now(c);
        break;
    case CONNECTED:
        check_connection(c);
        break;
    case LEAVING:
        finish_leaving(c);
        break;
    default:
        break;
    }
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
    ce_mqtt_callbacks_for_subscribe(c, &o);
    /* MQTT 5 3.8.3.1: retained messages come once, for a new subscription, and
     * keep the flag that says so. */
    o.subscribeOptions.retainHandling = 1;
    o.subscribeOptions.retainAsPublished = 1;
    /* One filter: paho reports success for several even when all failed. */
    rc = MQTTAsync_subscribe(c->handle, filter, qos, &o);
    if (rc != MQTTASYNC_SUCCESS)
        ce_mqtt_client_give_up(c, "cannot subscribe to \"%s\" (%d)", filter,
                               rc);
}

void ce_mqtt_client_unsubscribe(ce_mqtt_client *c, const char *filter)
{
    MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
    int rc;

    ce_mqtt_callbacks_for_unsubscribe(c, &o);
    rc = MQTTAsync_unsubscribe(c->handle, filter, &o);
    if (rc != MQTTASYNC_SUCCESS)
        ce_mqtt_client_give_up(c, "cannot unsubscribe from \"%s\" (%d)", filter,
                               rc);
}

void ce_mqtt_client_leave(ce_mqtt_client *c)
{
    leave(c, false);
}

void ce_mqtt_client_return(ce_mqtt_client *c)
{
    c->attempts = 0;
    if (c->phase == LEAVING)
        c->come_back = true;
    else if (c->phase == AWAY)
        pause_then_connect(c);
}

bool ce_mqtt_client_was_told_why(const ce_mqtt_client *c)
{
    return c->explained;
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
    /* Between connections nothing is taken: retries are the chain's. */
    o.sendWhileDisconnected = 0;
    /* Paho counts as buffered what it has not written yet, connected or not;
     * its preset of 100 would refuse the publisher's window. */
    o.maxBufferedMessages = 65535;
    /* Its persistence loses messages: it ignores errors of the disk, and keeps
     * none of version 5. */
    rc = MQTTAsync_createWithOptions(&c->handle, c->uri, c->id,
                                     MQTTCLIENT_PERSISTENCE_NONE, NULL, &o);
    if (rc != MQTTASYNC_SUCCESS)
        return ce_fail(err, CE_EIO, "cannot make an MQTT client for %s: %s",
                       c->uri, MQTTAsync_strerror(rc));
    ce_mqtt_callbacks_set(c);
    return CE_OK;
}

ce_status ce_mqtt_client_open(ce_mqtt_client **out, const ce_endpoint *at,
                              ce_health *health,
                              const ce_mqtt_client_owner *owner,
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
    c->task.run = read_notes;
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

void ce_mqtt_client_had_session(ce_mqtt_client *c)
{
    c->had_session = true;
}

void ce_mqtt_client_start(ce_mqtt_client *c)
{
    connect_now(c);
}

void ce_mqtt_client_close(ce_mqtt_client *c)
{
    if (!c)
        return;
    /* Paho calls nothing back after this; only then is the task ours alone. */
    if (c->handle)
        MQTTAsync_destroy(&c->handle);
    forget_lookup(c);
    ce_loop_unpost(c->loop, &c->task);
    ce_timer_stop(&c->timer);
    pthread_mutex_destroy(&c->lock);
    if (c->password)
        explicit_bzero(c->password, strlen(c->password));
    ce_free(c->password);
    ce_free(c);
}
