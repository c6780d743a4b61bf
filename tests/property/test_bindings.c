/* SPDX-License-Identifier: Apache-2.0 */
/* 10,000 random events through the codecs of the bindings, binary and
 * structured in every format: zero attributes and zero bytes change. */
#include "bindings/http/http.h"
#include "bindings/kafka/codec.h"
#include "bindings/mqtt/codec.h"
#include "tests/support/ce_test.h"
#include "tests/support/random_event.h"

enum { EVENTS = 10000, SEED = 20240502 };

static ce_arena *arena;

/* What comes back of M; *OUT lives in ARENA or in memory of the binding that
 * stays until the next call. */
typedef void round_fn(const ce_message *m, ce_message *out);

static bool same_attrs(const ce_attrs *a, const ce_attrs *b)
{
    for (unsigned i = 0; i < a->len; i++) {
        const ce_attr *x = ce_attrs_find(b, a->at[i].name);

        if (!x || !ce_slice_eq(x->text, a->at[i].text))
            return false;
    }
    return a->len == b->len;
}

static bool same_slice(ce_slice a, ce_slice b)
{
    return !a.ptr == !b.ptr && ce_slice_eq(a, b);
}

static bool is_same(const ce_message *a, const ce_message *b, bool tells_empty)
{
    return a->mode == b->mode && a->format == b->format &&
           same_slice(a->content_type, b->content_type) &&
           ce_slice_eq(a->body, b->body) &&
           (!tells_empty || !a->body.ptr == !b->body.ptr) &&
           same_attrs(&a->attrs, &b->attrs);
}

/* --- HTTP --- */

static ce_status keep_header(void *arg, const char *name, const char *value)
{
    if (value)
        ce_http_read_header(arg, ce_slice_of(name), ce_slice_of(value));
    return CE_OK;
}

static void over_http(const ce_message *m, ce_message *out)
{
    ce_http_reader reader = { .arena = arena };
    ce_defect defect;

    REQUIRE_OK(ce_http_write_headers(m, arena, keep_header, &reader));
    REQUIRE_OK(ce_http_read_message(&reader, m->body, out, &defect));
    EXPECT_STR(defect.reason, NULL);
}

/* --- Kafka --- */

static ce_buf scratch;
static rd_kafka_headers_t *headers;

static void over_kafka(const ce_message *m, ce_message *out)
{
    ce_delivery d = { .arena = arena };

    if (headers)
        rd_kafka_headers_destroy(headers);
    headers = NULL;
    REQUIRE_OK(ce_kafka_encode(m, &scratch, &headers));
    d.message.body = m->body;
    REQUIRE_OK(ce_kafka_decode(&d, headers, &ce_kafka_exact, NULL));
    EXPECT_STR(d.defect.reason, NULL);
    *out = d.message;
}

/* --- MQTT --- */

static const ce_mqtt_dialect five = { .version = CE_MQTT_5 },
                             prefixed = { .version = CE_MQTT_5,
                                          .prefixed = true };

static void over_mqtt_as(const ce_mqtt_dialect *dialect, const ce_message *m,
                         ce_message *out)
{
    ce_mqtt_publish p;
    MQTTAsync_message message = MQTTAsync_message_initializer;
    ce_attrs metadata = { NULL, 0, 0 };
    const char *defect;
    ce_error err;

    REQUIRE_OK(ce_mqtt_encode(m, dialect, arena, &p, &err));
    message.payload = (char *)(uintptr_t)p.payload.ptr;
    message.payloadlen = (int)p.payload.len;
    message.properties = p.properties;
    REQUIRE_OK(ce_mqtt_decode(&message, dialect, arena, out, &metadata, &defect,
                              NULL));
    EXPECT(!defect);
    EXPECT_EQ(metadata.len, 0);
}

static void over_mqtt(const ce_message *m, ce_message *out)
{
    over_mqtt_as(&five, m, out);
}

static void over_prefixed_mqtt(const ce_message *m, ce_message *out)
{
    over_mqtt_as(&prefixed, m, out);
}

/* --- all --- */

static void send_in_all_modes(const ce_event *e, round_fn *go, bool tells)
{
    ce_message m, got;

    REQUIRE_OK(ce_message_encode(e, CE_MODE_BINARY, NULL, arena, &m));
    go(&m, &got);
    REQUIRE(is_same(&m, &got, tells));
    for (unsigned i = 0; ce_format_at(i); i++) {
        const ce_format *f = ce_format_at(i);

        if (f->check && f->check(e, NULL) != CE_OK)
            continue;
        REQUIRE_OK(ce_message_encode(e, CE_MODE_STRUCTURED, f, arena, &m));
        go(&m, &got);
        REQUIRE(is_same(&m, &got, true));
    }
}

static void send_all(round_fn *go, bool tells_empty)
{
    random_source r = { SEED };

    for (unsigned i = 0; i < EVENTS; i++) {
        ce_event *e = random_event(&r);

        REQUIRE(e != NULL);
        send_in_all_modes(e, go, tells_empty);
        ce_event_free(e);
        ce_arena_reset(arena);
    }
}

/* HTTP-20, HTTP-21, HTTP-24, HTTP-40, HTTP-46, HTTP-60. */
static void every_event_survives_http(void)
{
    send_all(over_http, false);
}

static void every_event_survives_kafka(void)
{
    send_all(over_kafka, true);
}

static void every_event_survives_mqtt(void)
{
    send_all(over_mqtt, false);
}

static void every_event_survives_mqtt_with_prefixes(void)
{
    send_all(over_prefixed_mqtt, false);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        TEST(every_event_survives_http), TEST(every_event_survives_kafka),
        TEST(every_event_survives_mqtt),
        TEST(every_event_survives_mqtt_with_prefixes), CU_TEST_INFO_NULL
    };
    int result;

    arena = ce_arena_new();
    result = ce_test_main("bindings", tests);
    if (headers)
        rd_kafka_headers_destroy(headers);
    ce_buf_free(&scratch);
    ce_arena_free(arena);
    return result;
}
