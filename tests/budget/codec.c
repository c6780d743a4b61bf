/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of HTTP, Kafka and JSON to an event, and back. */
#include "bindings/http/http.h"
#include "bindings/http/response.h"
#include "bindings/kafka/codec.h"
#include "tests/budget/budget.h"

static ce_arena *arena;
static ce_message message;
static ce_event event;
static ce_buf scratch;

static void open_codec(void)
{
    arena = ce_arena_new();
    MUST(arena);
    message = budget_message();
    MUST(ce_message_decode(&message, arena, &event, NULL) == CE_OK);
}

static void close_codec(void)
{
    ce_arena_free(arena);
    ce_buf_free(&scratch);
}

static void decode(ce_arena *a, const ce_message *m)
{
    ce_event e;

    MUST(ce_message_decode(m, a, &e, NULL) == CE_OK);
    MUST(e.attrs.len == BUDGET_ATTRIBUTES + 1);
}

/* --- HTTP --- */

static const ce_attr foreign[] = {
    { { "Host", 4 }, { "127.0.0.1:8080", 14 }, CE_STRING },
    { { "User-Agent", 10 }, { "curl/7.88.1", 11 }, CE_STRING },
    { { "Accept", 6 }, { "*/*", 3 }, CE_STRING },
    { { "Content-Length", 14 }, { "240", 3 }, CE_STRING },
};
static char names[BUDGET_ATTRIBUTES][32];

static void open_http(void)
{
    open_codec();
    for (unsigned i = 0; i < BUDGET_ATTRIBUTES; i++)
        snprintf(names[i], sizeof names[i], "ce-%s",
                 budget_attributes[i].name.ptr);
}

static void read_http(unsigned number)
{
    ce_arena *a = ce_arena_new();
    ce_http_reader r = { .arena = a };
    ce_message m;
    ce_defect defect;

    (void)number;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        ce_http_read_header(&r, foreign[i].name, foreign[i].text);
    ce_http_read_header(&r, CE_SLICE("Content-Type"), budget_content_type);
    for (unsigned i = 0; i < BUDGET_ATTRIBUTES; i++)
        ce_http_read_header(&r, ce_slice_of(names[i]),
                            budget_attributes[i].text);
    MUST(ce_http_read_message(&r, budget_data, &m, &defect) == CE_OK);
    decode(a, &m);
    ce_arena_free(a);
}

static ce_status take_header(void *arg, const char *name, const char *value)
{
    unsigned *count = arg;

    *count += name && value;
    return CE_OK;
}

static void write_http(unsigned number)
{
    ce_arena *a = ce_arena_new();
    unsigned count = 0;

    (void)number;
    MUST(ce_http_write_headers(&message, a, take_header, &count) == CE_OK);
    MUST(count == BUDGET_ATTRIBUTES + 1);
    ce_arena_free(a);
}

static bool take_body(void *arg, ce_slice piece)
{
    (void)arg;
    return piece.len > 0;
}

static void read_answer(unsigned number)
{
    static const ce_http_response_ops ops = { .body = take_body };
    static const char text[] = "HTTP/1.1 202 Accepted\r\n"
                               "Date: Wed, 01 May 2024 12:34:56 GMT\r\n"
                               "Server: example\r\n"
                               "Content-Type: application/json\r\n"
                               "Content-Length: 15\r\n\r\n{\"status\":\"ok\"}";
    ce_http_response r = { .ops = NULL };

    (void)number;
    ce_http_response_begin(&r, &ops, NULL);
    ce_http_response_take(&r, CE_SLICE(text));
    MUST(r.part == CE_HTTP_COMPLETE && r.status == 202 && r.keeps);
    ce_http_response_free(&r);
}

/* --- Kafka --- */

static rd_kafka_headers_t *headers;

static void open_kafka(void)
{
    open_codec();
    MUST(ce_kafka_encode(&message, &scratch, &headers) == CE_OK);
}

static void close_kafka(void)
{
    rd_kafka_headers_destroy(headers);
    close_codec();
}

static void read_kafka(unsigned number)
{
    ce_delivery d = { .message = { .body = budget_data },
                      .arena = ce_arena_new() };

    (void)number;
    MUST(ce_kafka_decode(&d, headers, &ce_kafka_exact, NULL) == CE_OK);
    decode(d.arena, &d.message);
    ce_arena_free(d.arena);
}

static void write_kafka(unsigned number)
{
    rd_kafka_headers_t *made;

    (void)number;
    MUST(ce_kafka_encode(&message, &scratch, &made) == CE_OK);
    MUST(rd_kafka_header_cnt(made) == BUDGET_ATTRIBUTES + 1);
    rd_kafka_headers_destroy(made);
}

/* --- JSON --- */

static ce_buf text;

static void open_json(void)
{
    open_codec();
    MUST(ce_format_json.encode(&event, &text) == CE_OK);
}

static void close_json(void)
{
    ce_buf_free(&text);
    close_codec();
}

static void read_json(unsigned number)
{
    ce_arena *a = ce_arena_new();
    ce_event e;

    (void)number;
    MUST(ce_format_json.decode(ce_buf_slice(&text), a, &e, NULL) == CE_OK);
    MUST(e.data_kind == CE_DATA_JSON && e.data.len == budget_data.len);
    ce_arena_free(a);
}

static void write_json(unsigned number)
{
    (void)number;
    ce_buf_clear(&scratch);
    MUST(ce_format_json.encode(&event, &scratch) == CE_OK);
    MUST(scratch.len == text.len);
}

const budget codec_budgets[] = {
    { "http/read", open_http, read_http, close_codec },
    { "http/write", open_codec, write_http, close_codec },
    { "http/answer", open_codec, read_answer, close_codec },
    { "kafka/read", open_kafka, read_kafka, close_kafka },
    { "kafka/write", open_kafka, write_kafka, close_kafka },
    { "json/read", open_json, read_json, close_json },
    { "json/write", open_json, write_json, close_json },
    { NULL, NULL, NULL, NULL },
};
