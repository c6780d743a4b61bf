/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribes, and takes custody of what arrives.
 *
 * Paho acknowledges a message as soon as its callback returns, whatever the
 * callback says. So the callback takes custody first (custody.c): it writes the
 * message into the inbox, from which the route takes it. When the inbox is full
 * the connection is left with the session kept, so that the broker holds the
 * rest. Without an inbox messages go from memory to the chain: at most once. */
#include "bindings/mqtt/mqtt.h"

#include <stdio.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "bindings/mqtt/client.h"
#include "bindings/mqtt/custody.h"
#include "bindings/mqtt/responder.h"
#include "bindings/mqtt/subscriber.h"
#include "bindings/mqtt/terms.h"
#include "core/pipeline/action.h"

enum {
    NOTE = 120,           /* about a message */
    AGAIN_MS = 1000,      /* for a disk or memory that lacks room */
    POOL_BYTES = 64 << 20 /* what a slow sink may hold, as in all bindings */
};

typedef enum phase {
    STOPPED,   /* or not yet started: nothing is pushed */
    RECEIVING, /* the client keeps the connection up */
    FULL       /* the client has left until there is room */
} phase;

typedef struct mqtt_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    ce_inbox *inbox; /* NULL: none */
    phase phase;
    ce_stage *into;
    ce_mqtt_client *client;
    ce_mqtt_custody *custody;
    ce_mqtt_responder *responder; /* NULL: it answers nothing */
    ce_mqtt_subscriber subscriber;
    ce_mqtt_dialect dialect;
    unsigned max_in_flight;
    size_t max_bytes;
    ce_arena *arena; /* of paho's thread */
    ce_task turn;
    ce_timer timer;    /* turns again */
    ce_repeater again; /* without an inbox: came back undelivered */
} mqtt_receiver;

/* --- paho's thread --- */

/* One that is too large must not take the room of others. */
static const char *cut(ce_message *m, size_t max_bytes, char note[NOTE])
{
    snprintf(note, NOTE,
             "payload: larger than max_event_bytes (%zu), which are kept of "
             "%zu",
             max_bytes, m->body.len);
    m->body.len = max_bytes;
    return note;
}

/* Paho sends PUBACK when this returns. */
static void arrived(void *self, const char *topic, const MQTTAsync_message *in)
{
    mqtt_receiver *r = self;
    ce_origin origin = { .topic = ce_slice_of(topic),
                         .partition = -1,
                         .offset = -1,
                         .retain =
                             in->retained ? CE_RETAIN_YES : CE_RETAIN_NO };
    const char *defect = NULL;
    bool tolerated = false;
    char note[NOTE];
    ce_message m;

    ce_arena_reset(r->arena);
    if (ce_mqtt_decode(in, &r->dialect, r->arena, &m, &origin.metadata, &defect,
                       &tolerated) != CE_OK)
        defect = "properties: no memory to read them";
    if (m.body.len > r->max_bytes)
        defect = cut(&m, r->max_bytes, note);
    if (defect) {
        m.mode = CE_MODE_NONE;
        m.format = NULL;
    }
    if (tolerated)
        ce_receiver_tolerated(&r->receiver);
    if (r->responder &&
        ce_mqtt_responder_take(r->responder, in, &m, &origin, defect))
        return;
    ce_mqtt_custody_take(r->custody, &m, &origin, defect);
}

/* --- from memory to the inbox --- */

/* Whether all of it is there. */
static bool store_all(mqtt_receiver *r)
{
    ce_error err;
    ce_status status = ce_mqtt_custody_store(r->custody, &err);

    if (status == CE_OK)
        return true;
    if (status != CE_EAGAIN)
        ce_health_down(&r->receiver.health, "%s", err.text);
    ce_timer_start(r->loop, &r->timer, AGAIN_MS);
    return false;
}

/* --- from memory to the chain --- */

/* The broker does not send it again: it has its PUBACK. */
static void on_settled(ce_hook *h, ce_delivery *d, const ce_result *result)
{
    mqtt_receiver *r = h->self;

    if (ce_action_of(result, r->phase != STOPPED) == CE_REPEAT) {
        ce_repeater_add(&r->again, d);
        return;
    }
    if (result->verdict != CE_ACK)
        ce_log_with(CE_WARN,
                    &(ce_log_fields){ .endpoint = r->receiver.health.label,
                                      .event = ce_delivery_id(d),
                                      .error = result->reason },
                    "a message of topic \"%.*s\" is lost: %s",
                    CE_ARG(d->origin.topic),
                    result->reason[0] ? result->reason : "no reason given");
    ce_pool_give(d);
}

/* NULL when there is no credit, or no memory. */
static ce_delivery *take(mqtt_receiver *r, ce_slice record)
{
    ce_delivery *d = ce_pool_take(r->receiver.pool);
    ce_mqtt_incoming *in = (ce_mqtt_incoming *)d;

    if (!d)
        return NULL;
    if (ce_arena_copy(d->arena, record, &in->record) != CE_OK) {
        ce_pool_give(d);
        return NULL;
    }
    in->mark = ce_arena_marked(d->arena);
    ce_pool_charge(r->receiver.pool, d, record.len);
    return d;
}

