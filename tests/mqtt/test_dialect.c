/* SPDX-License-Identifier: Apache-2.0 */
/* What options make of user properties. */
#include "tests/support/ce_test.h"

#include "bindings/mqtt/codec.h"

static ce_arena *arena;

static void open(void)
{
    arena = ce_arena_new();
    REQUIRE(arena != NULL);
}

static void close(void)
{
    ce_arena_free(arena);
}

/* How often P has the user property. */
static unsigned count_of(const ce_mqtt_publish *p, const char *name)
{
    unsigned n = 0;

    for (int i = 0; i < p->properties.count; i++) {
        const MQTTProperty *at = &p->properties.array[i];
        MQTTLenString key = at->value.data;

        n += at->identifier == MQTTPROPERTY_CODE_USER_PROPERTY &&
             ce_slice_eq((ce_slice){ key.data, (size_t)key.len },
                         ce_slice_of(name));
    }
    return n;
}

/* An event with a trace is published. */
static ce_mqtt_publish publish(ce_mode mode, ce_mqtt_dialect dialect)
{
    static ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
        { CE_SLICE("traceparent"),
          CE_SLICE("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
          CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY, .attrs = { attrs, 5, 5 } };
    const ce_message *as;
    ce_message tmp;
    ce_delivery d = { .arena = arena };
    ce_mqtt_publish p;

    REQUIRE_OK(
        ce_message_as(&m, mode, &ce_format_json, arena, &tmp, &as, NULL));
    d.message = *as;
    dialect.traces = true;
    REQUIRE_OK(ce_mqtt_encode(as, &dialect, arena, &p, NULL));
    ce_mqtt_add_trace(&p, &dialect, &d);
    return p;
}

static void a_trace_is_shown_once(void)
{
    static const struct {
        const char *title;
        ce_mode mode;
        ce_mqtt_dialect dialect;
        unsigned bare, prefixed;
    } rows[] = {
        { "binary", CE_MODE_BINARY, { .version = CE_MQTT_5 }, 1, 0 },
        { "prefixed",
          CE_MODE_BINARY,
          { .version = CE_MQTT_5, .prefixed = true },
          1,
          1 },
        { "structured", CE_MODE_STRUCTURED, { .version = CE_MQTT_5 }, 1, 0 },
        { "3.1.1", CE_MODE_STRUCTURED, { .version = CE_MQTT_3_1_1 }, 0, 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_mqtt_publish p;

        open();
        p = publish(rows[i].mode, rows[i].dialect);
        EXPECT_EQ_ROW(rows[i].title, count_of(&p, "traceparent"), rows[i].bare);
        EXPECT_EQ_ROW(rows[i].title, count_of(&p, "ce-traceparent"),
                      rows[i].prefixed);
        close();
    }
}

typedef struct pair {
    const char *name, *value;
} pair;

#define EVENT                                                                  \
    { "specversion", "1.0" }, { "id", "1" }, { "type", "t" },                  \
    {                                                                          \
        "source", "/s"                                                         \
    }

enum { EXACT, PREFIXED, QUOTED, LOWER, BOTH, DROP };

static const ce_mqtt_dialect dialects[] = {
    [EXACT] = { .version = CE_MQTT_5 },
    [PREFIXED] = { .version = CE_MQTT_5, .prefixed = true },
    [QUOTED] = { .version = CE_MQTT_5, .quoted = true },
    [LOWER] = { .version = CE_MQTT_5, .names = CE_NAMES_LOWER },
    [BOTH] = { .version = CE_MQTT_5,
               .prefixed = true,
               .names = CE_NAMES_LOWER },
    [DROP] = { .version = CE_MQTT_5, .names = CE_NAMES_DROP },
};

static const struct {
    const char *title;
    int dialect;
    pair from[8];
    ce_mode mode;
    const char *attribute, *text; /* no TEXT: it is not there */
    bool tolerated;
    unsigned metadata;
} rows[] = {
    { "what is exact is not counted",
      BOTH,
      { EVENT, { "note", "x" } },
      CE_MODE_BINARY,
      "note",
      "x",
      false,
      0 },
    { "a prefix is counted",
      PREFIXED,
      { { "ce-specversion", "1.0" }, { "ce-id", "1" } },
      CE_MODE_BINARY,
      "id",
      "1",
      true,
      0 },
    { "quotes are part of a value",
      EXACT,
      { EVENT, { "note", "\"x\"" } },
      CE_MODE_BINARY,
      "note",
      "\"x\"",
      false,
      0 },
    { "quotes go on demand",
      QUOTED,
      { { "specversion", "\"1.0\"" }, { "note", "\"a \\\"b\\\" \\u00e4\"" } },
      CE_MODE_BINARY,
      "note",
      "a \"b\" \303\244",
      true,
      0 },
    { "what is no JSON string stays",
      QUOTED,
      { EVENT, { "note", "\"x" } },
      CE_MODE_BINARY,
      "note",
      "\"x",
      false,
      0 },
    { "other properties keep their quotes",
      QUOTED,
      { EVENT, { "X-Note", "\"x\"" } },
      CE_MODE_BINARY,
      "note",
      NULL,
      false,
      1 },
    { "a name that is not allowed is none",
      EXACT,
      { EVENT, { "My-Attr", "x" } },
      CE_MODE_BINARY,
      "myattr",
      NULL,
      false,
      1 },
    { "it is one in letters and digits",
      LOWER,
      { EVENT, { "My-Attr_2", "x" } },
      CE_MODE_BINARY,
      "myattr2",
      "x",
      true,
      0 },
    { "nothing that is allowed is left of it",
      LOWER,
      { EVENT, { "_-", "x" } },
      CE_MODE_BINARY,
      "",
      NULL,
      true,
      1 },
    { "behind a prefix only",
      BOTH,
      { { "ce-specversion", "1.0" }, { "ce-My_Attr", "x" }, { "X-A", "y" } },
      CE_MODE_BINARY,
      "myattr",
      "x",
      true,
      1 },
    { "two that become one",
      LOWER,
      { EVENT, { "a_b", "x" }, { "ab", "y" } },
      CE_MODE_NONE,
      NULL,
      NULL,
      false,
      6 },
    { "what is no event stays as it is",
      LOWER,
      { { "My-Attr", "x" } },
      CE_MODE_NONE,
      NULL,
      NULL,
      false,
      1 },
    { "left out as ever",
      DROP,
      { EVENT, { "My-Attr", "x" } },
      CE_MODE_BINARY,
      "myattr",
      NULL,
      false,
      1 },
};

static MQTTLenString string_of(const char *text)
{
    return (MQTTLenString){ (int)strlen(text), (char *)(uintptr_t)text };
}

static void decode(size_t row, ce_message *got, ce_attrs *metadata,
                   bool *tolerated)
{
    MQTTAsync_message m = MQTTAsync_message_initializer;
    MQTTProperty list[8];
    const char *defect;

    m.properties.array = list;
    for (const pair *p = rows[row].from; p->name; p++)
        list[m.properties.count++] = (MQTTProperty){
            .identifier = MQTTPROPERTY_CODE_USER_PROPERTY,
            .value = { .data = string_of(p->name),
                       .value = string_of(p->value) },
        };
    REQUIRE_OK(ce_mqtt_decode(&m, &dialects[rows[row].dialect], arena, got,
                              metadata, &defect, tolerated));
}

static void a_message_is_read_as_its_options_say(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *wanted = rows[i].text;
        bool tolerated = false;
        ce_attrs metadata;
        const ce_attr *a;
        ce_message got;

        open();
        decode(i, &got, &metadata, &tolerated);
        EXPECT_EQ_ROW(rows[i].title, got.mode, rows[i].mode);
        EXPECT_EQ_ROW(rows[i].title, tolerated, rows[i].tolerated);
        EXPECT_EQ_ROW(rows[i].title, metadata.len, rows[i].metadata);
        a = rows[i].attribute
                ? ce_attrs_find(&got.attrs, ce_slice_of(rows[i].attribute))
                : NULL;
        EXPECT_ROW(rows[i].title, !a == !wanted);
        if (a && wanted)
            EXPECT_ROW(rows[i].title,
                       ce_slice_eq(a->text, ce_slice_of(wanted)));
        close();
    }
}

TESTS("mqtt dialect", TEST(a_message_is_read_as_its_options_say),
      TEST(a_trace_is_shown_once))
