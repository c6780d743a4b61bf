/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of topic names and filters: what breaks one is found before a
 * broker closes the connection for it, again and again. */
#include "bindings/mqtt/topic.h"

#include <string.h>

#include <cloudevents/event.h>

/* MQTT 5 4.7.3: a string with a length of two bytes. */
enum { TOPIC_MAX = 65535 };

static const char *broken_text(const char *topic)
{
    if (!*topic)
        return "no topic";
    if (strlen(topic) > TOPIC_MAX)
        return "the topic is longer than 65535 bytes";
    if (!ce_string_is_valid(ce_slice_of(topic)))
        return "the topic has control characters or invalid UTF-8";
    return NULL;
}

/* MQTT 5 4.7.1: a wildcard stands for a whole level, and "#" for all that
 * follow. */
static const char *broken_levels(const char *filter)
{
    while (*filter) {
        size_t len = strcspn(filter, "/");
        const char *wildcard = strpbrk(filter, "+#");

        if (wildcard && wildcard < filter + len) {
            if (len > 1)
                return "\"+\" and \"#\" stand for a whole level";
            if (*filter == '#' && filter[1])
                return "\"#\" has to be the last level";
        }
        filter += len + (filter[len] == '/');
    }
    return NULL;
}

/* MQTT 5 4.8.2: $share/GROUP/FILTER. */
static const char *broken_share(const char *share)
{
    size_t len = strcspn(share, "/");

    if (len == 0 || memchr(share, '+', len) || memchr(share, '#', len))
        return "$share needs the name of a group, without wildcards";
    if (!share[len] || !share[len + 1])
        return "$share/GROUP needs a filter";
    return broken_levels(share + len + 1);
}

static ce_status check(const char *broken, const char *label, ce_error *err)
{
    if (!broken)
        return CE_OK;
    return ce_fail(err, CE_EINVAL, "%.150s: %s", label, broken);
}

const char *ce_mqtt_broken_topic(const char *topic)
{
    const char *broken = broken_text(topic);

    if (!broken && strpbrk(topic, "#+"))
        broken = "nothing can be published to a filter";
    return broken;
}

ce_status ce_mqtt_check_topic(const char *topic, const char *label,
                              ce_error *err)
{
    return check(ce_mqtt_broken_topic(topic), label, err);
}

const char *ce_mqtt_broken_filter(const char *filter)
{
    const char *broken = broken_text(filter);

    if (broken)
        return broken;
    if (strncmp(filter, "$share/", 7) == 0)
        return broken_share(filter + 7);
    return broken_levels(filter);
}

ce_status ce_mqtt_check_filter(const char *filter, const char *label,
                               ce_error *err)
{
    return check(ce_mqtt_broken_filter(filter), label, err);
}

const char *ce_mqtt_filter_unshared(const char *filter)
{
    bool is_shared = strncmp(filter, "$share/", 7) == 0;
    const char *end = is_shared ? strchr(filter + 7, '/') : NULL;

    return end ? end + 1 : filter;
}
