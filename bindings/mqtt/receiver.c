/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribes, and takes custody of what arrives.
 *
 * Paho acknowledges a message as soon as its callback returns, whatever the
 * callback says. So the callback writes the message into the inbox first. When
 * the inbox is full the connection is given up with the session kept, and what
 * arrives until then waits in memory for the inbox. Without an inbox that
 * memory is all there is: at most once. */
#include "bindings/mqtt/mqtt.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

#include "core/inbox/store.h"
#include "bindings/mqtt/responder.h"

enum { AGAIN_MS = 1000, BOX_BYTES = 16 << 20, POOL_BYTES = 64 << 20 };

typedef struct mqtt_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    ce_inbox *inbox; /* NULL: none */
    ce_stage *into;  /* NULL: stopped */
    ce_mqtt_client *client;
    ce_mqtt_mailbox *box;
    ce_mqtt_responder *responder; /* NULL: it answers nothing */
    const char *filter;
    ce_mqtt_dialect dialect;
    int qos;
    size_t max_bytes, box_count;
    char defect[96];
    ce_arena *arena; /* of paho's thread */
    atomic_bool crowded;
    bool away; /* left because there is no room */
    ce_task turn;
    ce_timer timer;
} mqtt_receiver;

/* --- paho's thread --- */

static void keep(mqtt_receiver *r, const ce_message *m, const ce_origin *o,
                 const char *defect)
{
    size_t count, bytes;

    if (ce_mqtt_mailbox_put(r->box, m, o, defect, NULL) != CE_OK) {
        ce_log(CE_ERROR,
               "%s: out of memory: a message of topic \"%.*s\" is lost",
               r->receiver.health.label, CE_ARG(o->topic));
        return;
    }
    ce_mqtt_mailbox_size(r->box, &count, &bytes);
    if (r->inbox || count >= r->box_count || bytes >= BOX_BYTES)
        atomic_store(&r->crowded, true);
}

/* What waits in memory is older and comes first. */
static bool store(mqtt_receiver *r, const ce_message *m, const ce_origin *o,
                  const char *defect)
{
    size_t count, bytes;

    if (!r->inbox)
        return false;
    ce_mqtt_mailbox_size(r->box, &count, &bytes);
    if (count > 0 || ce_inbox_put(r->inbox, m, o, defect, NULL) != CE_OK)
        return false;
    if (ce_inbox_is_high(r->inbox)) {
        atomic_store(&r->crowded, true);
        ce_loop_post(r->loop, &r->turn);
    }
    return true;
}

static void arrived(void *self, const char *topic, const MQTTAsync_message *in)
{
    mqtt_receiver *r = self;
    ce_origin origin = { .topic = ce_slice_of(topic),
                         .partition = -1,
                         .offset = -1 };
    const char *defect = NULL;
    ce_message m;

    ce_arena_reset(r->arena);
    if (ce_mqtt_decode(in, &r->dialect, r->arena, &m, &origin.metadata,
                       &defect) != CE_OK)
        defect = "properties: no memory to read them";
    if (m.body.len > r->max_bytes)
        defect = r->defect;
    if (defect) {
        m.mode = CE_MODE_NONE;
        m.format = NULL;
    }
    if (r->dialect.prefixed && ce_mqtt_is_prefixed(in))
        ce_receiver_tolerated(&r->receiver);
    if (r->responder &&
        ce_mqtt_responder_take(r->responder, in, &m, &origin, defect))
        return;
    if (!store(r, &m, &origin, defect))
        keep(r, &m, &origin, defect);
}

/* --- from memory to the inbox --- */

/* Whether all of it is there. */
static bool move_to_inbox(mqtt_receiver *r)
{
    const ce_mqtt_letter *l;
    ce_error err;

    while ((l = ce_mqtt_mailbox_first(r->box))) {
        ce_status status = ce_inbox_append(r->inbox, &l->record, 1, &err);

        if (status == CE_OK) {
            ce_mqtt_mailbox_drop(r->box);
            continue;
        }
        if (status != CE_EAGAIN)
            ce_health_down(&r->receiver.health, "%s", err.text);
        ce_timer_start(r->loop, &r->timer, AGAIN_MS);
        return false;
    }
    return true;
}