static void push(void *arg, ce_delivery *d)
{
    mqtt_receiver *r = arg;
    ce_mqtt_incoming *in = (ce_mqtt_incoming *)d;

    ce_arena_rewind(d->arena, in->mark);
    d->event = NULL;
    ce_delivery_hook(d, on_settled, r, 0);
    if (ce_record_read(in->record, d) == CE_OK)
        ce_push(r->into, d);
    else
        ce_settle_undelivered(d, 0, 0, "out of memory");
}

/* Whether nothing waits any more. */
static bool push_all(mqtt_receiver *r)
{
    ce_mqtt_mailbox *box = ce_mqtt_custody_box(r->custody);
    const ce_mqtt_letter *l;

    while (r->phase != STOPPED && (l = ce_mqtt_mailbox_first(box))) {
        ce_delivery *d = take(r, l->record);

        if (!d) {
            /* A delivery that comes home turns again; without one, time
             * does. */
            if (ce_pool_out(r->receiver.pool) == 0)
                ce_timer_start(r->loop, &r->timer, AGAIN_MS);
            return false;
        }
        ce_mqtt_mailbox_drop(box);
        push(r, d);
    }
    return true;
}

/* --- room --- */

static void say_full(mqtt_receiver *r)
{
    ce_health_down(&r->receiver.health, "%s",
                   r->inbox ? "the inbox is full" : "too much waits");
}

static void leave_broker(mqtt_receiver *r)
{
    r->phase = FULL;
    say_full(r);
    ce_mqtt_client_leave(r->client);
}

static void return_to_broker(mqtt_receiver *r)
{
    r->phase = RECEIVING;
    ce_mqtt_client_return(r->client);
}

static void run_turn(ce_task *t)
{
    mqtt_receiver *r = CE_OWNER(t, mqtt_receiver, turn);
    bool is_empty, has_room, was_crowded;

    if (r->responder && !ce_mqtt_responder_serve(r->responder))
        ce_timer_start(r->loop, &r->timer, AGAIN_MS);
    if (r->phase == STOPPED)
        return;
    is_empty = r->inbox ? store_all(r) : push_all(r);
    /* What was pushed may have stopped the receiver. */
    if (r->phase == STOPPED)
        return;
    was_crowded = ce_mqtt_custody_was_crowded(r->custody);
    has_room = is_empty && !ce_mqtt_custody_is_full(r->custody);
    if (r->phase == RECEIVING && was_crowded && !has_room)
        leave_broker(r);
    else if (r->phase == FULL && has_room)
        return_to_broker(r);
}

static void on_timer(ce_timer *t)
{
    run_turn(&CE_OWNER(t, mqtt_receiver, timer)->turn);
}

static void on_refilled(void *arg)
{
    mqtt_receiver *r = arg;

    ce_loop_post(r->loop, &r->turn);
}

/* --- the connection --- */

static void connected(void *self, const ce_mqtt_connack *a)
{
    ce_mqtt_subscriber_connected(&((mqtt_receiver *)self)->subscriber, a);
}

static void granted(void *self)
{
    ce_mqtt_subscriber_granted(&((mqtt_receiver *)self)->subscriber);
}

static void unsubscribed(void *self, int reason)
{
    ce_mqtt_subscriber_unsubscribed(&((mqtt_receiver *)self)->subscriber,
                                    reason);
}

static void lost(void *self)
{
    (void)self;
}

/* --- life --- */

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    mqtt_receiver *r = (mqtt_receiver *)receiver;

    (void)err;
    r->phase = FULL;
    r->into = into;
    if (r->responder)
        ce_mqtt_responder_into(r->responder, into);
    if (r->inbox)
        ce_inbox_on_low(r->inbox, r->loop, &r->turn);
    /* Each message that comes meanwhile would use up the room that is kept for
     * those that cannot be given back. */
    if (ce_mqtt_custody_is_full(r->custody)) {
        say_full(r);
        return CE_OK;
    }
    r->phase = RECEIVING;
    ce_mqtt_client_start(r->client);
    return CE_OK;
}

static void stop(ce_receiver *receiver)
{
    mqtt_receiver *r = (mqtt_receiver *)receiver;

    if (r->phase == STOPPED)
        return;
    r->phase = STOPPED;
    if (r->responder)
        ce_mqtt_responder_into(r->responder, NULL);
    ce_mqtt_client_leave(r->client);
    /* Once more, so that what is left is told by all who count. */
    ce_repeater_flush(&r->again);
}

