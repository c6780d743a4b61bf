/* SPDX-License-Identifier: Apache-2.0 */
/* Plain messages become events: attributes from templates, the data as it
 * came. */
#include "tests/support/ce_test.h"

#include "core/template/template.h"

static ce_wrap wrap;
static ce_delivery delivery;
static ce_message event;
static ce_error failure;

static void set(const char *name, const char *value)
{
    REQUIRE_OK(ce_edits_add(&wrap.attributes, name, value, NULL));
}

/* A plain message without an origin, and a wrap with what is required. */
static void begin(ce_slice body)
{
    delivery = (ce_delivery){ .message = { .body = body },
                              .origin = { .partition = -1, .offset = -1 },
                              .defect = { .plain = true },
                              .arena = ce_arena_new() };
    REQUIRE(delivery.arena != NULL);
    set("type", "com.example.reading");
    set("source", "/devices/1");
}

static ce_status apply(void)
{
    return ce_wrap_apply(&wrap, &delivery, &event, &failure);
}

static ce_slice attribute(const char *name)
{
    const ce_attr *a = ce_attrs_find(&event.attrs, ce_slice_of(name));

    return a ? a->text : (ce_slice){ NULL, 0 };
}

static void end(void)
{
    ce_arena_free(delivery.arena);
    ce_edits_free(&wrap.attributes);
}