/* --- from memory to the chain --- */

static void on_settled(ce_hook *h, ce_delivery *d, const ce_result *result)
{
    mqtt_receiver *r = h->self;

    if (result->verdict != CE_ACK)
        ce_log(CE_WARN, "%s: a message of topic \"%.*s\" is lost: %s",
               r->receiver.health.label, CE_ARG(d->origin.topic),
               result->reason[0] ? result->reason : "no reason given");
    ce_pool_give(d);
}

static ce_delivery *take(mqtt_receiver *r, ce_slice record)
{
    ce_delivery *d = ce_pool_take(r->receiver.pool);

    if (d && ce_arena_copy(d->arena, record, &record) == CE_OK &&
        ce_record_read(record, d) == CE_OK) {
        ce_pool_charge(r->receiver.pool, d, record.len);
        ce_delivery_hook(d, on_settled, r, 0);
        return d;
    }
    if (d)
        ce_pool_give(d);
    if (ce_pool_out(r->receiver.pool) == 0)
        ce_timer_start(r->loop, &r->timer, AGAIN_MS);
    return NULL;
}

static bool push_all(mqtt_receiver *r)
{
    const ce_mqtt_letter *l;

    while (r->into && (l = ce_mqtt_mailbox_first(r->box))) {
        ce_delivery *d = take(r, l->record);

        if (!d)
            return false;
        ce_mqtt_mailbox_drop(r->box);
        ce_push(r->into, d);
    }
    return true;
}

/* --- room --- */

static bool is_full(mqtt_receiver *r)
{
    size_t count, bytes;

    if (r->inbox)
        return ce_inbox_is_high(r->inbox);
    ce_mqtt_mailbox_size(r->box, &count, &bytes);
    return count >= r->box_count || bytes >= BOX_BYTES;
}

