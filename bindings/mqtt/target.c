/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/target.h"

#include <string.h>

#include "bindings/mqtt/topic.h"

/* Moves *P behind the level that begins there, and its '/'. */
static ce_slice take_level(const char **p)
{
    ce_slice level = { *p, strcspn(*p, "/") };

    *p += level.len;
    if (**p)
        (*p)++;
    else
        *p = NULL;
    return level;
}

bool ce_mqtt_filter_takes(const char *filter, const char *topic)
{
    /* MQTT 5 4.7.2: what begins with '$' is not for wildcards. */
    if (*topic == '$' && (*filter == '+' || *filter == '#'))
        return false;
    while (filter && topic) {
        ce_slice wanted = take_level(&filter), level;

        if (ce_slice_eq(wanted, CE_SLICE("#")))
            return true;
        level = take_level(&topic);
        if (!ce_slice_eq(wanted, CE_SLICE("+")) && !ce_slice_eq(wanted, level))
            return false;
    }
    /* MQTT 5 4.7.1.2: "a/#" takes "a" too. */
    return !topic && (!filter || strcmp(filter, "#") == 0);
}

static const ce_target_rules rules = {
    .noun = "topic",
    .option = "topics",
    .place = CE_IN_TEXT,
    .broken = ce_mqtt_broken_topic,
    .broken_item = ce_mqtt_broken_filter,
    .allows = ce_mqtt_filter_takes,
};

ce_status ce_mqtt_target_open(ce_target **out, const ce_settings *s,
                              ce_error *err)
{
    return ce_target_open(out, &rules, ce_settings_path(s),
                          ce_settings_text(s, "topics"), err);
}

ce_status ce_mqtt_aim(const ce_settings *s, ce_delivery *d, ce_buf *out,
                      ce_error *err)
{
    return ce_target_tell(ce_mqtt_target_open, s, d, out, err);
}

ce_status ce_mqtt_target_check(const ce_settings *s, ce_error *err)
{
    return ce_target_check(&rules, ce_settings_path(s),
                           ce_settings_text(s, "topics"), err);
}
