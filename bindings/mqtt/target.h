/* SPDX-License-Identifier: Apache-2.0 */
/* The topic that an event is published to. */
#ifndef CE_BINDINGS_MQTT_TARGET_H
#define CE_BINDINGS_MQTT_TARGET_H

#include <cloudevents/transport.h>

#include "core/template/target.h"

/* Makes the target of a sender with these settings, by the rules of
 * ce_target_open. */
ce_status ce_mqtt_target_open(ce_target **out, const ce_settings *s,
                              ce_error *err);
/* Appends the topic of D to OUT: the aim of ce_transport. */
ce_status ce_mqtt_aim(const ce_settings *s, ce_delivery *d, ce_buf *out,
                      ce_error *err);
/* Fails when there is none. */
ce_status ce_mqtt_target_check(const ce_settings *s, ce_error *err);
/* Whether FILTER takes messages of TOPIC (MQTT 5 4.7). */
bool ce_mqtt_filter_takes(const char *filter, const char *topic);

#endif
