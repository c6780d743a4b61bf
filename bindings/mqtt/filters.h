/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of topic filters. */
#ifndef CE_BINDINGS_MQTT_FILTERS_H
#define CE_BINDINGS_MQTT_FILTERS_H

#include <cloudevents/settings.h>

/* Begin with a zeroed one, which is empty. */
typedef struct ce_mqtt_filters {
    ce_buf text; /* each filter with a NUL behind it */
} ce_mqtt_filters;

/* Adds what a source subscribes to: the URI's path and the option "topics".
 * Fails with CE_EINVAL when there is none, when one is no filter, and when one
 * is there twice. */
ce_status ce_mqtt_filters_read(ce_mqtt_filters *f, const ce_settings *s,
                               ce_error *err) CE_MUST_USE;
ce_status ce_mqtt_filters_add(ce_mqtt_filters *f, ce_slice filter,
                              ce_error *err) CE_MUST_USE;
/* The one behind FILTER, which is one of F's, or the first for NULL; NULL at
 * the end. Borrowed until the next change. */
const char *ce_mqtt_filters_next(const ce_mqtt_filters *f, const char *filter);
bool ce_mqtt_filters_have(const ce_mqtt_filters *f, const char *filter);
/* Harmless when FILTER is not there. It may be borrowed from F. */
void ce_mqtt_filters_remove(ce_mqtt_filters *f, const char *filter);
void ce_mqtt_filters_free(ce_mqtt_filters *f);

#endif
