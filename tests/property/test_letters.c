/* SPDX-License-Identifier: Apache-2.0 */
/* 100,000 random malformed messages of each transport: every one becomes a
 * letter that is a valid event, and comes out of it as it was. */
#include "bindings/kafka/codec.h"
#include "bindings/mqtt/codec.h"
#include "core/pipeline/letter.h"
#include "tests/support/ce_test.h"
#include "tests/support/random_event.h"

enum { MESSAGES = 100000, SEED = 20240607, HEADERS = 6 };

static ce_arena *arena;
static random_source randomness;
static const ce_slice absent = { NULL, 0 };

/* --- random parts --- */

static ce_slice bytes_of(unsigned max, unsigned first, unsigned count)
{
    unsigned len = random_below(&randomness, max + 1);
    char *p = ce_arena_alloc(arena, len + 1);

    for (unsigned i = 0; i < len; i++)
        p[i] = (char)(first + random_below(&randomness, count));
    p[len] = '\0';
    return (ce_slice){ p, len };
}

/* From all that peers send by mistake, and from nowhere. */
static ce_slice text(void)
{
    static const char *const odd[] = {
        "",
        "json",
        "\"application/json\"",
        "\xff\xfe",
        "a\tb",
        "%41",
        "a\\\"b",
        ":key",
        "\x7f",
        "\xc2\x85",
        "\xef\xbf\xbf",
        "\xf0\x9f\xbf\xbf",
        "text/plain",
        "application/json",
        "application/cloudevents+json",
        "application/x; a=\"\x01\"",
        ":content-type",
        "caf\xc3\xa9",
    };

    switch (random_below(&randomness, 6)) {
    case 0:
        return bytes_of(12, 0, 256);
    case 1:
        return bytes_of(12, 1, 31);
    case 2:
        return bytes_of(random_below(&randomness, 1000) ? 40 : 70000, ' ', 95);
    default:
        return ce_slice_of(odd[random_below(&randomness, COUNT(odd))]);
    }
}

static ce_slice text_or_none(void)
{
    return random_below(&randomness, 3) ? text() : absent;
}

static ce_slice body(void)
{
    static const char *const odd[] = {
        "{\"a\":1}",
        " {\"a\" : 1}\n",
        "{\n\"a\":1\r\n}",
        "\xef\xbb\xbf{}",
        "{\"specversion\":\"1.0\"}",
        "[1,",
        "\"\\ud800\"",
        "1",
        " 1",
    };

    if (random_below(&randomness, 3))
        return text_or_none();
    return ce_slice_of(odd[random_below(&randomness, COUNT(odd))]);
}

/* Kafka's names end with a NUL, and so do these. */
static ce_slice name(void)
{
    static const char *const known[] = {
        "content-type", "Content-Type", "ce_id",   "ce_specversion",
        "id",           "specversion",  "ce_type", "datacontenttype",
    };

    if (random_below(&randomness, 2))
        return ce_slice_of(known[random_below(&randomness, COUNT(known))]);
    return ce_slice_of(text().ptr);
}

/* --- what goes in comes out --- */

static bool same(ce_slice a, ce_slice b)
{
    return !a.ptr == !b.ptr && ce_slice_eq(a, b);
}

static bool same_headers(const ce_attrs *a, const ce_attrs *b)
{
    for (unsigned i = 0; i < a->len && i < b->len; i++)
        if (!same(a->at[i].name, b->at[i].name) ||
            !same(a->at[i].text, b->at[i].text))
            return false;
    return a->len == b->len;
}

static void expect_original(const ce_message *letter, const ce_delivery *d,
                            const ce_attrs *headers)
{
    ce_letter_original o;
    ce_event e;
    ce_error err;

    REQUIRE_OK(ce_message_decode(letter, arena, &e, &err));
    REQUIRE(ce_letter_is_wrapped(&e));
    REQUIRE_OK(ce_letter_unwrap(&e, arena, &o, &err));
    REQUIRE(same(o.content_type, d->message.content_type));
    REQUIRE(same(o.body, d->message.body));
    REQUIRE(same(o.key, d->message.key));
    REQUIRE(same(o.topic, d->origin.topic));
    REQUIRE_EQ(o.partition, d->origin.partition);
    REQUIRE_EQ(o.offset, d->origin.offset);
    REQUIRE(same_headers(&o.headers, headers));
}

/* As it is written, and as a target of another mode gets it. */
static void expect_letter(ce_delivery *d, const ce_attrs *headers)
{
    ce_result r = { .verdict = CE_NACK, .malformed = true, .code = 400 };
    const ce_letter_cause why = { "r", "kafka://x/\x01", 1, 2 };
    ce_message letter, tmp;
    const ce_message *structured;
    ce_slice reason = text();
    ce_error err;

    ce_result_explain(&r, "%s", reason.ptr);
    REQUIRE_OK(ce_letter_write(d, &r, &why, &letter, &err));
    expect_original(&letter, d, headers);
    REQUIRE_OK(ce_message_as(&letter, CE_MODE_STRUCTURED, &ce_format_json,
                             arena, &tmp, &structured, &err));
    expect_original(structured, d, headers);
}

