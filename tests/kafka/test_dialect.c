/* SPDX-License-Identifier: Apache-2.0 */
/* What a Kafka source reads only where its options allow it. */
#include <string.h>

#include "bindings/kafka/codec.h"
#include "tests/support/ce_test.h"

typedef struct header {
    const char *name, *value;
} header;

#define EVENT                                                                  \
    { "ce_specversion", "1.0" }, { "ce_id", "1" }, { "ce_type", "t" },         \
    {                                                                          \
        "ce_source", "/s"                                                      \
    }

enum { EXACT, PREFIXED, QUOTED, LOWER, DROP };

static const ce_kafka_dialect dialects[] = {
    [EXACT] = { .max_attributes = 256 },
    [PREFIXED] = { .max_attributes = 256, .prefixed = true },
    [QUOTED] = { .max_attributes = 256, .quoted = true },
    [LOWER] = { .max_attributes = 256, .names = CE_NAMES_LOWER },
    [DROP] = { .max_attributes = 256, .names = CE_NAMES_DROP },
};

static const struct {
    const char *name;
    int dialect;
    header from[8];
    ce_mode mode;
    const char *attribute, *text; /* no TEXT: it is not there */
    bool tolerated;
} rows[] = {
    { "a dash is no prefix",
      EXACT,
      { { "ce-specversion", "1.0" }, { "ce-id", "1" } },
      CE_MODE_NONE,
      "id",
      NULL,
      false },
    { "a dash is one on demand",
      PREFIXED,
      { { "ce-specversion", "1.0" }, { "ce-id", "1" } },
      CE_MODE_BINARY,
      "id",
      "1",
      true },
    { "what is exact is not counted",
      PREFIXED,
      { EVENT },
      CE_MODE_BINARY,
      "id",
      "1",
      false },
    { "one attribute in both spellings",
      PREFIXED,
      { EVENT, { "ce-id", "2" } },
      CE_MODE_NONE,
      NULL,
      NULL,
      true },
    { "quotes are part of a value",
      EXACT,
      { EVENT, { "ce_note", "\"x\"" } },
      CE_MODE_BINARY,
      "note",
      "\"x\"",
      false },
    { "quotes go on demand",
      QUOTED,
      { { "ce_specversion", "\"1.0\"" },
        { "ce_note", "\"a \\\"b\\\" \\u00e4\"" } },
      CE_MODE_BINARY,
      "note",
      "a \"b\" \303\244",
      true },
    { "what is no JSON string stays",
      QUOTED,
      { EVENT, { "ce_note", "\"x" } },
      CE_MODE_BINARY,
      "note",
      "\"x",
      false },
    { "half a surrogate pair stays",
      QUOTED,
      { EVENT, { "ce_note", "\"\\ud800\"" } },
      CE_MODE_BINARY,
      "note",
      "\"\\ud800\"",
      false },
    { "a quoted content type",
      QUOTED,
      { { "content-type", "\"application/cloudevents+json\"" } },
      CE_MODE_STRUCTURED,
      NULL,
      NULL,
      true },
    { "an illegal name stays for the check to find",
      EXACT,
      { EVENT, { "ce_My_Attr", "x" } },
      CE_MODE_BINARY,
      "My_Attr",
      "x",
      false },
    { "an illegal name in letters and digits",
      LOWER,
      { EVENT, { "ce_My-Attr_2", "x" } },
      CE_MODE_BINARY,
      "myattr2",
      "x",
      true },
    { "a name of nothing that is allowed",
      LOWER,
      { EVENT, { "ce__-", "x" } },
      CE_MODE_BINARY,
      "",
      NULL,
      true },
    { "two that become one",
      LOWER,
      { EVENT, { "ce_a_b", "x" }, { "ce_ab", "y" } },
      CE_MODE_NONE,
      NULL,
      NULL,
      true },
    { "an illegal name is left out",
      DROP,
      { EVENT, { "ce_My_Attr", "x" } },
      CE_MODE_BINARY,
      "myattr",
      NULL,
      true },
};

static void a_record_is_read_as_its_options_say(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_delivery d = { .arena = ce_arena_new() };
        rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
        ce_kafka_notes notes;
        const ce_attr *a;

        for (const header *h = rows[i].from; h->name; h++)
            rd_kafka_header_add(headers, h->name, -1, h->value, -1);
        REQUIRE_OK(
            ce_kafka_decode(&d, headers, &dialects[rows[i].dialect], &notes));
        EXPECT_EQ_ROW(rows[i].name, d.message.mode, rows[i].mode);
        EXPECT_EQ_ROW(rows[i].name, notes.tolerated, rows[i].tolerated);
        a = rows[i].attribute ? ce_attrs_find(&d.message.attrs,
                                              ce_slice_of(rows[i].attribute))
                              : NULL;
        EXPECT_ROW(rows[i].name, !a == !rows[i].text);
        if (a && rows[i].text)
            EXPECT_ROW(rows[i].name,
                       ce_slice_eq(a->text, ce_slice_of(rows[i].text)));
        rd_kafka_headers_destroy(headers);
        ce_arena_free(d.arena);
    }
}

TESTS("dialect", TEST(a_record_is_read_as_its_options_say))
