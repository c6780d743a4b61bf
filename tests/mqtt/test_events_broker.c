/* SPDX-License-Identifier: Apache-2.0 */
/* Events through a real broker arrive as they were sent. */
#include "tests/mqtt/mqtt_rig.h"

static const char *broker;
static rig now;

static void close_rig(void)
{
    rig_close(&now);
}

static const char *uri(const char *topic, const char *query)
{
    static char text[4][300];
    static unsigned turn;
    char *out = text[turn++ % COUNT(text)];

    snprintf(out, sizeof text[0], "mqtt://%s/%s%s", broker, topic, query);
    return out;
}

static void open_pair(const char *sender_query, const char *receiver_query)
{
    const char *topic = ce_test_unique("events");

    rig_close(&now);
    rig_open(&now);
    rig_start_receiver(&now, uri(topic, receiver_query));
    rig_start_sender(&now, uri(topic, sender_query));
    RIG_UNTIL(&now, now.receiver->health.up && now.sender->health.up);
}

/* Sends M; what arrived is in NOW. */
static void relay(const ce_message *m)
{
    unsigned before = now.arrived;
    int number = ce_mem_arrive_message(now.app, m);

    EXPECT(rig_acked(&now, number));
    RIG_UNTIL(&now, now.arrived > before);
    REQUIRE(now.last != NULL);
}

