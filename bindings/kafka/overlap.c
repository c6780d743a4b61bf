/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/overlap.h"

#include <regex.h>
#include <string.h>

#include "bindings/kafka/group.h"
#include "bindings/kafka/reader.h"
#include "bindings/kafka/target.h"
#include "core/settings/places.h"

static bool matches(const char *pattern, const char *topic)
{
    regex_t regex;
    bool found;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return false;
    found = regexec(&regex, topic, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

static ce_overlap compare(const char *wanted, const char *topic)
{
    if (wanted[0] == '^')
        return matches(wanted, topic) ? CE_AMONG : CE_APART;
    return strcmp(wanted, topic) == 0 ? CE_SAME : CE_APART;
}

ce_overlap ce_kafka_returns(const ce_settings *from, const ce_settings *to)
{
    ce_overlap found = CE_APART;
    ce_target *target = NULL;
    const char *topic = NULL;

    if (!ce_peers_are_one(from, to, 9092))
        return CE_APART;
    if (ce_kafka_target_open(&target, to, NULL) == CE_OK)
        topic = ce_target_fixed(target);
    if (topic)
        found = compare(ce_settings_path(from), topic);
    ce_target_close(target);
    return found;
}

static bool is_member(ce_role role, const ce_settings *s)
{
    return (role == CE_ROLE_RECEIVER || role == CE_ROLE_RESPONDER) &&
           !ce_kafka_reads_alone(s);
}

ce_status ce_kafka_name_of(ce_role role, const ce_settings *s, ce_buf *out)
{
    const char *name = is_member(role, s)
                           ? ce_settings_text(s, "rdkafka.group.instance.id")
                           : NULL;

    if (!name)
        return CE_OK;
    return ce_buf_printf(out, "group.instance.id \"%s\" in group \"%s\"", name,
                         ce_kafka_group_of(s));
}

ce_status ce_kafka_part_of(ce_role role, const ce_settings *s, ce_buf *out)
{
    if (!is_member(role, s))
        return CE_OK;
    return ce_buf_printf(out, "group \"%s\" of topic \"%s\"",
                         ce_kafka_group_of(s), ce_settings_path(s));
}
