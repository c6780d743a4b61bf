/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON event format and the JSON batch format. */
#include "tests/support/ce_test.h"

static ce_arena *arena;
static ce_event e;
static ce_error err;

#define REQUIRED                                                               \
    "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\""
#define EVENT(members) "{" REQUIRED members "}"

static ce_status decode(const char *text)
{
    ce_arena_reset(arena);
    err = (ce_error){ 0 };
    return ce_format_json.decode(ce_slice_of(text), arena, &e, &err);
}

/* The event in E, written anew. */
static void expect_encoded(const char *text)
{
    ce_buf out = { NULL, 0, 0 };

    REQUIRE_OK(ce_format_json.encode(&e, &out));
    EXPECT_TEXT(ce_buf_slice(&out), text);
    ce_buf_free(&out);
}

static void open(void)
{
    arena = ce_arena_new();
    REQUIRE(arena != NULL);
}

static void close(void)
{
    ce_arena_free(arena);
}

/* JSON-01 JSON-03 JSON-04 CORE-11 CORE-28 CORE-30 */
static void attributes_are_members(void)
{
    open();
    REQUIRE_OK(decode(EVENT(",\"ext\":\"x\",\"n\":-5,\"yes\":true,\"no\":false,"
                            "\"time\":\"2024-05-01T00:00:00.10+02:00\"")));
    EXPECT_EQ(e.attrs.len, 9);
    EXPECT_TEXT(ce_event_text(&e, "ext"), "x");
    EXPECT_TEXT(ce_event_text(&e, "n"), "-5");
    EXPECT_TEXT(ce_event_text(&e, "yes"), "true");
    EXPECT_TEXT(ce_event_text(&e, "time"), "2024-05-01T00:00:00.10+02:00");
    EXPECT_EQ(ce_event_get(&e, "ext")->type, CE_STRING);
    EXPECT_EQ(ce_event_get(&e, "n")->type, CE_INTEGER);
    EXPECT_EQ(ce_event_get(&e, "no")->type, CE_BOOLEAN);
    EXPECT_EQ(ce_event_get(&e, "time")->type, CE_TIMESTAMP);
    EXPECT_EQ(e.data_kind, CE_DATA_NONE);
    EXPECT(!e.data.ptr);
    close();
}

static void valid_events_are_accepted(void)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        { "JSON-06 null core attribute", EVENT(",\"subject\":null") },
        { "JSON-06 null extension", EVENT(",\"ext\":null") },
        { "JSON-12 any order", "{\"data\":1,\"type\":\"t\",\"id\":\"1\","
                               "\"source\":\"/s\",\"specversion\":\"1.0\"}" },
        { "JSON-13 a text that looks like a number", EVENT(",\"n\":\"5\"") },
        { "JSON-14 an escaped name",
          "{\"specversion\":\"1.0\",\"\\u0069d\":"
          "\"1\",\"source\":\"/s\",\"type\":\"t\"}" },
        { "JSON-17 byte order mark", "\xef\xbb\xbf" EVENT("") },
        { "white space around", " \r\n" EVENT("") "\n " },
        { "JSON-46 null data_base64", EVENT(",\"data_base64\":null") },
        { "JSON-45 null beside data", EVENT(",\"data_base64\":null,"
                                            "\"data\":1") },
        { "JSON-45 null beside Base64", EVENT(",\"data\":null,"
                                              "\"data_base64\":\"\"") },
        { "JSON-27 anything as data", EVENT(",\"data\":[null]") },
        { "CORE-53 empty extension", EVENT(",\"ext\":\"\"") },
        { "JSON-05 least integer", EVENT(",\"n\":-2147483648") },
        { "JSON-14 a pair", EVENT(",\"ext\":\"\\uD800\\uDEAD\"") },
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_OK_ROW(rows[i].name, decode(rows[i].text));
        EXPECT_OK_ROW(rows[i].name, ce_event_check(&e, &err));
    }
    close();
}

