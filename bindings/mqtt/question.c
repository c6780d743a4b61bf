/* SPDX-License-Identifier: Apache-2.0 */
/* A client of its own, with an id that nobody else has and no session: it
 * connects, and subscribes as a source would. What comes then are copies. */
#include "bindings/mqtt/client.h"
#include "bindings/mqtt/filters.h"
#include "bindings/mqtt/mqtt.h"
#include "bindings/mqtt/topic.h"
#include "core/pipeline/health.h"

typedef struct question {
    ce_health health;
    ce_mqtt_client *client;
    ce_mqtt_filters filters; /* empty: a sender's */
    const char *asked;       /* the last of them */
    int qos;
} question;

/* As a member of a shared subscription it would take messages from the others,
 * so it asks for the same as an ordinary one. */
static void go_on(question *q)
{
    q->asked = ce_mqtt_filters_next(&q->filters, q->asked);
    if (q->asked)
        ce_mqtt_client_subscribe(q->client, ce_mqtt_filter_unshared(q->asked),
                                 q->qos);
    else
        ce_health_up(&q->health);
}

static void connected(void *self, const ce_mqtt_connack *a)
{
    question *q = self;

    (void)a;
    q->asked = NULL;
    go_on(q);
}

static void granted(void *self)
{
    go_on(self);
}

static void lost(void *self)
{
    (void)self;
}

static void arrived(void *self, const char *topic, const MQTTAsync_message *m)
{
    (void)self;
    (void)topic;
    (void)m;
}

static ce_status read_filters(question *q, ce_role role, const ce_settings *s,
                              ce_error *err)
{
    if (role != CE_ROLE_RECEIVER && role != CE_ROLE_RESPONDER)
        return CE_OK;
    q->qos = (int)ce_settings_integer(s, "qos");
    return ce_mqtt_filters_read(&q->filters, s, err);
}

ce_status ce_mqtt_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                      ce_error *err)
{
    question q = { .asked = NULL };
    const ce_mqtt_client_owner owner = { .self = &q,
                                         .connected = connected,
                                         .lost = lost,
                                         .granted = granted,
                                         .arrived = arrived };
    ce_status status = read_filters(&q, role, at->settings, err);

    ce_health_init(&q.health, at->loop, ce_settings_label(at->settings));
    if (status == CE_OK)
        status = ce_mqtt_client_open(&q.client, at, &q.health, &owner,
                                     CE_MQTT_ASKS, err);
    if (status == CE_OK) {
        ce_mqtt_client_start(q.client);
        status = ce_health_await(&q.health, timeout_ms, err);
    }
    ce_mqtt_client_close(q.client);
    ce_mqtt_filters_free(&q.filters);
    return status;
}
