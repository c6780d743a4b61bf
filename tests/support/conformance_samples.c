/* SPDX-License-Identifier: Apache-2.0 */
/* Events that are difficult to carry: data of all kinds, and attribute values
 * that headers, properties and JSON write in different ways. */
#include "tests/support/conformance_samples.h"

#include "tests/support/ce_test.h"

#define DATA(text) text, sizeof(text) - 1

const sample samples[] = {
    { "text", "text/plain", DATA("caf\xc3\xa9"), CE_DATA_TEXT, "x" },
    { "JSON", "application/json",
      DATA("{\"price\":1.50,\"n\":12345678901234567890}"), CE_DATA_JSON, "x" },
    { "JSON text", "application/json", DATA("\"text\""), CE_DATA_JSON, "x" },
    { "bytes", "application/octet-stream", DATA("\0\x01\xff\r\n\r\n"),
      CE_DATA_BYTES, "x" },
    { "parameters", "text/plain; charset=utf-8", DATA("a"), CE_DATA_TEXT, "x" },
    { "blanks", "text/plain", DATA("a"), CE_DATA_TEXT, "a b  c" },
    { "blanks at the ends", "text/plain", DATA("a"), CE_DATA_TEXT, " a " },
    { "quotes", "text/plain", DATA("a"), CE_DATA_TEXT, "\"a\" \\ 'b'" },
    { "percent", "text/plain", DATA("a"), CE_DATA_TEXT, "100% %41 %" },
    { "not ASCII", "text/plain", DATA("a"), CE_DATA_TEXT,
      "\xe2\x82\xac \xf0\x9f\x98\x80 \xc3\xa4" },
    { "separators", "text/plain", DATA("a"), CE_DATA_TEXT, "a,b;c=d:e&f?g#h" },
};

const unsigned sample_count = COUNT(samples);

ce_event *sample_event(const sample *s)
{
    ce_event *e = ce_event_blank();
    ce_slice type = ce_slice_of(s->type);

    REQUIRE(e != NULL);
    EXPECT_OK(ce_event_set(e, "id", s->name, NULL));
    EXPECT_OK(ce_event_set(e, "source", "/a/b?c=d%20e", NULL));
    EXPECT_OK(ce_event_set(e, "type", "com.example.t", NULL));
    EXPECT_OK(ce_event_set(e, "subject", s->extension, NULL));
    EXPECT_OK(ce_event_set(e, "time", "2026-01-02T03:04:05.060Z", NULL));
    EXPECT_OK(ce_event_set(e, "x1", s->extension, NULL));
    EXPECT_OK(ce_event_set(e, "empty2", "", NULL));
    EXPECT_OK(ce_event_set_data(e, type, (ce_slice){ s->data, s->len }, NULL));
    e->data_kind = s->kind;
    return e;
}
