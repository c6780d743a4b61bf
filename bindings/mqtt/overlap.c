/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/overlap.h"

#include <string.h>

#include "bindings/mqtt/filters.h"
#include "bindings/mqtt/target.h"
#include "bindings/mqtt/topic.h"
#include "core/settings/places.h"

/* A broker listens at one port for each scheme. */
static bool is_same_broker(const ce_settings *a, const ce_settings *b)
{
    bool is_tls = !strcmp(ce_settings_scheme(a), "mqtts");

    return !strcmp(ce_settings_authority(a), ce_settings_authority(b)) ||
           (!strcmp(ce_settings_scheme(a), ce_settings_scheme(b)) &&
            ce_peers_are_one(a, b, is_tls ? 8883 : 1883));
}

static ce_overlap compare(const ce_mqtt_filters *all, const char *topic)
{
    ce_overlap found = CE_APART;
    const char *f = NULL;

    while (found != CE_SAME && (f = ce_mqtt_filters_next(all, f))) {
        const char *wanted = ce_mqtt_filter_unshared(f);

        if (ce_mqtt_filter_takes(wanted, topic))
            found = strcmp(wanted, topic) == 0 ? CE_SAME : CE_AMONG;
    }
    return found;
}

ce_overlap ce_mqtt_returns(const ce_settings *from, const ce_settings *to)
{
    ce_mqtt_filters filters = { .text = { .len = 0 } };
    ce_overlap found = CE_APART;
    ce_target *target = NULL;
    const char *topic = NULL;

    if (!is_same_broker(from, to))
        return CE_APART;
    if (ce_mqtt_target_open(&target, to, NULL) == CE_OK)
        topic = ce_target_fixed(target);
    if (topic && ce_mqtt_filters_read(&filters, from, NULL) == CE_OK)
        found = compare(&filters, topic);
    ce_mqtt_filters_free(&filters);
    ce_target_close(target);
    return found;
}

ce_status ce_mqtt_name_of(ce_role role, const ce_settings *s, ce_buf *out)
{
    const char *id = ce_settings_text(s, "client_id");

    (void)role;
    return id ? ce_buf_printf(out, "client id \"%s\"", id) : CE_OK;
}

ce_status ce_mqtt_part_of(ce_role role, const ce_settings *s, ce_buf *out)
{
    const char *filter = ce_settings_path(s);

    if ((role != CE_ROLE_RECEIVER && role != CE_ROLE_RESPONDER) ||
        ce_mqtt_filter_unshared(filter) == filter)
        return CE_OK;
    return ce_buf_printf(out, "subscription \"%s\"", filter);
}
