/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of Kafka, user properties of MQTT, and headers and answers of HTTP,
 * more than anybody needs. */
#include "bindings/http/http.h"
#include "bindings/http/response.h"
#include "bindings/kafka/codec.h"
#include "bindings/mqtt/codec.h"
#include "tests/support/cost.h"

/* --- Kafka --- */

/* The first one makes it an event. */
static void *kafka_headers(const char *name, unsigned count, const char *value)
{
    rd_kafka_headers_t *all = rd_kafka_headers_new(count + 1);
    char text[32];

    rd_kafka_header_add(all, "ce_specversion", -1, "1.0", -1);
    for (unsigned i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%s%u", name, i);
        rd_kafka_header_add(all, text, -1, value, -1);
    }
    return all;
}

static void *kafka_attributes(unsigned count)
{
    return kafka_headers("ce_", count, "1");
}

static void *kafka_dashed(unsigned count)
{
    return kafka_headers("ce-A-", count, "\"\\u00e4\"");
}

static void *kafka_foreign(unsigned count)
{
    return kafka_headers("x", count, "1");
}

static void *kafka_one_name(unsigned count)
{
    rd_kafka_headers_t *all = kafka_headers("x", 1, "1");

    for (unsigned i = 0; i < count; i++)
        rd_kafka_header_add(all, i % 2 ? "ce_one" : "tracestate", -1, "1", -1);
    return all;
}

static void *kafka_types(unsigned count)
{
    rd_kafka_headers_t *all = kafka_headers("x", 1, "1");

    for (unsigned i = 0; i < count; i++)
        rd_kafka_header_add(all, i % 2 ? "content-type" : "ce_datacontenttype",
                            -1, "text/plain", -1);
    return all;
}

static void kafka_read_as(void *headers, const ce_kafka_dialect *dialect)
{
    ce_delivery d = { .arena = ce_arena_new() };
    ce_kafka_notes notes;

    d.message.body = CE_SLICE("{}");
    REQUIRE_OK(ce_kafka_decode(&d, headers, dialect, &notes));
    REQUIRE_OK(ce_kafka_key_to_attribute(&d, CE_SLICE("key")));
    ce_arena_free(d.arena);
}

static void kafka_read(void *headers)
{
    kafka_read_as(headers, &ce_kafka_exact);
}

static void kafka_read_tolerant(void *headers)
{
    static const ce_kafka_dialect all = { .max_attributes = 65535,
                                          .prefixed = true,
                                          .quoted = true,
                                          .names = CE_NAMES_LOWER };

    kafka_read_as(headers, &all);
}

static void kafka_drop(void *headers)
{
    rd_kafka_headers_destroy(headers);
}

static void headers_of_kafka_cost_no_square(void)
{
    static const cost rows[] = {
        { "Kafka, attributes", 7000, kafka_attributes, kafka_read, kafka_drop },
        { "Kafka, any number", 6000, kafka_attributes, kafka_read_tolerant,
          kafka_drop },
        { "Kafka, other names", 6000, kafka_dashed, kafka_read_tolerant,
          kafka_drop },
        { "Kafka, foreign", 7000, kafka_foreign, kafka_read, kafka_drop },
        { "Kafka, one name", 7000, kafka_one_name, kafka_read, kafka_drop },
        { "Kafka, content types", 7000, kafka_types, kafka_read, kafka_drop },
    };

    expect_no_square(rows, COUNT(rows));
}

/* --- MQTT --- */

static MQTTLenString text_of(const char *text)
{
    return (MQTTLenString){ (int)strlen(text), strdup(text) };
}

static void *mqtt_properties(const char *name, unsigned count)
{
    MQTTAsync_message *m = calloc(1, sizeof *m);

    REQUIRE(m != NULL);
    m->properties.array = calloc(count + 1, sizeof *m->properties.array);
    REQUIRE(m->properties.array != NULL);
    for (unsigned i = 0; i <= count; i++) {
        MQTTProperty *p = &m->properties.array[m->properties.count++];
        char text[32];

        snprintf(text, sizeof text, "%s%u", name, i);
        p->identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
        p->value.data = text_of(i ? text : "specversion");
        p->value.value = text_of("1.0");
    }
    return m;
}

static void *mqtt_attributes(unsigned count)
{
    return mqtt_properties("a", count);
}

static void *mqtt_foreign(unsigned count)
{
    return mqtt_properties("x-", count);
}

static void *mqtt_one_name(unsigned count)
{
    MQTTAsync_message *m = mqtt_properties("x-", count);

    for (unsigned i = 2; i <= count; i++) {
        MQTTLenString *name = &m->properties.array[i].value.data;

        free(name->data);
        *name = text_of(i % 2 ? "one" : "tracestate");
    }
    return m;
}