/* The client goes first: after it nothing arrives on paho's thread. */
static void close_receiver(ce_receiver *receiver)
{
    mqtt_receiver *r = (mqtt_receiver *)receiver;

    ce_mqtt_client_close(r->client);
    ce_mqtt_subscriber_close(&r->subscriber);
    ce_receiver_lost(receiver, ce_mqtt_custody_close(r->custody));
    if (r->inbox)
        ce_inbox_on_low(r->inbox, NULL, NULL);
    ce_loop_unpost(r->loop, &r->turn);
    ce_timer_stop(&r->timer);
    ce_mqtt_responder_close(r->responder);
    ce_pool_close(receiver->pool);
    ce_arena_free(r->arena);
    ce_free(r);
}

static const ce_receiver_ops ops = {
    .start = start,
    .stop = stop,
    .close = close_receiver,
};

static void read_settings(mqtt_receiver *r, const ce_settings *s)
{
    r->dialect = ce_mqtt_dialect_of(s);
    r->dialect.quoted = ce_settings_boolean(s, "quoted");
    r->dialect.names = ce_names_of(s);
    r->dialect.max_attributes =
        (unsigned)ce_settings_integer(s, "max_attributes");
    r->max_in_flight = (unsigned)ce_settings_integer(s, "max_in_flight");
    r->max_bytes = (size_t)ce_settings_bytes(s, "max_event_bytes");
}

static ce_status open_custody(mqtt_receiver *r, ce_error *err)
{
    const ce_mqtt_custody_config c = {
        .loop = r->loop,
        .turn = &r->turn,
        .inbox = r->inbox,
        .label = r->receiver.health.label,
        .max_count = r->max_in_flight,
    };

    return ce_mqtt_custody_open(&r->custody, &c, err);
}

static ce_status open_pool(mqtt_receiver *r, ce_error *err)
{
    r->arena = ce_arena_new();
    if (!r->arena ||
        ce_pool_open(&r->receiver.pool, r->max_in_flight + CE_MQTT_RESERVE,
                     sizeof(ce_mqtt_incoming), POOL_BYTES) != CE_OK)
        return ce_no_memory(err);
    ce_pool_on_refilled(r->receiver.pool, on_refilled, r);
    return CE_OK;
}

static ce_status open_parts(mqtt_receiver *r, const ce_endpoint *at,
                            ce_error *err)
{
    const ce_mqtt_client_owner owner = {
        .self = r,
        .connected = connected,
        .lost = lost,
        .granted = granted,
        .unsubscribed = unsubscribed,
        .arrived = arrived,
    };
    ce_status status = ce_mqtt_check(CE_ROLE_RECEIVER, at->settings, err);

    if (status != CE_OK)
        return status;
    status = open_pool(r, err);
    if (status != CE_OK)
        return status;
    status = open_custody(r, err);
    if (status != CE_OK)
        return status;
    status = ce_mqtt_client_open(&r->client, at, &r->receiver.health, &owner,
                                 CE_MQTT_RECEIVES, err);
    if (status != CE_OK)
        return status;
    return ce_mqtt_subscriber_open(&r->subscriber, at, r->client,
                                   &r->receiver.health, err);
}

static ce_status open_receiver(mqtt_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    mqtt_receiver *r = ce_alloc_zeroed(sizeof *r);
    ce_status status;

    if (!r)
        return ce_no_memory(err);
    r->receiver.ops = &ops;
    r->receiver.ordered = true;
    r->loop = at->loop;
    r->inbox = at->inbox;
    r->turn.run = run_turn;
    r->timer.fire = on_timer;
    ce_repeater_init(&r->again, at->loop, push, r);
    read_settings(r, at->settings);
    ce_health_init(&r->receiver.health, at->loop,
                   ce_settings_label(at->settings));
    status = open_parts(r, at, err);
    if (status != CE_OK) {
        close_receiver(&r->receiver);
        return status;
    }
    *out = r;
    return CE_OK;
}

ce_status ce_mqtt_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err)
{
    mqtt_receiver *r;
    ce_status status = open_receiver(&r, at, err);

    if (status == CE_OK)
        *out = &r->receiver;
    return status;
}

/* Replies overtake each other, and their askers can ask again. */
static ce_status open_responder(mqtt_receiver *r, const ce_endpoint *at,
                                ce_error *err)
{
    const ce_mqtt_responder_config c = {
        .at = at,
        .label = r->receiver.health.label,
        .turn = &r->turn,
        .pool = r->receiver.pool,
        .max_in_flight = r->max_in_flight,
    };
    ce_status status =
        ce_mqtt_check_requests(&r->dialect, r->receiver.health.label, err);

    if (status != CE_OK)
        return status;
    r->receiver.interactive = true;
    r->receiver.ordered = false;
    return ce_mqtt_responder_new(&r->responder, &c, err);
}

ce_status ce_mqtt_responder_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err)
{
    mqtt_receiver *r;
    ce_status status = open_receiver(&r, at, err);

    if (status != CE_OK)
        return status;
    status = open_responder(r, at, err);
    if (status != CE_OK) {
        close_receiver(&r->receiver);
        return status;
    }
    *out = &r->receiver;
    return CE_OK;
}
