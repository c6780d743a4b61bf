/* SPDX-License-Identifier: Apache-2.0 */
/* The MQTT binding of CloudEvents, both ways, without a broker. */
#include "tests/support/ce_test.h"

#include "bindings/mqtt/codec.h"

static ce_arena *arena;
static ce_message got;
static ce_attrs metadata;
static const char *defect;

typedef struct pair {
    const char *name, *text;
} pair;

static MQTTLenString text_of(const char *text)
{
    return (MQTTLenString){ (int)strlen(text), (char *)(uintptr_t)text };
}

static const ce_mqtt_dialect five = { .version = CE_MQTT_5 },
                             three = { .version = CE_MQTT_3_1_1 },
                             prefixed = { .version = CE_MQTT_5,
                                          .prefixed = true };

/* Decodes a PUBLISH with these user properties. */
static void decode(const ce_mqtt_dialect *dialect, const char *content_type,
                   const pair *pairs, int count, const char *payload)
{
    MQTTAsync_message m = MQTTAsync_message_initializer;
    MQTTProperty list[16];

    m.payload = (char *)(uintptr_t)payload;
    m.payloadlen = (int)strlen(payload);
    m.properties.array = list;
    if (content_type) {
        MQTTProperty *p = &list[m.properties.count++];

        p->identifier = MQTTPROPERTY_CODE_CONTENT_TYPE;
        p->value.data = text_of(content_type);
    }
    for (int i = 0; i < count; i++) {
        MQTTProperty *p = &list[m.properties.count++];

        p->identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
        p->value.data = text_of(pairs[i].name);
        p->value.value = text_of(pairs[i].text);
    }
    if (!arena)
        arena = ce_arena_new();
    ce_arena_reset(arena);
    REQUIRE_OK(
        ce_mqtt_decode(&m, dialect, arena, &got, &metadata, &defect, NULL));
}

static ce_slice attribute(const char *name)
{
    const ce_attr *a = ce_attrs_find(&got.attrs, ce_slice_of(name));

    return a ? a->text : (ce_slice){ NULL, 0 };
}

static const pair event[] = { { "specversion", "1.0" },
                              { "id", "1" },
                              { "source", "/s" },
                              { "type", "com.example.t" },
                              { "my-header", "foreign" } };

/* MQ-05, MQ-06, MQ-07, MQ-08. */
static void user_properties_are_attributes(void)
{
    decode(&five, "text/plain", event, 5, "data");
    EXPECT_EQ(got.mode, CE_MODE_BINARY);
    EXPECT(!defect);
    EXPECT_EQ(got.attrs.len, 4);
    EXPECT_TEXT(attribute("source"), "/s");
    EXPECT_TEXT(got.content_type, "text/plain");
    EXPECT_TEXT(got.body, "data");
}

/* MQ-12. */
static void illegal_names_are_foreign_metadata(void)
{
    decode(&five, NULL, event, 5, "data");
    EXPECT_EQ(got.mode, CE_MODE_BINARY);
    EXPECT_EQ(metadata.len, 1);
    EXPECT_TEXT(metadata.at[0].name, "my-header");
}

/* MQ-16. */
static void an_empty_payload_is_no_data(void)
{
    decode(&five, NULL, event, 4, "");
    EXPECT_EQ(got.mode, CE_MODE_BINARY);
    EXPECT(!got.body.ptr);
}

/* MQ-04; user properties may repeat attributes, and mean nothing: MQ-10. */
static void a_content_type_announces_structured_mode(void)
{
    static const char *const types[] = { "application/cloudevents+json",
                                         "application/cloudevents+json; a=b",
                                         "APPLICATION/CloudEvents+JSON" };

    for (size_t i = 0; i < COUNT(types); i++) {
        decode(&five, types[i], event, 5, "{}");
        EXPECT_EQ_ROW(types[i], got.mode, CE_MODE_STRUCTURED);
        EXPECT_EQ_ROW(types[i], got.format, &ce_format_json);
        EXPECT_EQ_ROW(types[i], got.attrs.len, 0);
        EXPECT_TEXT(got.content_type, types[i]);
    }
    decode(&five, "application/cloudevents+nothing", NULL, 0, "{}");
    EXPECT_EQ(got.mode, CE_MODE_STRUCTURED);
    EXPECT(!got.format);
}

/* MQ-01. */
static void a_batch_is_no_event(void)
{
    decode(&five, "application/cloudevents-batch+json", NULL, 0, "[]");
    EXPECT_EQ(got.mode, CE_MODE_NONE);
    EXPECT(defect);
    EXPECT_TEXT(got.body, "[]");
}