static const struct {
    const char *name, *text, *word;
} invalid_bodies[] = {
    { "JSON-05 fraction", EVENT(",\"n\":1.5"), "\"n\"" },
    { "JSON-05 fraction of zero", EVENT(",\"n\":1.0"), "1.0" },
    { "JSON-05 exponent", EVENT(",\"n\":1e2"), "\"n\"" },
    { "JSON-05 too large", EVENT(",\"n\":2147483648"), "32-bit" },
    { "JSON-08 object", EVENT(",\"ext\":{\"a\":1}"), "\"ext\"" },
    { "JSON-08 array", EVENT(",\"ext\":[]"), "\"ext\"" },
    { "JSON-09 numeric id",
      "{\"specversion\":\"1.0\",\"id\":1,"
      "\"source\":\"/s\",\"type\":\"t\"}",
      "\"id\"" },
    { "JSON-09 boolean subject", EVENT(",\"subject\":true"), "subject" },
    { "JSON-10 twice", EVENT(",\"ext\":\"a\",\"ext\":\"a\""), "ext" },
    { "JSON-10 twice in disguise", EVENT(",\"e\":\"a\",\"\\u0065\":\"a\""),
      "more than once" },
    { "JSON-10 null and text", EVENT(",\"ext\":null,\"ext\":\"a\""),
      "more than once" },
    { "JSON-10 text and null", EVENT(",\"id\":null"), "more than once" },
    { "JSON-10 null twice", EVENT(",\"ext\":null,\"ext\":null"), "once" },
    { "JSON-10 data twice", EVENT(",\"data\":1,\"data\":1"), "data" },
    { "JSON-10 Base64 twice",
      EVENT(",\"data_base64\":\"\","
            "\"data_base64\":\"\""),
      "data_base64" },
    { "JSON-11 empty name", EVENT(",\"\":\"x\""), "name" },
    { "JSON-11 empty name, null", EVENT(",\"\":null"), "name" },
    { "CORE-05 upper case", EVENT(",\"MyExt\":\"x\""), "MyExt" },
    { "CORE-05 underscore", EVENT(",\"my_ext\":null"), "my_ext" },
    { "JSON-14 half a pair", EVENT(",\"ext\":\"\\uDEAD\""), "ext" },
    { "JSON-14 control character", EVENT(",\"ext\":\"a\\u0000b\""), "ext" },
    { "JSON-14 noncharacter", EVENT(",\"ext\":\"\\uffff\""), "ext" },
    { "JSON-15 text behind", EVENT("") "x", "JSON" },
    { "JSON-15 an array", "[]", "object" },
    { "JSON-15 nothing", "", "JSON" },
    { "JSON-15 invalid UTF-8", EVENT(",\"data\":\"\xff\""), "UTF-8" },
    { "JSON-40 no Base64", EVENT(",\"data_base64\":\"%%%\""), "Base64" },
    { "JSON-40 number as Base64", EVENT(",\"data_base64\":5"), "string" },
    { "JSON-45 both", EVENT(",\"data\":1,\"data_base64\":\"\""), "data" },
    { "JSON-43 no string",
      EVENT(",\"datacontenttype\":\"text/plain\","
            "\"data\":{}"),
      "text/plain" },
    { "JSON-14 half a pair in a text",
      EVENT(",\"datacontenttype\":\"text/plain\",\"data\":\"\\ud800\""),
      "data" },
    { "CORE-40 no id",
      "{\"specversion\":\"1.0\",\"source\":\"/s\","
      "\"type\":\"t\"}",
      "\"id\"" },
    { "CORE-40 null id",
      "{\"specversion\":\"1.0\",\"id\":null,"
      "\"source\":\"/s\",\"type\":\"t\"}",
      "\"id\"" },
    { "CORE-52 time", EVENT(",\"time\":\"yesterday\""), "yesterday" },
    { "CORE-46 content type", EVENT(",\"datacontenttype\":\"xyz\""), "xyz" },
};

static void invalid_events_are_refused_with_a_reason(void)
{
    open();
    for (size_t i = 0; i < COUNT(invalid_bodies); i++) {
        EXPECT_CMP_ROW(invalid_bodies[i].name, decode(invalid_bodies[i].text),
                       !=, CE_OK);
        EXPECT_CONTAINS_ROW(invalid_bodies[i].name, err.text,
                            invalid_bodies[i].word);
    }
    close();
}