static void run_turn(ce_task *t)
{
    mqtt_receiver *r = CE_OWNER(t, mqtt_receiver, turn);
    bool is_empty;

    if (r->responder && !ce_mqtt_responder_serve(r->responder))
        ce_timer_start(r->loop, &r->timer, AGAIN_MS);
    if (!r->into)
        return;
    is_empty = r->inbox ? move_to_inbox(r) : push_all(r);
    if (!r->into)
        return;
    if (atomic_exchange(&r->crowded, false) && !r->away &&
        (!is_empty || is_full(r))) {
        r->away = true;
        ce_health_down(&r->receiver.health, "%s",
                       r->inbox ? "the inbox is full" : "too much waits");
        ce_mqtt_client_leave(r->client, NULL);
    }
    if (r->away && is_empty && !is_full(r)) {
        r->away = false;
        ce_mqtt_client_return(r->client);
    }
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

/* --- life --- */

static void connected(void *self, const ce_mqtt_welcome *w)
{
    mqtt_receiver *r = self;

    (void)w;
    ce_mqtt_client_subscribe(r->client, r->filter, r->qos);
}

static void lost(void *self)
{
    (void)self;
}

static ce_status start(ce_receiver *receiver, ce_stage *into, ce_error *err)
{
    mqtt_receiver *r = (mqtt_receiver *)receiver;

    (void)err;
    r->into = into;
    if (r->responder)
        ce_mqtt_responder_into(r->responder, into);
    if (r->inbox)
        ce_inbox_on_low(r->inbox, r->loop, &r->turn);
    ce_mqtt_client_start(r->client);
    return CE_OK;
}

static void stop(ce_receiver *receiver)
{
    mqtt_receiver *r = (mqtt_receiver *)receiver;

    if (!r->into)
        return;
    r->into = NULL;
    if (r->responder)
        ce_mqtt_responder_into(r->responder, NULL);
    ce_mqtt_client_leave(r->client, NULL);
}

/* The broker believes that we have these. */
static void count_losses(mqtt_receiver *r)
{
    size_t count, bytes;

    if (r->inbox)
        move_to_inbox(r);
    ce_mqtt_mailbox_size(r->box, &count, &bytes);
    if (count > 0)
        ce_log(CE_ERROR, "%s: %zu messages were acknowledged and are lost",
               r->receiver.health.label, count);
}

static void close_receiver(ce_receiver *receiver)
{
    mqtt_receiver *r = (mqtt_receiver *)receiver;

    ce_mqtt_client_close(r->client);
    if (r->box)
        count_losses(r);
    if (r->inbox)
        ce_inbox_on_low(r->inbox, NULL, NULL);
    ce_loop_unpost(r->loop, &r->turn);
    ce_timer_stop(&r->timer);
    ce_mqtt_mailbox_close(r->box);
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

static ce_status allocate(mqtt_receiver *r, const ce_settings *s, ce_error *err)
{
    unsigned count = (unsigned)ce_settings_integer(s, "max_in_flight");

    r->arena = ce_arena_new();
    r->box_count = count;
    if (!r->arena ||
        ce_mqtt_mailbox_open(&r->box, r->loop, &r->turn) != CE_OK ||
        ce_pool_open(&r->receiver.pool, count + CE_MQTT_RESERVE,
                     sizeof(ce_mqtt_incoming), POOL_BYTES) != CE_OK)
        return ce_no_memory(err);
    ce_pool_on_refilled(r->receiver.pool, on_refilled, r);
    return CE_OK;
}

static void read_settings(mqtt_receiver *r, const ce_settings *s)
{
    r->filter = ce_settings_path(s);
    r->dialect = ce_mqtt_dialect_of(s);
    r->qos = (int)ce_settings_integer(s, "qos");
    r->max_bytes = (size_t)ce_settings_bytes(s, "max_event_bytes");
    snprintf(r->defect, sizeof r->defect,
             "payload: larger than max_event_bytes (%zu)", r->max_bytes);
}

static ce_status open_responder(mqtt_receiver *r, const ce_endpoint *at,
                                ce_error *err)
{
    const ce_mqtt_responder_config c = {
        .at = at,
        .label = r->receiver.health.label,
        .turn = &r->turn,
        .pool = r->receiver.pool,
        .max_in_flight = (unsigned)r->box_count,
    };

    r->receiver.interactive = true;
    r->receiver.ordered = false;
    return ce_mqtt_responder_new(&r->responder, &c, err);
}

static ce_status open_receiver(mqtt_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    mqtt_receiver *r = ce_alloc_zeroed(sizeof *r);
    const ce_settings *s = at->settings;
    ce_status status;

    if (!r)
        return ce_no_memory(err);
    r->receiver.ops = &ops;
    r->receiver.ordered = true;
    r->loop = at->loop;
    r->inbox = at->inbox;
    r->turn.run = run_turn;
    r->timer.fire = on_timer;
    read_settings(r, s);
    ce_health_init(&r->receiver.health, at->loop, ce_settings_label(s));
    status = ce_mqtt_check_filter(r->filter, ce_settings_label(s), err);
    if (status == CE_OK)
        status = allocate(r, s, err);
    if (status == CE_OK)
        status = ce_mqtt_client_open(&r->client, at, &r->receiver.health,
                                     &(ce_mqtt_owner){ .self = r,
                                                       .connected = connected,
                                                       .lost = lost,
                                                       .arrived = arrived },
                                     CE_MQTT_RECEIVES, err);
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

ce_status ce_mqtt_responder_open(ce_receiver **out, const ce_endpoint *at,
                                 ce_error *err)
{
    mqtt_receiver *r;
    ce_status status = open_receiver(&r, at, err);

    if (status != CE_OK)
        return status;
    status = ce_mqtt_check_requests(&r->dialect, r->receiver.health.label, err);
    if (status == CE_OK)
        status = open_responder(r, at, err);
    if (status != CE_OK) {
        close_receiver(&r->receiver);
        return status;
    }
    *out = &r->receiver;
    return CE_OK;
}