/* MQ-04. */
static void what_claims_nothing_is_plain(void)
{
    const pair foreign[] = { { "unit", "celsius" } };

    decode(&five, "text/plain", foreign, 1, "21.5");
    EXPECT_EQ(got.mode, CE_MODE_NONE);
    EXPECT(!defect);
    EXPECT_EQ(got.attrs.len, 0);
    EXPECT_EQ(metadata.len, 1);
    EXPECT_TEXT(got.content_type, "text/plain");
    EXPECT_TEXT(got.body, "21.5");
}

/* MQ-14. */
static void an_attribute_given_twice_is_refused(void)
{
    static const struct {
        const char *name;
        pair pairs[4];
    } rows[] = {
        { "another value",
          { { "specversion", "1.0" }, { "id", "1" }, { "id", "2" } } },
        { "the same value",
          { { "specversion", "1.0" }, { "id", "1" }, { "id", "1" } } },
        { "an extension",
          { { "x", "1" }, { "specversion", "1.0" }, { "x", "2" } } },
        { "specversion",
          { { "specversion", "1.0" },
            { "specversion", "1.0" },
            { "id", "1" } } },
        { "datacontenttype",
          { { "specversion", "1.0" },
            { "datacontenttype", "text/plain" },
            { "datacontenttype", "text/csv" } } },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        decode(&five, "text/plain", rows[i].pairs, 3, "x");
        EXPECT_EQ_ROW(rows[i].name, got.mode, CE_MODE_NONE);
        REQUIRE(defect);
        EXPECT_CONTAINS_ROW(rows[i].name, defect, "twice");
        EXPECT_TEXT(got.body, "x");
    }
}

/* MQ-11. */
static void a_datacontenttype_property_serves_when_there_is_no_other(void)
{
    const pair own[] = { { "specversion", "1.0" },
                         { "datacontenttype", "text/csv" } };

    decode(&five, NULL, own, 2, "x");
    EXPECT_TEXT(got.content_type, "text/csv");
    EXPECT_EQ(got.attrs.len, 1);
    decode(&five, "text/plain", own, 2, "x");
    EXPECT_TEXT(got.content_type, "text/plain");
}

static const pair prefixed_event[] = {
    { "ce-specversion", "1.0" }, { "ce-id", "1" }, { "ce-source", "/s" },
    { "ce-type", "t" },          { "ce-My", "x" }, { "unit", "celsius" }
};

/* MQ-13. */
static void a_switch_lets_names_have_a_prefix(void)
{
    decode(&five, NULL, prefixed_event, 6, "data");
    EXPECT_EQ(got.mode, CE_MODE_NONE);
    EXPECT(!defect);
    EXPECT_EQ(metadata.len, 6);
    decode(&prefixed, "text/plain", prefixed_event, 6, "data");
    EXPECT_EQ(got.mode, CE_MODE_BINARY);
    EXPECT(!defect);
    EXPECT_EQ(got.attrs.len, 4);
    EXPECT_TEXT(attribute("source"), "/s");
    EXPECT_TEXT(got.content_type, "text/plain");
    EXPECT_EQ(metadata.len, 2);
    EXPECT_TEXT(metadata.at[0].name, "ce-My");
    EXPECT_TEXT(metadata.at[1].name, "unit");
    /* The others still have none. */
    decode(&prefixed, NULL, event, 5, "data");
    EXPECT_EQ(got.mode, CE_MODE_BINARY);
    EXPECT_EQ(got.attrs.len, 4);
}

/* MQ-02, MQ-03. */
static void version_3_is_structured_json_or_plain(void)
{
    static const struct {
        const char *payload;
        ce_mode mode;
    } rows[] = {
        { "{\"specversion\":\"1.0\",\"id\":\"1\"}", CE_MODE_STRUCTURED },
        { " {\"a\":{\"b\":[1]}, \"specversion\" : \"1.0\"}",
          CE_MODE_STRUCTURED },
        { "{\"specversion\":\"1.0\",", CE_MODE_STRUCTURED },
        { "{\"data\":{\"specversion\":\"1.0\"}}", CE_MODE_NONE },
        { "[{\"specversion\":\"1.0\"}]", CE_MODE_NONE },
        { "{\"a\":}", CE_MODE_NONE },
        { "21.5", CE_MODE_NONE },
        { "\xff\xfe", CE_MODE_NONE },
        { "", CE_MODE_NONE },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        decode(&three, NULL, NULL, 0, rows[i].payload);
        EXPECT_EQ_ROW(rows[i].payload, got.mode, rows[i].mode);
        EXPECT_ROW(rows[i].payload, !defect);
    }
}