static void data_keeps_its_bytes(void)
{
    static const struct {
        const char *name, *members;
        ce_data_kind kind;
        const char *data;
    } rows[] = {
        { "JSON-31 numbers", ",\"data\":{\"a\":1.50, \"b\":1e400}",
          CE_DATA_JSON, "{\"a\":1.50, \"b\":1e400}" },
        { "JSON-31 forty digits",
          ",\"data\":1234567890123456789012345678901234567890", CE_DATA_JSON,
          "1234567890123456789012345678901234567890" },
        { "JSON-14 escapes stay", ",\"data\":\"\\u00e4\\ud800\"", CE_DATA_JSON,
          "\"\\u00e4\\ud800\"" },
        { "JSON-41 a string stays one",
          ",\"datacontenttype\":\"a/b+JSON\",\"data\":\"{}\"", CE_DATA_JSON,
          "\"{}\"" },
        { "JSON-47 null is JSON", ",\"data\":null", CE_DATA_JSON, "null" },
        { "JSON-47 null is JSON by type",
          ",\"data\":null,\"datacontenttype\":\"text/json\"", CE_DATA_JSON,
          "null" },
        { "JSON-47 null is no text",
          ",\"data\":null,\"datacontenttype\":\"text/plain\"", CE_DATA_NONE,
          NULL },
        { "JSON-43 text",
          ",\"datacontenttype\":\"text/plain\",\"data\":\"a\\n"
          "\\u0000\\ud83d\\ude00\"",
          CE_DATA_TEXT, "a\n" },
        { "JSON-43 empty text",
          ",\"datacontenttype\":\"text/plain\",\"data\":\"\"", CE_DATA_TEXT,
          "" },
        { "JSON-40 bytes", ",\"data_base64\":\"//79\"", CE_DATA_BYTES,
          "\xff\xfe\xfd" },
        { "JSON-40 escaped Base64", ",\"data_base64\":\"\\/\\/79\"",
          CE_DATA_BYTES, "\xff\xfe\xfd" },
        { "JSON-40 no bytes", ",\"data_base64\":\"\"", CE_DATA_BYTES, "" },
        { "CORE-55 no data", "", CE_DATA_NONE, NULL },
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[400];

        snprintf(text, sizeof text, "{%s%s}", REQUIRED, rows[i].members);
        EXPECT_OK_ROW(rows[i].name, decode(text));
        EXPECT_EQ_ROW(rows[i].name, e.data_kind, rows[i].kind);
        EXPECT_ROW(rows[i].name, !e.data.ptr == !rows[i].data);
        if (rows[i].data && e.data.ptr && e.data.len == strlen(rows[i].data))
            EXPECT_TEXT(e.data, rows[i].data);
    }
    close();
}

static void a_text_may_hold_nul(void)
{
    open();
    REQUIRE_OK(decode(EVENT(",\"datacontenttype\":\"text/plain\",\"data\":"
                            "\"a\\u0000b\"")));
    EXPECT_TEXT(e.data, CE_SLICE("a\0b"));
    close();
}

/* JSON-03 JSON-04 JSON-21 JSON-24 JSON-25 JSON-26 JSON-31 CORE-48 EXT-18 */
static void what_is_read_is_written_again(void)
{
    static const char *const rows[] = {
        EVENT(""),
        EVENT(",\"ext\":\"x\",\"n\":-5,\"yes\":true"),
        EVENT(",\"datacontenttype\":\"application/json\",\"data\":{ \"a\" : "
              "1.50 }"),
        EVENT(",\"datacontenttype\":\"application/json\",\"data\":\"I'm\""),
        EVENT(
            ",\"datacontenttype\":\"text/xml\",\"data\":\"<a b=\\\"c\\\"/>\""),
        EVENT(",\"data_base64\":\"//79\""),
        EVENT(",\"data_base64\":\"YQ==\""),
        EVENT(",\"datacontenttype\":\"a/b\",\"data_base64\":\"/w==\""),
        EVENT(",\"datacontenttype\":\"application/json\""),
        EVENT(",\"dssematerial\":\"x\",\"data\":{}"),
    };

    open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_OK_ROW(rows[i], decode(rows[i]));
        expect_encoded(rows[i]);
    }
    close();
}

/* JSON-23 JSON-42 CORE-49 */
static void an_implied_content_type_is_written(void)
{
    open();
    REQUIRE_OK(decode(EVENT(",\"data\":1")));
    EXPECT_EQ(ce_event_get(&e, "datacontenttype"), NULL);
    expect_encoded(
        EVENT(",\"datacontenttype\":\"application/json\",\"data\":1"));
    close();
}

/* CORE-14 JSON-06 JSON-07 */
static void minus_zero_and_nulls_are_not_written(void)
{
    open();
    REQUIRE_OK(decode(EVENT(",\"n\":-0,\"ext\":null")));
    expect_encoded(EVENT(",\"n\":0"));
    close();
}