static void type_and_source_are_required(void)
{
    ce_error err;

    EXPECT_STATUS(ce_wrap_check(&wrap, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "\"type\"");
    set("type", "t");
    EXPECT_STATUS(ce_wrap_check(&wrap, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "\"source\"");
    set("source", "/s");
    EXPECT_OK(ce_wrap_check(&wrap, &err));
    ce_edits_free(&wrap.attributes);
}

static void attributes_that_can_never_be_are_refused_at_once(void)
{
    static const struct {
        const char *name, *value, *said;
    } rows[] = {
        { "Type", "t", "\"Type\"" },
        { "data", "t", "\"data\"" },
        { "", "t", "\"\"" },
        { "specversion", "1.0", "specversion" },
        { "source", "", "source" },
        { "time", "yesterday", "time" },
        { "time", "{data/at", "\"time\"" },
        { "x", "a\nb", "x" },
        { "datacontenttype", "application/cloudevents+json",
          "datacontenttype" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_CMP_ROW(
            rows[i].name,
            ce_edits_add(&wrap.attributes, rows[i].name, rows[i].value, &err),
            !=, CE_OK);
        EXPECT_CONTAINS_ROW(rows[i].name, err.text, rows[i].said);
    }
    set("x", "1");
    EXPECT_STATUS(ce_edits_add(&wrap.attributes, "x", "2", &failure),
                  CE_EINVAL);
    EXPECT_CONTAINS(failure.text, "twice");
    EXPECT_EQ(wrap.attributes.len, 1);
    ce_edits_free(&wrap.attributes);
}

static void attributes_are_a_thousand_at_most(void)
{
    char name[20];

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "x%u", i);
        set(name, "1");
    }
    EXPECT_STATUS(ce_edits_add(&wrap.attributes, "y", "1", &failure),
                  CE_EINVAL);
    EXPECT_CONTAINS(failure.text, "1000 already");
    EXPECT_EQ(wrap.attributes.len, 1000);
    ce_edits_free(&wrap.attributes);
}

static void an_attribute_of_an_event_is_not_there_yet(void)
{
    static const char *const values[] = { "{subject}", "{id|topic}",
                                          "x-{type}" };

    for (size_t i = 0; i < COUNT(values); i++) {
        ce_edits edits = { NULL, 0 };

        EXPECT_STATUS_ROW(values[i],
                          ce_wrap_add(&edits, "x", values[i], &failure),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(values[i], failure.text, "no event yet");
        ce_edits_free(&edits);
    }
}

static void a_source_is_a_uri_of_any_topic(void)
{
    static const char *const topics[] = { "Living Room Lamp", "100%",
                                          "k\xC3\xBC"
                                          "che/temp\xC2\xB0"
                                          "C" };

    for (size_t i = 0; i < COUNT(topics); i++) {
        ce_event e;

        begin(CE_SLICE("1"));
        ce_edits_free(&wrap.attributes);
        set("type", "t");
        set("source", "/mq/{topic}");
        delivery.origin.topic = ce_slice_of(topics[i]);
        REQUIRE_OK(apply());
        EXPECT_OK_ROW(topics[i],
                      ce_message_decode(&event, delivery.arena, &e, NULL));
        end();
    }
}

static void the_event_is_valid_and_its_data_is_what_came(void)
{
    static const char body[] = "{\"celsius\": 21.50}";
    ce_event e;

    begin(ce_slice_of(body));
    delivery.message.key = CE_SLICE("k");
    REQUIRE_OK(apply());
    EXPECT_EQ(event.mode, CE_MODE_BINARY);
    EXPECT_EQ(event.body.ptr, body);
    EXPECT_TEXT(event.body, body);
    EXPECT_TEXT(event.key, "k");
    EXPECT_TEXT(attribute("specversion"), "1.0");
    EXPECT_TEXT(attribute("type"), "com.example.reading");
    EXPECT_TEXT(attribute("source"), "/devices/1");
    EXPECT(!attribute("time").ptr);
    EXPECT_OK(ce_message_decode(&event, delivery.arena, &e, NULL));
    EXPECT_TEXT(ce_event_text(&e, "datacontenttype"), "application/json");
    end();
}

static void templates_see_topic_key_and_data(void)
{
    begin(CE_SLICE("{\"at\":\"2026-01-02T03:04:05.60Z\",\"n\":1.50}"));
    delivery.origin.topic = CE_SLICE("devices/7/telemetry");
    delivery.message.key = CE_SLICE("key");
    set("subject", "{topic[1]}");
    set("time", "{data/at}");
    set("reading", "{data/n} of {key}");
    REQUIRE_OK(apply());
    EXPECT_TEXT(attribute("subject"), "7");
    EXPECT_TEXT(attribute("time"), "2026-01-02T03:04:05.60Z");
    EXPECT_TEXT(attribute("reading"), "1.50 of key");
    end();
}

static void a_record_has_the_same_id_each_time(void)
{
    begin(CE_SLICE("x"));
    delivery.origin =
        (ce_origin){ .topic = CE_SLICE("t"), .partition = 2, .offset = 40 };
    REQUIRE_OK(apply());
    EXPECT_TEXT(attribute("id"), "t-2-40");
    REQUIRE_OK(apply());
    EXPECT_TEXT(attribute("id"), "t-2-40");
    end();
}

static void what_an_inbox_holds_has_the_same_id_each_time(void)
{
    begin(CE_SLICE("x"));
    delivery.origin = (ce_origin){ .topic = CE_SLICE("t"),
                                   .partition = -1,
                                   .offset = -1,
                                   .record = { 0x0199aabbccddeeffu, 7 } };
    REQUIRE_OK(apply());
    EXPECT_TEXT(attribute("id"), "0199aabb-ccdd-7eff-8000-000000000007");
    REQUIRE_OK(apply());
    EXPECT_TEXT(attribute("id"), "0199aabb-ccdd-7eff-8000-000000000007");
    end();
}

static void other_messages_get_new_ids(void)
{
    ce_slice first;

    begin(CE_SLICE("x"));
    delivery.origin.topic = CE_SLICE("t");
    REQUIRE_OK(apply());
    first = attribute("id");
    EXPECT_EQ(first.len, 36);
    REQUIRE_OK(apply());
    EXPECT_EQ(attribute("id").len, 36);
    EXPECT(!ce_slice_eq(first, attribute("id")));
    end();
}

static void an_id_of_the_message_is_kept(void)
{
    begin(CE_SLICE("{\"id\":\"m1\"}"));
    delivery.origin =
        (ce_origin){ .topic = CE_SLICE("t"), .partition = 2, .offset = 40 };
    set("id", "{data/id}");
    REQUIRE_OK(apply());
    EXPECT_TEXT(attribute("id"), "m1");
    EXPECT_EQ(event.attrs.len, 4);
    end();
}

static void the_content_type_says_what_the_data_is(void)
{
    static const struct {
        const char *name;
        ce_slice body;
        const char *given, *expected;
    } rows[] = {
        { "as it came", CE_SLICE("{}"), "text/csv", "text/csv" },
        { "JSON", CE_SLICE("{\"a\":1}"), NULL, "application/json" },
        { "a number", CE_SLICE("21.5"), NULL, "application/json" },
        { "JSON behind an empty type", CE_SLICE("1"), "", "application/json" },
        { "text", CE_SLICE("on \xC3\xA4"), NULL, "text/plain" },
        { "bytes", CE_SLICE("\xff\xfe"), NULL, "application/octet-stream" },
        { "a NUL", CE_SLICE("a\0b"), NULL, "application/octet-stream" },
        { "empty", CE_SLICE(""), NULL, NULL },
        { "nothing", { NULL, 0 }, NULL, NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(rows[i].body);
        delivery.message.content_type = ce_slice_of(rows[i].given);
        REQUIRE_OK(apply());
        EXPECT_ROW(rows[i].name, !event.content_type.ptr == !rows[i].expected);
        EXPECT_TEXT_ROW(rows[i].name, event.content_type, rows[i].expected);
        EXPECT_TEXT_ROW(rows[i].name, event.body, rows[i].body);
        EXPECT_EQ_ROW(rows[i].name, event.body.ptr, rows[i].body.ptr);
        end();
    }
}

static void a_content_type_that_is_set_wins(void)
{
    begin(CE_SLICE("1;2"));
    delivery.message.content_type = CE_SLICE("text/plain");
    set("datacontenttype", "text/csv");
    REQUIRE_OK(apply());
    EXPECT_TEXT(event.content_type, "text/csv");
    EXPECT(!attribute("datacontenttype").ptr);
    end();
}

static void what_has_no_value_is_named(void)
{
    begin(CE_SLICE("{\"at\":null}"));
    set("time", "{data/at}");
    EXPECT_STATUS(apply(), CE_ENOENT);
    EXPECT_CONTAINS(failure.text, "\"time\"");
    EXPECT_CONTAINS(failure.text, "{data/at}");
    end();
}

static void values_that_break_a_rule_are_refused(void)
{
    static const struct {
        const char *name, *template, *body;
    } rows[] = {
        { "time", "{data/v}", "{\"v\":\"noon\"}" },
        { "subject", "{data/v}", "{\"v\":\"\"}" },
        { "x", "{data/v}", "{\"v\":\"a\\nb\"}" },
        { "x", "{data}", "\xff" },
        { "id", "{data/v}", "{\"v\":\"\"}" },
        { "datacontenttype", "{data/v}",
          "{\"v\":\"application/cloudevents-batch+json\"}" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(ce_slice_of(rows[i].body));
        set(rows[i].name, rows[i].template);
        EXPECT_STATUS_ROW(rows[i].body, apply(), CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].body, failure.text, rows[i].name);
        end();
    }
}

TESTS("wrap", TEST(type_and_source_are_required),
      TEST(attributes_that_can_never_be_are_refused_at_once),
      TEST(attributes_are_a_thousand_at_most),
      TEST(an_attribute_of_an_event_is_not_there_yet),
      TEST(a_source_is_a_uri_of_any_topic),
      TEST(the_event_is_valid_and_its_data_is_what_came),
      TEST(templates_see_topic_key_and_data),
      TEST(a_record_has_the_same_id_each_time),
      TEST(what_an_inbox_holds_has_the_same_id_each_time),
      TEST(other_messages_get_new_ids), TEST(an_id_of_the_message_is_kept),
      TEST(the_content_type_says_what_the_data_is),
      TEST(a_content_type_that_is_set_wins), TEST(what_has_no_value_is_named),
      TEST(values_that_break_a_rule_are_refused))