static void each(void (*try)(void))
{
    arena = ce_arena_new();
    randomness.state = SEED;
    for (unsigned i = 0; i < MESSAGES; i++) {
        ce_arena_reset(arena);
        try();
    }
    ce_arena_free(arena);
}

/* --- transports --- */

static ce_delivery delivery(void)
{
    return (ce_delivery){
        .arena = arena,
        .origin = { .topic = text_or_none(),
                    .partition = (int)random_below(&randomness, 3) - 1,
                    .offset = (int)random_below(&randomness, 3) - 1 },
    };
}

static void try_any(void)
{
    ce_delivery d = delivery();

    d.message = (ce_message){ .mode = random_below(&randomness, 4),
                              .content_type = text_or_none(),
                              .body = body(),
                              .key = text_or_none() };
    for (unsigned i = random_below(&randomness, HEADERS); i > 0; i--)
        REQUIRE_OK(
            ce_attrs_add(&d.origin.metadata, arena,
                         (ce_attr){ text(), text_or_none(), CE_STRING }));
    expect_letter(&d, &d.origin.metadata);
}

static rd_kafka_headers_t *record_headers;

static ce_status all_headers(ce_delivery *d, ce_attrs *out)
{
    return ce_kafka_all_headers(record_headers, d->arena, out);
}

static void try_kafka(void)
{
    ce_delivery d = delivery();
    ce_attrs all = { NULL, 0, 0 };

    record_headers = rd_kafka_headers_new(HEADERS);
    for (unsigned i = random_below(&randomness, HEADERS); i > 0; i--) {
        ce_attr a = { name(), text_or_none(), CE_STRING };

        rd_kafka_header_add(record_headers, a.name.ptr, -1, a.text.ptr,
                            (ssize_t)a.text.len);
        REQUIRE_OK(ce_attrs_add(&all, arena, a));
    }
    d.message = (ce_message){ .body = body(), .key = text_or_none() };
    d.headers = all_headers;
    REQUIRE_OK(ce_kafka_decode(&d, record_headers, &ce_kafka_exact, NULL));
    expect_letter(&d, &all);
    rd_kafka_headers_destroy(record_headers);
}

static MQTTLenString string_of(ce_slice s)
{
    return (MQTTLenString){ (int)s.len, (char *)(uintptr_t)s.ptr };
}

static void try_mqtt(void)
{
    const ce_mqtt_dialect dialect = { .version = CE_MQTT_5 };
    MQTTProperty properties[HEADERS + 1] = { { .identifier = 0 } };
    MQTTAsync_message in = MQTTAsync_message_initializer;
    ce_delivery d = delivery();
    ce_attrs all = { NULL, 0, 0 };
    ce_slice payload = body();

    in.payload = (void *)(uintptr_t)payload.ptr;
    in.payloadlen = (int)payload.len;
    in.properties.array = properties;
    in.properties.count = (int)random_below(&randomness, HEADERS);
    for (int i = 0; i < in.properties.count; i++) {
        ce_attr a = { name(), text(), CE_STRING };

        properties[i].identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
        properties[i].value.data = string_of(a.name);
        properties[i].value.value = string_of(a.text);
        REQUIRE_OK(ce_attrs_add(&all, arena, a));
    }
    if (random_below(&randomness, 2)) {
        MQTTProperty *p = &properties[in.properties.count++];

        p->identifier = MQTTPROPERTY_CODE_CONTENT_TYPE;
        p->value.data = string_of(text());
    }
    REQUIRE_OK(ce_mqtt_decode(&in, &dialect, arena, &d.message,
                              &d.origin.metadata, &d.defect.reason, NULL));
    /* Of what is an event at first sight the attributes come first. */
    if (d.message.mode == CE_MODE_BINARY) {
        all = d.message.attrs;
        for (unsigned i = 0; i < d.origin.metadata.len; i++)
            REQUIRE_OK(ce_attrs_add(&all, arena, d.origin.metadata.at[i]));
    }
    expect_letter(&d, &all);
}

static void any_message_becomes_a_letter(void)
{
    each(try_any);
}

static void any_kafka_record_becomes_a_letter(void)
{
    each(try_kafka);
}

static void any_mqtt_message_becomes_a_letter(void)
{
    each(try_mqtt);
}

TESTS("letters", TEST(any_message_becomes_a_letter),
      TEST(any_kafka_record_becomes_a_letter),
      TEST(any_mqtt_message_becomes_a_letter))