static void bytes_are_written_as_their_type_allows(void)
{
    static const struct {
        const char *name, *type;
        ce_slice data;
        const char *member;
    } rows[] = {
        { "JSON-28 JSON", "application/json", CE_SLICE("{\"a\":1.50}"),
          "\"data\":{\"a\":1.50}" },
        { "JSON-28 no valid JSON", "application/json", CE_SLICE("{a"),
          "\"data_base64\":\"e2E=\"" },
        { "JSON-28 empty", "application/json", CE_SLICE(""),
          "\"data_base64\":\"\"" },
        { "JSON-28 two texts", "a/b+json", CE_SLICE("1 2"),
          "\"data_base64\":\"MSAy\"" },
        { "JSON-29 text", "text/plain", CE_SLICE("a\"b\n"),
          "\"data\":\"a\\\"b\\n\"" },
        { "JSON-29 UTF-8", "text/plain; charset=UTF-8", CE_SLICE("\xc3\xa4"),
          "\"data\":\"\xc3\xa4\"" },
        { "JSON-29 XML", "application/xml", CE_SLICE("<a/>"),
          "\"data\":\"<a/>\"" },
        { "JSON-29 another charset", "text/plain; charset=iso-8859-1",
          CE_SLICE("a"), "\"data_base64\":\"YQ==\"" },
        { "JSON-29 no UTF-8", "text/plain", CE_SLICE("\xe4"),
          "\"data_base64\":\"5A==\"" },
        { "JSON-20 bytes", "application/octet-stream", CE_SLICE("a"),
          "\"data_base64\":\"YQ==\"" },
        { "JSON-30 JSON-21 no type", NULL, CE_SLICE("a"),
          "{\"specversion\":\"1.0\",\"data_base64\":\"YQ==\"}" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_event *one = ce_event_blank();
        ce_buf out = { NULL, 0, 0 };

        REQUIRE(one != NULL);
        REQUIRE_OK(ce_event_set_data(one, ce_slice_of(rows[i].type),
                                     rows[i].data, &err));
        REQUIRE_OK(ce_format_json.encode(one, &out));
        EXPECT_ROW(rows[i].name, memmem(out.ptr, out.len, rows[i].member,
                                        strlen(rows[i].member)) != NULL);
        ce_buf_free(&out);
        ce_event_free(one);
    }
}

static void thousands_of_members_do_not_stall(void)
{
    enum { MANY = 50000 };
    char *text = malloc(MANY * 20 + 200);
    size_t len = (size_t)sprintf(text, "{" REQUIRED);

    for (int i = 0; i < MANY; i++)
        len +=
            (size_t)sprintf(text + len, ",\"x%d\":%s", i, i % 2 ? "null" : "1");
    sprintf(text + len, "}");
    open();
    EXPECT_OK(decode(text));
    EXPECT_EQ(e.attrs.len, 4 + MANY / 2);
    close();
    free(text);
}

/* SDK-06 */
static void formats_are_found_by_media_type(void)
{
    static const struct {
        const char *name, *type;
        bool known;
    } rows[] = {
        { "JSON-02", "application/cloudevents+json", true },
        { "HTTP-04 parameter", "application/cloudevents+json; charset=UTF-8",
          true },
        { "CORE-47 case", "Application/CloudEvents+JSON;CharSet=\"utf-8\"",
          true },
        { "JSON-16 charset", "application/cloudevents+json; charset=utf-16",
          false },
        { "HTTP-06 no suffix", "application/cloudevents", false },
        { "HTTP-05 unknown", "application/cloudevents+cbor", false },
        { "a batch is not one event", "application/cloudevents-batch+json",
          false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(
            rows[i].name,
            (ce_format_find(ce_slice_of(rows[i].type)) == &ce_format_json),
            rows[i].known);
    EXPECT_EQ(ce_format_find_batch(
                  CE_SLICE("application/CloudEvents-batch+json;a=b")),
              &ce_format_json);
    EXPECT(!ce_format_find_batch(CE_SLICE("application/cloudevents+json")));
    EXPECT_EQ(ce_format_named(CE_SLICE("json")), &ce_format_json);
    EXPECT_EQ(ce_format_named(CE_SLICE("none")), NULL);
    EXPECT_EQ(ce_format_find(ce_slice_of(NULL)), NULL);
}

static void a_text_without_type_is_no_json(void)
{
    open();
    REQUIRE_OK(decode(EVENT("")));
    e.data = CE_SLICE("1");
    e.data_kind = CE_DATA_TEXT;
    expect_encoded(EVENT(",\"data_base64\":\"MQ==\""));
    close();
}

/* JSON-25 */
static void a_type_that_was_changed_decides(void)
{
    open();
    REQUIRE_OK(decode(EVENT(",\"datacontenttype\":\"a/json\",\"data\":[1]")));
    e.attrs.at[4].text = CE_SLICE("a/b");
    expect_encoded(EVENT(",\"datacontenttype\":\"a/b\",\"data\":\"[1]\""));
    close();
}

TESTS("format_json", TEST(attributes_are_members),
      TEST(valid_events_are_accepted),
      TEST(invalid_events_are_refused_with_a_reason),
      TEST(data_keeps_its_bytes), TEST(a_text_may_hold_nul),
      TEST(what_is_read_is_written_again),
      TEST(an_implied_content_type_is_written),
      TEST(minus_zero_and_nulls_are_not_written),
      TEST(bytes_are_written_as_their_type_allows),
      TEST(thousands_of_members_do_not_stall),
      TEST(formats_are_found_by_media_type),
      TEST(a_text_without_type_is_no_json),
      TEST(a_type_that_was_changed_decides))
