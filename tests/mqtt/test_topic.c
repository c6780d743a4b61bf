/* SPDX-License-Identifier: Apache-2.0 */
/* Topics and filters that a broker would close the connection for. */
#include "tests/support/ce_test.h"

#include "bindings/mqtt/topic.h"

typedef struct row {
    const char *topic, *word; /* of the error, or NULL: it is good */
} row;

typedef ce_status check_fn(const char *topic, const char *label, ce_error *err);

static void expect(check_fn *check, const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ce_error err = { CE_OK, "" };
        ce_status status = check(rows[i].topic, "mqtt://h/t", &err);

        EXPECT_STATUS_ROW(rows[i].topic, status,
                          (rows[i].word ? CE_EINVAL : CE_OK));
        EXPECT_ROW(rows[i].topic,
                   !rows[i].word || (strstr(err.text, rows[i].word) &&
                                     strstr(err.text, "mqtt://h/t")));
    }
}

/* MQ-18. */
static void a_topic_is_one_name(void)
{
    static const row rows[] = {
        { "a/b", NULL },
        { "/a//b/", NULL },
        { "$SYS/a", NULL },
        { "gr\xc3\xbc\xc3\x9f"
          "e/a b",
          NULL },
        { "", "no topic" },
        { "a/+/b", "filter" },
        { "a/#", "filter" },
        { "a+b", "filter" },
        { "a\xff", "UTF-8" },
        { "a\nb", "control" },
    };

    expect(ce_mqtt_check_topic, rows, COUNT(rows));
}

static void a_filter_has_wildcards_for_whole_levels(void)
{
    static const row rows[] = {
        { "a/b", NULL },
        { "#", NULL },
        { "+", NULL },
        { "/+/#", NULL },
        { "+/a/+", NULL },
        { "$SYS/#", NULL },
        { "", "no topic" },
        { "a#", "whole level" },
        { "a/b+/c", "whole level" },
        { "a/#b", "whole level" },
        { "#/a", "last level" },
        { "a/#/", "last level" },
        { "a\x01", "control" },
    };

    expect(ce_mqtt_check_filter, rows, COUNT(rows));
}

static void a_share_names_its_group(void)
{
    static const row rows[] = {
        { "$share/g/a/+/#", NULL },
        { "$share/g//a", NULL },
        { "$share//a", "name of a group" },
        { "$share/", "name of a group" },
        { "$share/+/a", "name of a group" },
        { "$share/g#/a", "name of a group" },
        { "$share/g", "needs a filter" },
        { "$share/g/", "needs a filter" },
        { "$share/g/a#", "whole level" },
    };

    expect(ce_mqtt_check_filter, rows, COUNT(rows));
}

static void a_name_has_65535_bytes_at_most(void)
{
    static char long_name[65537];
    ce_error err;

    memset(long_name, 'x', 65536);
    EXPECT_STATUS(ce_mqtt_check_topic(long_name, "l", &err), CE_EINVAL);
    EXPECT_STATUS(ce_mqtt_check_filter(long_name, "l", &err), CE_EINVAL);
    long_name[65535] = '\0';
    EXPECT_OK(ce_mqtt_check_topic(long_name, "l", &err));
    EXPECT_OK(ce_mqtt_check_filter(long_name, "l", &err));
}

TESTS("mqtt topic", TEST(a_topic_is_one_name),
      TEST(a_filter_has_wildcards_for_whole_levels),
      TEST(a_share_names_its_group), TEST(a_name_has_65535_bytes_at_most))
