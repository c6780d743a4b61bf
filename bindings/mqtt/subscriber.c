/* SPDX-License-Identifier: Apache-2.0 */
/* One filter at a time: paho reports success for several even when all failed,
 * and each filter has an answer of its own. */
#include "bindings/mqtt/subscriber.h"

#include <inttypes.h>
#include <stdio.h>

#include <cloudevents/log.h>

#include "core/inbox/store.h"

/* The source serves without its notes; only a later change of its filters might
 * leave a subscription behind. */
static void warn_unless(const ce_mqtt_subscriber *s, ce_status status,
                        const ce_error *err)
{
    if (status != CE_OK)
        ce_log_of(CE_WARN, s->health->label,
                  "cannot remember the subscriptions: %s", err->text);
}

static void subscribe(ce_mqtt_subscriber *s)
{
    ce_mqtt_client_subscribe(s->client, s->asked, s->qos);
}

/* Each time: harmless when the broker has kept the subscriptions, and needed
 * when it has lost the session. */
void ce_mqtt_subscriber_connected(ce_mqtt_subscriber *s,
                                  const ce_mqtt_connack *a)
{
    ce_error err;

    warn_unless(s,
                ce_mqtt_subscriptions_begin(&s->known, &s->wanted,
                                            a->session_present, &err),
                &err);
    s->asked = ce_mqtt_filters_next(&s->wanted, NULL);
    subscribe(s);
}

static void end_others(ce_mqtt_subscriber *s)
{
    const char *other = ce_mqtt_subscriptions_other(&s->known, &s->wanted);

    if (other)
        ce_mqtt_client_unsubscribe(s->client, other);
    else
        ce_health_up(s->health);
}

/* Others end after the new subscriptions are granted, so that nothing is missed
 * that they share. */
void ce_mqtt_subscriber_granted(ce_mqtt_subscriber *s)
{
    s->asked = ce_mqtt_filters_next(&s->wanted, s->asked);
    if (s->asked)
        subscribe(s);
    else
        end_others(s);
}

/* A broker that does not end it says so once; to ask again would not help. */
void ce_mqtt_subscriber_unsubscribed(ce_mqtt_subscriber *s, int reason)
{
    const char *other = ce_mqtt_subscriptions_other(&s->known, &s->wanted);
    bool is_ended = reason < 0x80; /* MQTT 5 2.4 */
    ce_error err;

    ce_log(is_ended ? CE_INFO : CE_WARN,
           is_ended ? "%s: the session is no longer subscribed to \"%s\" (%d)"
                    : "%s: the session stays subscribed to \"%s\" (%d)",
           s->health->label, other, reason);
    warn_unless(s, ce_mqtt_subscriptions_end(&s->known, other, &err), &err);
    end_others(s);
}

/* --- life --- */

/* A session that ends with its connection has nothing to remember. */
static ce_status open_known(ce_mqtt_subscriber *s, const ce_endpoint *at,
                            ce_error *err)
{
    ce_status status;
    char name[32];

    if (!at->inbox || ce_settings_boolean(at->settings, "clean"))
        return CE_OK;
    snprintf(name, sizeof name, "%016" PRIx64,
             ce_mqtt_client_session(s->client));
    status = ce_mqtt_subscriptions_open(&s->known, ce_inbox_dir(at->inbox),
                                        name, err);
    if (s->known.filters.text.len > 0)
        ce_mqtt_client_had_session(s->client);
    return status;
}

ce_status ce_mqtt_subscriber_open(ce_mqtt_subscriber *s, const ce_endpoint *at,
                                  ce_mqtt_client *client, ce_health *health,
                                  ce_error *err)
{
    ce_status status = ce_mqtt_filters_read(&s->wanted, at->settings, err);

    s->client = client;
    s->health = health;
    s->qos = (int)ce_settings_integer(at->settings, "qos");
    return status == CE_OK ? open_known(s, at, err) : status;
}

void ce_mqtt_subscriber_close(ce_mqtt_subscriber *s)
{
    ce_mqtt_filters_free(&s->wanted);
    ce_mqtt_subscriptions_close(&s->known);
}