/* --- writing --- */

static ce_attr attrs[] = {
    { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
    { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
    { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
    { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    { CE_SLICE("long"), CE_SLICE("short"), CE_STRING },
};

static ce_message binary(void)
{
    attrs[4].text = CE_SLICE("short");
    return (ce_message){ .mode = CE_MODE_BINARY,
                         .content_type = CE_SLICE("text/plain"),
                         .body = CE_SLICE("data"),
                         .attrs = { attrs, 5, 5 } };
}

static ce_mqtt_publish encode(ce_message m, const ce_mqtt_dialect *dialect)
{
    ce_mqtt_publish p;
    ce_error err = { CE_OK, "" };

    if (!arena)
        arena = ce_arena_new();
    ce_arena_reset(arena);
    REQUIRE_OK(ce_mqtt_encode(&m, dialect, arena, &p, &err));
    return p;
}

static const MQTTProperty *property(const ce_mqtt_publish *p,
                                    enum MQTTPropertyCodes code)
{
    for (int i = 0; i < p->properties.count; i++)
        if (p->properties.array[i].identifier == code)
            return &p->properties.array[i];
    return NULL;
}

static ce_slice content_type_of(const ce_mqtt_publish *p)
{
    const MQTTProperty *c = property(p, MQTTPROPERTY_CODE_CONTENT_TYPE);

    if (!c)
        return (ce_slice){ NULL, 0 };
    return (ce_slice){ c->value.data.data, (size_t)c->value.data.len };
}

/* MQ-05, MQ-06, MQ-07, MQ-09, MQ-11. */
static void attributes_become_user_properties(void)
{
    ce_mqtt_publish p = encode(binary(), &five);

    EXPECT_EQ(p.properties.count, 6);
    EXPECT_TEXT(content_type_of(&p), "text/plain");
    EXPECT_TEXT(p.payload, "data");
    EXPECT(!property(&p, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR));
    EXPECT_CMP(p.packet_bytes, >, 4 + 10 + 40);
}

/* MQ-13. */
static void a_switch_gives_names_a_prefix(void)
{
    ce_mqtt_publish p = encode(binary(), &prefixed);
    const MQTTProperty *first = property(&p, MQTTPROPERTY_CODE_USER_PROPERTY);

    REQUIRE(first != NULL);
    EXPECT_EQ(first->value.data.len, 14);
    EXPECT(!memcmp(first->value.data.data, "ce-specversion", 14));
    EXPECT_TEXT(content_type_of(&p), "text/plain");
}

/* MQ-15: text is only known to be one in structured JSON. */
static void data_is_not_announced_as_text(void)
{
    ce_message m = binary();
    ce_mqtt_publish p;

    m.content_type = CE_SLICE("application/json");
    m.body = CE_SLICE("{}");
    p = encode(m, &five);
    EXPECT(!property(&p, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR));
}

/* MQ-16. */
static void no_data_is_an_empty_payload(void)
{
    ce_message m = binary();

    m.body = (ce_slice){ NULL, 0 };
    EXPECT_EQ(encode(m, &five).payload.len, 0);
}

/* MQ-10, MQ-15. */
static void structured_json_is_announced_as_text(void)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = CE_SLICE("{}") };
    ce_mqtt_publish p = encode(m, &five);

    EXPECT_EQ(p.properties.count, 2);
    EXPECT_TEXT(content_type_of(&p), "application/cloudevents+json");
    EXPECT(property(&p, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR));
    EXPECT_EQ(p.payload.ptr, m.body.ptr);
}

/* MQ-03. */
static void version_3_gets_structured_json(void)
{
    ce_mqtt_publish p = encode(binary(), &three);

    EXPECT_EQ(p.properties.count, 0);
    EXPECT(ce_slice_starts(p.payload, CE_SLICE("{\"specversion\":\"1.0\"")));
}

/* MQ-17. */
static void what_no_property_holds_goes_structured(void)
{
    static char text[65536];
    ce_message m = binary();
    ce_mqtt_publish p;

    memset(text, 'x', sizeof text);
    m.attrs.at[4].text = (ce_slice){ text, 65535 };
    p = encode(m, &five);
    EXPECT_TEXT(content_type_of(&p), "text/plain");
    m.attrs.at[4].text.len = 65536;
    p = encode(m, &five);
    EXPECT_TEXT(content_type_of(&p), "application/cloudevents+json");
    EXPECT_CMP(p.payload.len, >, 65536);
}

static void a_content_type_that_mqtt_cannot_hold_is_the_formats_own(void)
{
    static char text[65600];
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .body = CE_SLICE("{}") };
    ce_mqtt_publish p;

    memset(text, 'x', sizeof text);
    memcpy(text, "application/cloudevents+json;a=", 31);
    m.content_type = (ce_slice){ text, sizeof text };
    p = encode(m, &five);
    EXPECT_TEXT(content_type_of(&p), "application/cloudevents+json");
    m.content_type = CE_SLICE("application/cloudevents+json;a=\xff");
    p = encode(m, &five);
    EXPECT_TEXT(content_type_of(&p), "application/cloudevents+json");
    EXPECT_EQ(p.payload.ptr, m.body.ptr);
}

/* MQ-03: whatever the format was. */
static void version_3_gets_json_of_another_format_too(void)
{
    static ce_format other;
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &other,
                     .content_type = CE_SLICE("application/cloudevents+other"),
                     .body = CE_SLICE("{\"specversion\":\"1.0\",\"id\":\"1\","
                                      "\"source\":\"/s\",\"type\":\"t\"}") };
    ce_mqtt_publish p;

    other = ce_format_json;
    p = encode(m, &three);
    EXPECT_TEXT(p.payload, "{\"specversion\":\"1.0\",\"id\":\"1\","
                           "\"source\":\"/s\",\"type\":\"t\"}");
    EXPECT_CMP(p.payload.ptr, !=, m.body.ptr);
}