static void mqtt_read(void *message)
{
    static const ce_mqtt_dialect five = { .version = CE_MQTT_5,
                                          .prefixed = true,
                                          .max_attributes = 65535 };
    ce_arena *arena = ce_arena_new();
    ce_message out;
    ce_attrs metadata;
    const char *defect;

    REQUIRE_OK(
        ce_mqtt_decode(message, &five, arena, &out, &metadata, &defect, NULL));
    ce_arena_free(arena);
}

static void mqtt_drop(void *message)
{
    MQTTAsync_message *m = message;

    for (int i = 0; i < m->properties.count; i++) {
        free(m->properties.array[i].value.data.data);
        free(m->properties.array[i].value.value.data);
    }
    free(m->properties.array);
    free(m);
}

static void properties_of_mqtt_cost_no_square(void)
{
    static const cost rows[] = {
        { "MQTT, attributes", 6000, mqtt_attributes, mqtt_read, mqtt_drop },
        { "MQTT, foreign", 6000, mqtt_foreign, mqtt_read, mqtt_drop },
        { "MQTT, one name", 6000, mqtt_one_name, mqtt_read, mqtt_drop },
    };

    expect_no_square(rows, COUNT(rows));
}

/* --- HTTP --- */

#define REQUIRED "ce-specversion\nce-id\nce-source\nce-type\n"

/* Names, one a line, all with the value "1.0". */
static void http_read(void *names)
{
    ce_slice text = ce_buf_slice(names);
    ce_http_reader r = { .arena = ce_arena_new(),
                         .lenient = true,
                         .names = CE_NAMES_LOWER };
    ce_message m;
    ce_defect defect;
    ce_event e;

    while (text.len) {
        size_t len =
            (size_t)((char *)memchr(text.ptr, '\n', text.len) - text.ptr);

        ce_http_read_header(&r, (ce_slice){ text.ptr, len }, CE_SLICE("1.0"));
        text = ce_slice_skip(text, len + 1);
    }
    REQUIRE_OK(ce_http_read_message(&r, CE_SLICE("{}"), &m, &defect));
    if (!defect.reason && ce_message_decode(&m, r.arena, &e, NULL) == CE_OK)
        EXPECT(ce_event_text(&e, "id").ptr != NULL);
    ce_arena_free(r.arena);
}

static void headers_of_http_cost_no_square(void)
{
    static const text_cost rows[] = {
        { "HTTP, attributes", 7000, http_read, REQUIRED, "ce-a%u\n", "" },
        { "HTTP, content types", 7000, http_read, REQUIRED,
          "content-type\nce-datacontenttype\n", "" },
        { "HTTP, one name", 7000, http_read, REQUIRED, "Ce-One-Name\n", "" },
    };

    expect_no_square_of_texts(rows, COUNT(rows));
}

/* --- answers --- */

#define STATUS "HTTP/1.1 200 OK\r\n"

static void on_begin(void *arg)
{
    (void)arg;
}

static void on_field(void *arg, ce_slice name, ce_slice value)
{
    (void)arg;
    (void)name;
    (void)value;
}

static bool on_body(void *arg, ce_slice piece)
{
    (void)arg;
    (void)piece;
    return true;
}

/* Byte by byte, as a slow server sends it. */
static void answer_read(void *text)
{
    static const ce_http_response_ops ops = { on_begin, on_field, on_body };
    ce_slice in = ce_buf_slice(text);
    ce_http_response r = { .ops = NULL };

    ce_http_response_begin(&r, &ops, NULL);
    for (size_t i = 0; i < in.len && !ce_http_response_is_over(&r); i++)
        ce_http_response_take(&r, (ce_slice){ in.ptr + i, 1 });
    ce_http_response_close(&r);
    ce_http_response_free(&r);
}

static void answers_of_http_cost_no_square(void)
{
    static const text_cost rows[] = {
        { "answer, fields", 2000, answer_read, STATUS, "a%u: b\r\n", "\r\n" },
        { "answer, one line", 6000, answer_read, STATUS "a: ", "b",
          "\r\n\r\n" },
        { "answer, chunks", 2000, answer_read,
          STATUS "transfer-encoding: chunked\r\n\r\n", "1;a=b\r\nx\r\n",
          "0\r\n\r\n" },
        { "answer, interim", 2000, answer_read, "",
          "HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n", "" },
    };

    expect_no_square_of_texts(rows, COUNT(rows));
}

TESTS("cost/bindings", TEST(headers_of_kafka_cost_no_square),
      TEST(properties_of_mqtt_cost_no_square),
      TEST(headers_of_http_cost_no_square),
      TEST(answers_of_http_cost_no_square))