static ce_attr attrs[] = {
    { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
    { CE_SLICE("id"), CE_SLICE("7"), CE_STRING },
    { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
    { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    { CE_SLICE("subject"), CE_SLICE("x"), CE_STRING },
};

static ce_message message(ce_slice subject, ce_slice data)
{
    attrs[4].text = subject;
    return (ce_message){ .mode = CE_MODE_BINARY,
                         .content_type = CE_SLICE("text/plain"),
                         .body = data,
                         .attrs = { attrs, 5, 5 } };
}

static void arrives_unchanged(const char *query)
{
    static const struct {
        const char *name, *subject, *data;
    } rows[] = {
        { "ascii", "x", "data" },
        { "utf-8", "\xe6\x97\xa5 \xc3\xa9 \xf0\x9f\x98\x80", "\xe6\x97\xa5" },
        { "quotes", "\"a\" \\ %20 %", "{\"a\": 1.50}" },
        { "spaces", " a  b ", " \r\n\t" },
    };

    open_pair(query, query);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_message m =
            message(ce_slice_of(rows[i].subject), ce_slice_of(rows[i].data));

        relay(&m);
        EXPECT_TEXT(ce_event_text(now.last, "subject"), rows[i].subject);
        EXPECT_TEXT(ce_event_text(now.last, "datacontenttype"), "text/plain");
        EXPECT_TEXT(now.last->data, rows[i].data);
    }
}

static void difficult_values_arrive_in_version_5(void)
{
    arrives_unchanged("");
}

static void difficult_values_arrive_in_version_3(void)
{
    arrives_unchanged("?version=3.1.1");
}

static void difficult_values_arrive_at_every_qos(void)
{
    arrives_unchanged("?qos=0");
    arrives_unchanged("?qos=2");
}

static void modes_are_kept_in_version_5(void)
{
    ce_message m = message(CE_SLICE("x"), CE_SLICE("data"));

    open_pair("", "");
    relay(&m);
    EXPECT_EQ(now.last_mode, CE_MODE_BINARY);
    m = (ce_message){
        .mode = CE_MODE_STRUCTURED,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents+json"),
        .body = CE_SLICE("{\"specversion\":\"1.0\",\"id\":\"8\",\"source\":"
                         "\"/s\",\"type\":\"t\",\"data\":1.50}"),
    };
    relay(&m);
    EXPECT_EQ(now.last_mode, CE_MODE_STRUCTURED);
    EXPECT_TEXT(now.last->data, "1.50");
}

static void empty_data_is_no_data(void)
{
    ce_message m = message(CE_SLICE("x"), CE_SLICE(""));

    open_pair("", "");
    relay(&m);
    EXPECT_EQ(now.last->data_kind, CE_DATA_NONE);
}

static void a_value_too_long_for_a_property_goes_structured(void)
{
    static char text[70000];
    ce_message m;

    memset(text, 'x', sizeof text);
    open_pair("", "");
    m = message((ce_slice){ text, sizeof text }, CE_SLICE("data"));
    relay(&m);
    EXPECT_EQ(now.last_mode, CE_MODE_STRUCTURED);
    EXPECT_EQ(ce_event_text(now.last, "subject").len, sizeof text);
    m = message((ce_slice){ text, 65535 }, CE_SLICE("data"));
    relay(&m);
    EXPECT_EQ(now.last_mode, CE_MODE_BINARY);
    EXPECT_EQ(ce_event_text(now.last, "subject").len, 65535);
}

static void many_arrive_in_order_through_the_window(void)
{
    enum { MANY = 2000 };

    open_pair("", "");
    for (unsigned i = 0; i < MANY; i++)
        REQUIRE_EQ(rig_send(&now, i), (int)i);
    RIG_UNTIL(&now, now.arrived >= MANY);
    EXPECT_EQ(now.distinct, MANY);
    EXPECT_EQ(now.arrived, MANY);
    EXPECT_TEXT(ce_event_text(now.last, "id"), "1999");
    RIG_UNTIL(&now, ce_mem_settled(now.app) == MANY);
    EXPECT(rig_acked(&now, MANY - 1));
}

static void nobody_subscribed_is_still_delivered(void)
{
    rig_open(&now);
    rig_start_sender(&now, uri(ce_test_unique("nobody"), ""));
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT(rig_acked(&now, rig_send(&now, 1)));
}

static void filters_match_many_topics(void)
{
    const char *base = ce_test_unique("filter");
    char text[200];

    rig_open(&now);
    snprintf(text, sizeof text, "%s/+/t", base);
    rig_start_receiver(&now, uri(text, ""));
    snprintf(text, sizeof text, "%s/a/t", base);
    rig_start_sender(&now, uri(text, ""));
    RIG_UNTIL(&now, now.receiver->health.up && now.sender->health.up);
    EXPECT(rig_acked(&now, rig_send(&now, 1)));
    RIG_UNTIL(&now, now.arrived == 1);
}

static void shared_subscriptions_work(void)
{
    const char *base = ce_test_unique("shared");
    char text[200];

    rig_open(&now);
    snprintf(text, sizeof text, "$share/g/%s", base);
    rig_start_receiver(&now, uri(text, ""));
    rig_start_sender(&now, uri(base, ""));
    RIG_UNTIL(&now, now.receiver->health.up && now.sender->health.up);
    EXPECT(rig_acked(&now, rig_send(&now, 1)));
    RIG_UNTIL(&now, now.arrived == 1);
}

static void a_message_above_the_limit_is_no_event(void)
{
    static char data[3000];
    ce_message m;

    memset(data, 'x', sizeof data);
    open_pair("", "?max_event_bytes=2KiB");
    m = message(CE_SLICE("x"), (ce_slice){ data, sizeof data });
    ce_mem_arrive_message(now.app, &m);
    RIG_UNTIL(&now, now.arrived == 1);
    EXPECT_EQ(now.last_mode, CE_MODE_NONE);
    EXPECT(!now.last_plain);
    EXPECT_EQ(now.last_bytes, 2048);
}

static void ends_close_at_any_moment(void)
{
    for (unsigned i = 0; i < 10; i++) {
        const char *topic = ce_test_unique("race");

        rig_open(&now);
        rig_start_receiver(&now, uri(topic, ""));
        rig_start_sender(&now, uri(topic, ""));
        rig_pass(&now, i);
        for (unsigned n = 0; n < 50; n++)
            rig_send(&now, n);
        rig_close(&now);
    }
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        TEST(difficult_values_arrive_in_version_5),
        TEST(difficult_values_arrive_in_version_3),
        TEST(difficult_values_arrive_at_every_qos),
        TEST(modes_are_kept_in_version_5),
        TEST(empty_data_is_no_data),
        TEST(a_value_too_long_for_a_property_goes_structured),
        TEST(many_arrive_in_order_through_the_window),
        TEST(nobody_subscribed_is_still_delivered),
        TEST(filters_match_many_topics),
        TEST(shared_subscriptions_work),
        TEST(a_message_above_the_limit_is_no_event),
        TEST(ends_close_at_any_moment),
        CU_TEST_INFO_NULL,
    };

    broker = ce_test_broker("CE_TEST_MQTT");
    ce_test_after(close_rig);
    return ce_test_main("mqtt events", tests);
}
