/* SPDX-License-Identifier: Apache-2.0 */
/* Publishes to one topic, or to one for each event. */
#include "bindings/mqtt/mqtt.h"

#include <cloudevents/alloc.h>

#include "bindings/mqtt/publisher.h"
#include "bindings/mqtt/target.h"
#include "bindings/mqtt/terms.h"

typedef struct mqtt_sender {
    ce_sender sender;
    ce_mqtt_client *client;
    ce_mqtt_publisher *publisher;
    ce_mqtt_dialect dialect;
    ce_target *target;
} mqtt_sender;

/* The publisher holds what waits; this is only the end of the chain. */
static void push(ce_stage *stage, ce_delivery *d)
{
    ce_push(ce_mqtt_publisher_stage(((mqtt_sender *)stage)->publisher), d);
}

static ce_status write_event(void *self, ce_delivery *d, ce_mqtt_publish *out,
                             ce_error *err)
{
    mqtt_sender *s = self;
    ce_status status =
        ce_mqtt_encode(&d->message, &s->dialect, d->arena, out, err);

    if (status != CE_OK)
        return status;
    ce_mqtt_add_trace(out, &s->dialect, d);
    return ce_target_of(s->target, d, &out->topic, err);
}

/* --- the connection --- */

static void connected(void *self, const ce_mqtt_connack *a)
{
    mqtt_sender *s = self;

    if (ce_mqtt_publisher_begin(s->publisher, a))
        ce_health_up(&s->sender.health);
}

static void lost(void *self)
{
    mqtt_sender *s = self;

    ce_mqtt_publisher_end(s->publisher, s->sender.health.reason);
}

/* --- life --- */

static ce_status start(ce_sender *sender, ce_error *err)
{
    (void)err;
    ce_mqtt_client_start(((mqtt_sender *)sender)->client);
    return CE_OK;
}

static void stop(ce_sender *sender, unsigned timeout_ms,
                 void (*done)(void *arg), void *arg)
{
    ce_mqtt_publisher_stop(((mqtt_sender *)sender)->publisher, timeout_ms, done,
                           arg);
}

static void close_sender(ce_stage *stage)
{
    mqtt_sender *s = (mqtt_sender *)stage;

    ce_mqtt_client_close(s->client);
    ce_mqtt_publisher_close(s->publisher);
    ce_target_close(s->target);
    ce_free(s);
}

static const ce_stage_ops stage_ops = {
    .name = "mqtt",
    .push = push,
    .close = close_sender,
};
static const ce_sender_ops ops = { .start = start, .stop = stop };

static ce_status open_client(mqtt_sender *s, const ce_endpoint *at,
                             ce_error *err)
{
    const ce_mqtt_client_owner owner = { .self = s,
                                         .connected = connected,
                                         .lost = lost };

    return ce_mqtt_client_open(&s->client, at, &s->sender.health, &owner,
                               CE_MQTT_SENDS, err);
}

static ce_status open_publisher(mqtt_sender *s, const ce_endpoint *at,
                                ce_error *err)
{
    const ce_settings *settings = at->settings;
    const ce_mqtt_publisher_config c = {
        .loop = at->loop,
        .client = s->client,
        .health = &s->sender.health,
        .version = s->dialect.version,
        .qos = (int)ce_settings_integer(settings, "qos"),
        .retain = ce_settings_boolean(settings, "retain"),
        .max_in_flight =
            (unsigned)ce_settings_integer(settings, "max_in_flight"),
        .write = write_event,
        .self = s,
    };

    if (ce_mqtt_publisher_open(&s->publisher, &c) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status open_parts(mqtt_sender *s, const ce_endpoint *at,
                            ce_error *err)
{
    ce_status status = ce_mqtt_check(CE_ROLE_SENDER, at->settings, err);

    if (status != CE_OK)
        return status;
    status = ce_mqtt_target_open(&s->target, at->settings, err);
    if (status != CE_OK)
        return status;
    status = open_client(s, at, err);
    if (status != CE_OK)
        return status;
    return open_publisher(s, at, err);
}

ce_status ce_mqtt_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err)
{
    mqtt_sender *s = ce_alloc_zeroed(sizeof *s);
    ce_status status;

    if (!s)
        return ce_no_memory(err);
    s->sender.stage.ops = &stage_ops;
    s->sender.ops = &ops;
    s->sender.keeps_order = true;
    s->dialect = ce_mqtt_dialect_of(at->settings);
    ce_health_init(&s->sender.health, at->loop,
                   ce_settings_label(at->settings));
    status = open_parts(s, at, err);
    if (status != CE_OK) {
        close_sender(&s->sender.stage);
        return status;
    }
    *out = &s->sender;
    return CE_OK;
}
