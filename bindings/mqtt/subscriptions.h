/* SPDX-License-Identifier: Apache-2.0 */
/* What a kept session may be subscribed to, remembered in a file.
 *
 * A session keeps its subscriptions, and MQTT cannot list them. So each filter
 * is written down before it is subscribed to, and crossed out when the broker
 * has ended the subscription. */
#ifndef CE_BINDINGS_MQTT_SUBSCRIPTIONS_H
#define CE_BINDINGS_MQTT_SUBSCRIPTIONS_H

#include "bindings/mqtt/filters.h"

/* Begin with a zeroed one, which remembers nothing. */
typedef struct ce_mqtt_subscriptions {
    ce_buf path;
    ce_mqtt_filters filters; /* as in the file */
} ce_mqtt_subscriptions;

/* Reads the file of session NAME in the folder DIR. A file that is not there is
 * an empty one. */
ce_status ce_mqtt_subscriptions_open(ce_mqtt_subscriptions *s, const char *dir,
                                     const char *name, ce_error *err);
/* Call it before those that are WANTED are subscribed to. Without RESUMED the
 * session is new, and what it was subscribed to is forgotten. */
ce_status ce_mqtt_subscriptions_begin(ce_mqtt_subscriptions *s,
                                      const ce_mqtt_filters *wanted,
                                      bool resumed, ce_error *err);
/* One that is not WANTED, or NULL. Borrowed until the next change. */
const char *ce_mqtt_subscriptions_other(const ce_mqtt_subscriptions *s,
                                        const ce_mqtt_filters *wanted);
/* Call it when the broker has ended the subscription to FILTER, which may be
 * one that was borrowed. */
ce_status ce_mqtt_subscriptions_end(ce_mqtt_subscriptions *s,
                                    const char *filter, ce_error *err);
void ce_mqtt_subscriptions_close(ce_mqtt_subscriptions *s);

#endif
