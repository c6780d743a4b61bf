/* SPDX-License-Identifier: Apache-2.0 */
/* A client without the name of a group has no queue to read from. */
#include "bindings/kafka/group.h"

#include <string.h>

#include "bindings/kafka/reader.h"

#define BLANKS " \t\r\n\v\f"

const char *ce_kafka_group_of(const ce_settings *s)
{
    /* The user's property has the last word. */
    const char *group = ce_settings_text(s, "rdkafka.group.id");

    if (group)
        return group;
    /* librdkafka assigns nothing without the name of a group, even if the
     * reader joins none. */
    if (ce_kafka_reads_alone(s))
        return "cebridge-without-a-group";
    return ce_settings_text(s, "group");
}

ce_status ce_kafka_group_check(const ce_settings *s, ce_error *err)
{
    const char *group = ce_kafka_group_of(s), *option = "group";

    if (group[strspn(group, BLANKS)])
        return CE_OK;
    if (ce_settings_has(s, "rdkafka.group.id"))
        option = "rdkafka.group.id";
    return ce_fail(err, CE_EINVAL, "option \"%s\" = \"%s\": a group has a name",
                   option, group);
}
