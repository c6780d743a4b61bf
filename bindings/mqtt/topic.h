/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of topic names and topic filters (MQTT 5 4.7 and 4.8.2). */
#ifndef CE_BINDINGS_MQTT_TOPIC_H
#define CE_BINDINGS_MQTT_TOPIC_H

#include <cloudevents/error.h>

/* Return what is wrong with a topic to publish to, or with a filter; NULL: it
 * can be used. */
const char *ce_mqtt_broken_topic(const char *topic);
const char *ce_mqtt_broken_filter(const char *filter);
/* The filter in that of a shared subscription, "$share/GROUP/FILTER"; others
 * are returned as they are. */
const char *ce_mqtt_filter_unshared(const char *filter);
/* Fails with CE_EINVAL when nothing can be published to TOPIC. LABEL begins
 * the error. */
ce_status ce_mqtt_check_topic(const char *topic, const char *label,
                              ce_error *err);
/* The same for a filter that is subscribed to. */
ce_status ce_mqtt_check_filter(const char *filter, const char *label,
                               ce_error *err);

#endif
