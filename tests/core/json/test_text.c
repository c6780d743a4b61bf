/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings as texts and back, and JSON Pointer (RFC 6901). */
#include "tests/support/ce_test.h"

#include "core/json/scan.h"

static ce_arena *arena;

static void close_all(void)
{
    ce_arena_free(arena);
    arena = NULL;
}

static void strings_lose_their_escapes(void)
{
    static const struct {
        const char *raw, *text; /* NULL: half a pair */
    } rows[] = {
        { "\"\"", "" },
        { "\"plain\"", "plain" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\"a\\u0041z\"", "aAz" },
        { "\"\\u00FC\\u20ac\"", "\xc3\xbc\xe2\x82\xac" },
        { "\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!" },
        { "\"\\ud83d\"", NULL },
        { "\"\\ud83d\\n12345\"", NULL },
        { "\"\\ud83d\\u0041\"", NULL },
        { "\"\\ude00\"", NULL },
    };

    arena = ce_arena_new();
    REQUIRE(arena != NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice out;
        ce_error err;
        ce_status status =
            ce_json_unescape(ce_slice_of(rows[i].raw), arena, &out, &err);

        EXPECT_EQ_ROW(rows[i].raw, status, rows[i].text ? CE_OK : CE_ESYNTAX);
        if (rows[i].text)
            EXPECT_TEXT(out, rows[i].text);
    }
}

static void texts_get_the_escapes_that_they_need(void)
{
    static const struct {
        const char *name;
        ce_slice text;
        const char *raw;
    } rows[] = {
        { "empty", CE_SLICE(""), "\"\"" },
        { "short names", CE_SLICE("\"\\\b\f\n\r\t"),
          "\"\\\"\\\\\\b\\f\\n\\r\\t\"" },
        { "controls", CE_SLICE("\0a\x1f"), "\"\\u0000a\\u001f\"" },
        { "all else as it is", CE_SLICE("/\x7f\xc3\xbc"), "\"/\x7f\xc3\xbc\"" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_buf out = { 0 };

        EXPECT_EQ_ROW(rows[i].name, ce_json_escape(rows[i].text, &out), CE_OK);
        EXPECT_TEXT(ce_buf_slice(&out), rows[i].raw);
        ce_buf_free(&out);
    }
}

static void line_breaks_go_and_strings_stay(void)
{
    ce_buf out = { 0 };

    EXPECT_EQ(ce_json_compact(CE_SLICE("{\r\n \"a\": \"b\\nc\"\n}"), &out),
              CE_OK);
    EXPECT_TEXT(ce_buf_slice(&out), "{ \"a\": \"b\\nc\"}");
    ce_buf_free(&out);
}

static void pointers_find_what_they_name(void)
{
    static const char json[] = "{\"a\":[10,{\"b\":\"x\"}],\"\":0,"
                               "\"c/d\":1,\"e~f\":2,\"\\u0067\":3}";
    static const struct {
        const char *pointer, *found; /* NULL: nothing */
    } rows[] = {
        { "", json },          { "/a/0", "10" },
        { "/a/1/b", "\"x\"" }, { "/", "0" },
        { "/c~1d", "1" },      { "/e~0f", "2" },
        { "/g", "3" },         { "/a/2", NULL },
        { "/a/-", NULL },      { "/a/01", NULL },
        { "/a/", NULL },       { "/z", NULL },
        { "/a/0/b", NULL },    { "a", NULL },
        { "/e~2f", NULL },     { "/a/9999999999", NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice out;
        ce_status status =
            ce_json_pointer(CE_SLICE(json), ce_slice_of(rows[i].pointer), &out);

        EXPECT_EQ_ROW(rows[i].pointer, status,
                      rows[i].found ? CE_OK : CE_ENOENT);
        if (rows[i].found)
            EXPECT_TEXT(out, rows[i].found);
    }
}

TESTS_CLOSED_BY(close_all, "text", TEST(strings_lose_their_escapes),
                TEST(texts_get_the_escapes_that_they_need),
                TEST(line_breaks_go_and_strings_stay),
                TEST(pointers_find_what_they_name))
