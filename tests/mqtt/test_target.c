/* SPDX-License-Identifier: Apache-2.0 */
/* Topics that events choose. */
#include "tests/support/ce_test.h"

#include <cloudevents/transport.h>

#include "bindings/mqtt/target.h"

/* MQTT 5 4.7. */
static void a_filter_takes_topics(void)
{
    static const struct {
        const char *filter, *topic;
        bool takes;
    } rows[] = {
        { "a/b", "a/b", true },
        { "a/b", "a/b/c", false },
        { "a/b", "a", false },
        { "a/+", "a/b", true },
        { "a/+", "a/", true },
        { "a/+", "a", false },
        { "a/+", "a/b/c", false },
        { "+/b", "/b", true },
        { "+", "/a", false },
        { "a/#", "a", true },
        { "a/#", "a/b/c", true },
        { "a/#", "ab", false },
        { "#", "a/b", true },
        { "#", "$SYS/x", false },
        { "+/x", "$SYS/x", false },
        { "$SYS/#", "$SYS/x", true },
        { "devices/#", "devices/../x", true },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].filter,
                      ce_mqtt_filter_takes(rows[i].filter, rows[i].topic),
                      rows[i].takes);
}

static const ce_transport *mqtt(void)
{
    return ce_transport_find("mqtt://h/t");
}

static void an_event_chooses_an_allowed_topic(void)
{
    static const struct {
        const char *key, *topic;
    } rows[] = {
        { "d7", "devices/d7/cmd" },
        { "a/b", "devices/a/b/cmd" },
        { "+", NULL },
        { "#", NULL },
        { "a\nb", NULL },
        { "", "devices//cmd" },
    };
    ce_delivery d = { .arena = ce_arena_new() };
    ce_settings *s;
    ce_target *t;

    REQUIRE_OK(ce_settings_open(&s, mqtt()->sender_options,
                                "mqtt://h/devices/{key}/cmd?topics=devices/%23",
                                CE_URI_STRICT, NULL));
    REQUIRE_OK(ce_mqtt_target_open(&t, s, NULL));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *topic;
        ce_status status;

        d.message.key = ce_slice_of(rows[i].key);
        status = ce_target_of(t, &d, &topic, NULL);
        EXPECT_STATUS_ROW(rows[i].key, status,
                          (rows[i].topic ? CE_OK : CE_ENOENT));
        if (rows[i].topic)
            EXPECT_STR(topic, rows[i].topic);
    }
    ce_target_close(t);
    ce_settings_close(s);
    ce_arena_free(d.arena);
}

TESTS("target", TEST(a_filter_takes_topics),
      TEST(an_event_chooses_an_allowed_topic))