static void what_no_packet_holds_is_refused(void)
{
    ce_message m = binary();
    ce_mqtt_publish p;
    ce_error err = { CE_OK, "" };

    m.body.len = (size_t)1 << 28;
    EXPECT_STATUS(ce_mqtt_encode(&m, &five, arena, &p, &err), CE_ETOOBIG);
    EXPECT_CONTAINS(err.text, "MQTT packet");
}

/* MQ-01. */
static void only_events_can_be_published(void)
{
    static const ce_mode modes[] = { CE_MODE_NONE, CE_MODE_BATCH };

    for (size_t i = 0; i < COUNT(modes); i++) {
        ce_message m = { .mode = modes[i], .body = CE_SLICE("[]") };
        ce_mqtt_publish p;
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS(ce_mqtt_encode(&m, &five, arena, &p, &err), CE_EINVAL);
        EXPECT(err.text[0]);
    }
    ce_arena_free(arena);
    arena = NULL;
}

static void attributes_have_a_limit(void)
{
    static const ce_mqtt_dialect enough = { .version = CE_MQTT_5,
                                            .max_attributes = 4 },
                                 few = { .version = CE_MQTT_5,
                                         .max_attributes = 3 };

    decode(&enough, NULL, event, 5, "data");
    EXPECT_EQ(got.mode, CE_MODE_BINARY);
    decode(&few, NULL, event, 5, "data");
    EXPECT_EQ(got.mode, CE_MODE_NONE);
    EXPECT_CONTAINS(defect, "max_attributes");
    EXPECT_EQ(metadata.len, 5);
}

TESTS("mqtt codec", TEST(user_properties_are_attributes),
      TEST(illegal_names_are_foreign_metadata),
      TEST(an_empty_payload_is_no_data),
      TEST(a_content_type_announces_structured_mode), TEST(a_batch_is_no_event),
      TEST(what_claims_nothing_is_plain),
      TEST(an_attribute_given_twice_is_refused),
      TEST(a_datacontenttype_property_serves_when_there_is_no_other),
      TEST(a_switch_lets_names_have_a_prefix),
      TEST(version_3_is_structured_json_or_plain),
      TEST(attributes_become_user_properties),
      TEST(a_switch_gives_names_a_prefix), TEST(data_is_not_announced_as_text),
      TEST(no_data_is_an_empty_payload),
      TEST(structured_json_is_announced_as_text),
      TEST(version_3_gets_structured_json),
      TEST(what_no_property_holds_goes_structured),
      TEST(a_content_type_that_mqtt_cannot_hold_is_the_formats_own),
      TEST(version_3_gets_json_of_another_format_too),
      TEST(what_no_packet_holds_is_refused), TEST(only_events_can_be_published),
      TEST(attributes_have_a_limit))
