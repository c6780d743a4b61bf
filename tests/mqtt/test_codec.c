/* SPDX-License-Identifier: Apache-2.0 */
/* The MQTT binding of CloudEvents, both ways, without a broker. */
#include "ce_test.h"

#include "bindings/mqtt/mqtt.h"

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

/* Decodes a PUBLISH with these user properties. */
static void decode(int version, const char *content_type, const pair *pairs,
                   int count, const char *payload)
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
    REQUIRE(ce_mqtt_decode(&m, version, arena, &got, &metadata, &defect) ==
            CE_OK);
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

static void user_properties_are_attributes(void)
{
    decode(CE_MQTT_5, "text/plain", event, 5, "data");
    EXPECT(got.mode == CE_MODE_BINARY && !defect);
    EXPECT(got.attrs.len == 4);
    EXPECT_TEXT(attribute("source"), "/s");
    EXPECT_TEXT(got.content_type, "text/plain");
    EXPECT_TEXT(got.body, "data");
}

static void illegal_names_are_foreign_metadata(void)
{
    decode(CE_MQTT_5, NULL, event, 5, "data");
    EXPECT(got.mode == CE_MODE_BINARY);
    EXPECT(metadata.len == 1);
    EXPECT_TEXT(metadata.at[0].name, "my-header");
}

static void an_empty_payload_is_no_data(void)
{
    decode(CE_MQTT_5, NULL, event, 4, "");
    EXPECT(got.mode == CE_MODE_BINARY && !got.body.ptr);
}

static void a_content_type_announces_structured_mode(void)
{
    static const char *const types[] = { "application/cloudevents+json",
                                         "application/cloudevents+json; a=b",
                                         "APPLICATION/CloudEvents+JSON" };

    for (size_t i = 0; i < COUNT(types); i++) {
        decode(CE_MQTT_5, types[i], event, 5, "{}");
        EXPECT_ROW(types[i], got.mode == CE_MODE_STRUCTURED);
        EXPECT_ROW(types[i], got.format == &ce_format_json);
        EXPECT_ROW(types[i], got.attrs.len == 0);
        EXPECT_TEXT(got.content_type, types[i]);
    }
    decode(CE_MQTT_5, "application/cloudevents+nothing", NULL, 0, "{}");
    EXPECT(got.mode == CE_MODE_STRUCTURED && !got.format);
}

static void a_batch_is_no_event(void)
{
    decode(CE_MQTT_5, "application/cloudevents-batch+json", NULL, 0, "[]");
    EXPECT(got.mode == CE_MODE_NONE && defect);
    EXPECT_TEXT(got.body, "[]");
}

static void what_claims_nothing_is_plain(void)
{
    const pair foreign[] = { { "unit", "celsius" } };

    decode(CE_MQTT_5, "text/plain", foreign, 1, "21.5");
    EXPECT(got.mode == CE_MODE_NONE && !defect);
    EXPECT(got.attrs.len == 0 && metadata.len == 1);
    EXPECT_TEXT(got.content_type, "text/plain");
    EXPECT_TEXT(got.body, "21.5");
}

static void an_attribute_given_twice_is_refused(void)
{
    const pair twice[] = { { "specversion", "1.0" },
                           { "id", "1" },
                           { "id", "2" } };

    decode(CE_MQTT_5, NULL, twice, 3, "x");
    EXPECT(got.mode == CE_MODE_NONE && defect);
}

static void a_datacontenttype_property_serves_when_there_is_no_other(void)
{
    const pair own[] = { { "specversion", "1.0" },
                         { "datacontenttype", "text/csv" } };

    decode(CE_MQTT_5, NULL, own, 2, "x");
    EXPECT_TEXT(got.content_type, "text/csv");
    EXPECT(got.attrs.len == 1);
    decode(CE_MQTT_5, "text/plain", own, 2, "x");
    EXPECT_TEXT(got.content_type, "text/plain");
}

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
        decode(CE_MQTT_3_1_1, NULL, NULL, 0, rows[i].payload);
        EXPECT_ROW(rows[i].payload, got.mode == rows[i].mode);
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

static ce_mqtt_publish encode(ce_message m, int version)
{
    ce_mqtt_publish p;
    ce_error err = { CE_OK, "" };

    if (!arena)
        arena = ce_arena_new();
    ce_arena_reset(arena);
    REQUIRE(ce_mqtt_encode(&m, version, arena, &p, &err) == CE_OK);
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

static void attributes_become_user_properties(void)
{
    ce_mqtt_publish p = encode(binary(), CE_MQTT_5);

    EXPECT(p.properties.count == 6);
    EXPECT_TEXT(content_type_of(&p), "text/plain");
    EXPECT_TEXT(p.payload, "data");
    EXPECT(!property(&p, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR));
    EXPECT(p.packet_bytes > 4 + 10 + 40);
}

static void structured_json_is_announced_as_text(void)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = CE_SLICE("{}") };
    ce_mqtt_publish p = encode(m, CE_MQTT_5);

    EXPECT(p.properties.count == 2);
    EXPECT_TEXT(content_type_of(&p), "application/cloudevents+json");
    EXPECT(property(&p, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR));
    EXPECT(p.payload.ptr == m.body.ptr);
}

static void version_3_gets_structured_json(void)
{
    ce_mqtt_publish p = encode(binary(), CE_MQTT_3_1_1);

    EXPECT(p.properties.count == 0);
    EXPECT(ce_slice_starts(p.payload, CE_SLICE("{\"specversion\":\"1.0\"")));
}

static void what_no_property_holds_goes_structured(void)
{
    static char text[65536];
    ce_message m = binary();
    ce_mqtt_publish p;

    memset(text, 'x', sizeof text);
    m.attrs.at[4].text = (ce_slice){ text, 65535 };
    p = encode(m, CE_MQTT_5);
    EXPECT_TEXT(content_type_of(&p), "text/plain");
    m.attrs.at[4].text.len = 65536;
    p = encode(m, CE_MQTT_5);
    EXPECT_TEXT(content_type_of(&p), "application/cloudevents+json");
    EXPECT(p.payload.len > 65536);
}

static void only_events_can_be_published(void)
{
    static const ce_mode modes[] = { CE_MODE_NONE, CE_MODE_BATCH };

    for (size_t i = 0; i < COUNT(modes); i++) {
        ce_message m = { .mode = modes[i], .body = CE_SLICE("[]") };
        ce_mqtt_publish p;
        ce_error err = { CE_OK, "" };

        EXPECT(ce_mqtt_encode(&m, CE_MQTT_5, arena, &p, &err) == CE_EINVAL);
        EXPECT(err.text[0]);
    }
    ce_arena_free(arena);
    arena = NULL;
}

TESTS("mqtt codec", TEST(user_properties_are_attributes),
      TEST(illegal_names_are_foreign_metadata),
      TEST(an_empty_payload_is_no_data),
      TEST(a_content_type_announces_structured_mode), TEST(a_batch_is_no_event),
      TEST(what_claims_nothing_is_plain),
      TEST(an_attribute_given_twice_is_refused),
      TEST(a_datacontenttype_property_serves_when_there_is_no_other),
      TEST(version_3_is_structured_json_or_plain),
      TEST(attributes_become_user_properties),
      TEST(structured_json_is_announced_as_text),
      TEST(version_3_gets_structured_json),
      TEST(what_no_property_holds_goes_structured),
      TEST(only_events_can_be_published))
