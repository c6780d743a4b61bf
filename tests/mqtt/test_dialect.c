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

TESTS("mqtt dialect", TEST(a_trace_is_shown_once))
