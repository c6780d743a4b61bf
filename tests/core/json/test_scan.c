/* SPDX-License-Identifier: Apache-2.0 */
/* What is JSON, where its pieces lie, and that their text stays. */
#include "tests/support/ce_test.h"
#include "core/json/scan.h"

typedef struct row {
    const char *name;
    ce_slice text;
} row;

#define ROW(name, text)                                                        \
    {                                                                          \
        name,                                                                  \
        {                                                                      \
            text, sizeof(text) - 1                                             \
        }                                                                      \
    }

/* In memory of its own size, so that a read beyond the end is noticed; after
 * N bytes of white space, so that every alignment and tail occurs. */
static bool is_valid(ce_slice text, size_t n)
{
    char *copy = malloc(n + text.len + 1);
    bool valid;

    REQUIRE(copy != NULL);
    copy = realloc(copy, n + text.len + (n + text.len == 0));
    memset(copy, ' ', n);
    memcpy(copy + n, text.ptr, text.len);
    valid = ce_json_is_valid((ce_slice){ copy, n + text.len });
    free(copy);
    return valid;
}

static void valid_texts_are_accepted(void)
{
    static const row rows[] = {
        ROW("JSON-15 object", "{}"),
        ROW("array", "[]"),
        ROW("string", "\"\""),
        ROW("words", "[true,false,null]"),
        ROW("JSON-31 numbers", "[0,-0,1.50,-1e400,1E+2,1e-2,10.0]"),
        ROW("JSON-31 forty digits", "1234567890123456789012345678901234567890"),
        ROW("white space", " \t\r\n{ \"a\" : [ 1 , 2 ] } \n"),
        ROW("nested", "{\"a\":{\"b\":[[],{},[{\"c\":[]}]]},\"d\":1}"),
        ROW("JSON-14 escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D"
                               "\\uDE00\""),
        ROW("JSON-14 half a pair is data", "\"\\ud800\""),
        ROW("JSON-15 UTF-8", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""),
        ROW("noncharacters are data", "\"\xef\xbf\xbf\""),
        ROW("U+007F is data", "\"\x7f\""),
        ROW("an empty name", "{\"\":1}"),
        ROW("a long string", "\"0123456789abcdef0123456789abcdef\\n"
                             "0123456789abcdef\xc3\xa4\""),
        ROW("spaces", "[1,                                      2]"),
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t n = 0; n < 20; n++)
            EXPECT_ROW(rows[i].name, is_valid(rows[i].text, n));
}

static const row invalid_texts[] = {
    ROW("nothing", ""),
    ROW("white space only", " \n"),
    ROW("JSON-15 text behind", "{}x"),
    ROW("JSON-15 two values", "1 2"),
    ROW("NUL behind", "{}\0"),
    ROW("open object", "{"),
    ROW("open array", "[1"),
    ROW("name only", "{\"a\""),
    ROW("colon only", "{\"a\":"),
    ROW("no colon", "{\"a\" 1}"),
    ROW("no comma", "{\"a\":1 \"b\":2}"),
    ROW("comma at the end of an object", "{\"a\":1,}"),
    ROW("comma at the end of an array", "[1,]"),
    ROW("comma first", "[,1]"),
    ROW("two commas", "[1,,2]"),
    ROW("wrong bracket", "[1}"),
    ROW("wrong brace", "{\"a\":1]"),
    ROW("wrong bracket within", "{\"a\":[1}}"),
    ROW("closing bracket only", "]"),
    ROW("no name", "{1:2}"),
    ROW("single quotes", "{'a':1}"),
    ROW("leading zero", "01"),
    ROW("leading zeros within", "[-00]"),
    ROW("plus", "+1"),
    ROW("point first", ".5"),
    ROW("point last", "1."),
    ROW("point and exponent", "1.e5"),
    ROW("exponent without digits", "1e"),
    ROW("exponent with a sign only", "1e+"),
    ROW("minus only", "-"),
    ROW("hexadecimal", "0x10"),
    ROW("NaN", "NaN"),
    ROW("Infinity", "-Infinity"),
    ROW("cut word", "tru"),
    ROW("longer word", "truex"),
    ROW("upper case", "True"),
    ROW("open string", "\"a"),
    ROW("string that ends in a backslash", "\"a\\"),
    ROW("escaped end", "\"a\\\""),
    ROW("unknown escape", "\"\\x41\""),
    ROW("escaped NUL", "\"\\\0\""),
    ROW("short \\u", "\"\\u12\""),
    ROW("\\u with a letter", "\"\\u12g4\""),
    ROW("line break in a string", "\"a\nb\""),
    ROW("tab in a string", "\"a\tb\""),
    ROW("NUL in a string", "\"a\0b\""),
    ROW("control character behind 16 bytes", "\"0123456789abcdef\x1f\""),
    ROW("JSON-15 Latin-1", "\"\xe4\""),
    ROW("JSON-15 overlong", "\"\xc0\xaf\""),
    ROW("JSON-15 surrogate", "\"\xed\xa0\x80\""),
    ROW("JSON-15 cut character", "\"\xe2\x82\""),
    ROW("JSON-15 beyond Unicode", "\"\xf4\x90\x80\x80\""),
    ROW("a comment", "[1/**/]"),
    ROW("form feed", "[1\f]"),
    ROW("no-break space", "[\xc2\xa0]"),
    ROW("byte order mark in data", "\xef\xbb\xbf{}"),
};

static void invalid_texts_are_refused(void)
{
    for (size_t i = 0; i < COUNT(invalid_texts); i++)
        for (size_t n = 0; n < 20; n++)
            EXPECT_ROW(invalid_texts[i].name,
                       !is_valid(invalid_texts[i].text, n));
}

static void every_cut_of_a_text_is_refused(void)
{
    static const char text[] = "{\"a\":[1.5e3,true,null,\"\\u00e4\xc3\xa4\",{\""
                               "b\":{}}],\"0123456789abcdefghij\":\"x\"}";

    for (size_t len = 0; len < sizeof text - 1; len++)
        EXPECT(!is_valid((ce_slice){ text, len }, 0));
    EXPECT(is_valid(ce_slice_of(text), 0));
}

static void depth_is_bounded_without_recursion(void)
{
    enum { DEEP = 1000000 };
    char *text = malloc(DEEP);

    REQUIRE(text != NULL);
    memset(text, '[', DEEP / 2);
    memset(text + DEEP / 2, ']', DEEP / 2);
    EXPECT(!ce_json_is_valid((ce_slice){ text, DEEP }));
    EXPECT(ce_json_is_valid((ce_slice){ text + DEEP / 2 - 1024, 2048 }));
    EXPECT(!ce_json_is_valid((ce_slice){ text + DEEP / 2 - 1025, 2050 }));
    free(text);
}

static void objects_and_arrays_of_any_mix_close_in_order(void)
{
    char text[2000];
    size_t len = 0;

    for (int i = 0; i < 200; i++)
        len += (size_t)sprintf(text + len, i % 3 ? "[" : "{\"k\":");
    text[len++] = '1';
    for (int i = 200; i-- > 0;)
        text[len++] = i % 3 ? ']' : '}';
    EXPECT(ce_json_is_valid((ce_slice){ text, len }));
    for (size_t i = len - 200; i < len; i++) {
        text[i] = (char)(text[i] == ']' ? '}' : ']');
        EXPECT(!ce_json_is_valid((ce_slice){ text, len }));
        text[i] = (char)(text[i] == ']' ? '}' : ']');
    }
}

static void members_come_as_slices(void)
{
    ce_slice text =
        CE_SLICE("\xef\xbb\xbf { \"a\" : 1.50 , \"b\":[ {} ],\"c\":\"x\" } ");
    ce_json_reader r = ce_json_read(text);
    static const char *const raw[] = { "1.50", "[ {} ]", "\"x\"" };
    static const char *const names[] = { "\"a\"", "\"b\"", "\"c\"" };
    bool more = false;

    EXPECT_OK(ce_json_enter(&r, '{', NULL));
    for (unsigned i = 0; i < 3; i++) {
        ce_json_value v;
        ce_slice name;

        EXPECT_OK(ce_json_more(&r, '}', i == 0, &more, NULL));
        EXPECT(more);
        REQUIRE_OK(ce_json_name(&r, &name, NULL));
        EXPECT_TEXT(name, names[i]);
        REQUIRE_OK(ce_json_value_next(&r, &v, NULL));
        EXPECT_TEXT(v.raw, raw[i]);
    }
    EXPECT_OK(ce_json_more(&r, '}', false, &more, NULL));
    EXPECT(!more);
    EXPECT_OK(ce_json_end(&r, NULL));
}

static void errors_name_the_place(void)
{
    ce_json_reader r = ce_json_read(CE_SLICE("[1, x]"));
    ce_json_value v;
    ce_error err;

    EXPECT_STATUS(ce_json_value_next(&r, &v, &err), CE_ESYNTAX);
    EXPECT_TEXT(ce_slice_of(err.text),
                "no valid JSON at byte 4: a value is expected");
}

static void strings_are_unescaped(void)
{
    static const struct {
        const char *raw, *text;
    } rows[] = {
        { "\"\"", "" },
        { "\"plain\"", "plain" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\"a\\u00e4b\"", "a\xc3\xa4"
                           "b" },
        { "\"\\u20AC\\u20ac\"", "\xe2\x82\xac\xe2\x82\xac" },
        { "\"\\uD800\\uDEAD\"", "\xf0\x90\x8a\xad" },
        { "\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf" },
        { "\"\xc3\xa4\\n\xc3\xa4\"", "\xc3\xa4\n\xc3\xa4" },
    };
    ce_arena *arena = ce_arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice out;

        EXPECT_OK(
            ce_json_unescape(ce_slice_of(rows[i].raw), arena, &out, NULL));
        EXPECT_TEXT(out, rows[i].text);
    }
    ce_arena_free(arena);
}

static void half_a_surrogate_pair_is_no_text(void)
{
    static const char *const rows[] = {
        "\"\\uDEAD\"",        "\"\\uD800\"",         "\"\\uD800x\"",
        "\"\\uD800\\n\"",     "\"\\uD800\\u0041\"",  "\"\\uD800\\uD800\"",
        "\"\\uDC00\\uD800\"", "\"\\uD800\\\\DC00\"",
    };
    ce_arena *arena = ce_arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice out;

        EXPECT_ROW(rows[i], ce_json_is_valid(ce_slice_of(rows[i])));
        EXPECT_STATUS_ROW(
            rows[i], ce_json_unescape(ce_slice_of(rows[i]), arena, &out, NULL),
            CE_ESYNTAX);
    }
    ce_arena_free(arena);
}

static void every_text_is_escaped_and_comes_back(void)
{
    ce_arena *arena = ce_arena_new();
    char text[300];

    for (size_t len = 0; len <= 256; len++) {
        ce_buf out = { NULL, 0, 0 };
        ce_slice back;

        for (size_t i = 0; i < len; i++)
            text[i] = (char)((i * 5 + len) & 0x7f);
        REQUIRE_OK(ce_json_escape((ce_slice){ text, len }, &out));
        EXPECT(ce_json_is_valid(ce_buf_slice(&out)));
        EXPECT_OK(ce_json_unescape(ce_buf_slice(&out), arena, &back, NULL));
        EXPECT_TEXT(back, ((ce_slice){ text, len }));
        ce_buf_free(&out);
    }
    ce_arena_free(arena);
}

static void only_what_must_be_is_escaped(void)
{
    ce_buf out = { NULL, 0, 0 };

    EXPECT_OK(ce_json_escape(CE_SLICE("/\x7f\xc3\xa4\"\\\n\x01\x1f"), &out));
    EXPECT_TEXT(ce_buf_slice(&out),
                "\"/\x7f\xc3\xa4\\\"\\\\\\n\\u0001\\u001f\"");
    ce_buf_free(&out);
}

static void compact_json_loses_its_line_breaks_only(void)
{
    static const struct {
        const char *json, *line;
    } rows[] = {
        { "{\"a\":1}", "{\"a\":1}" },
        { "{\r\n  \"a\": 1.50,\n\t\"b\": \"x\\ny  z\"\n}\n",
          "{  \"a\": 1.50,\t\"b\": \"x\\ny  z\"}" },
        { "\n\n1e400\r", "1e400" },
        { "\xef\xbb\xbf\n{}", "{}" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_buf out = { NULL, 0, 0 };

        EXPECT_OK(ce_json_compact(ce_slice_of(rows[i].json), &out));
        EXPECT_TEXT(ce_buf_slice(&out), rows[i].line);
        ce_buf_free(&out);
    }
}

static void pointers_find_the_text_of_a_value(void)
{
    static const char json[] =
        " {\"temp\":21.50,\"list\":[10,{\"x\":\"y\"}, [ ]],\"\":0,\"a/b\":1,"
        "\"m~n\":2,\"\\u0061\\n\":3,\"~1\":4,\"0\":5,\"null\":null}";
    static const struct {
        const char *pointer, *found;
    } rows[] = {
        { "/temp", "21.50" },
        { "/list/0", "10" },
        { "/list/1/x", "\"y\"" },
        { "/list/2", "[ ]" },
        { "/", "0" },
        { "/a~1b", "1" },
        { "/m~0n", "2" },
        { "/a\n", "3" },
        { "/~01", "4" },
        { "/0", "5" },
        { "/null", "null" },
        { "/list", "[10,{\"x\":\"y\"}, [ ]]" },
        { "/none", NULL },
        { "/list/3", NULL },
        { "/list/-", NULL },
        { "/list/00", NULL },
        { "/list/x", NULL },
        { "/temp/x", NULL },
        { "temp", NULL },
        { "/list/", NULL },
        { "/m~2n", NULL },
        { "/list/99999999999999999999", NULL },
        { "/temp/", NULL },
        { "/tem", NULL },
        { "/tempo", NULL },
        { "/list/1/x/", NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice out;
        ce_status status = ce_json_pointer(ce_slice_of(json),
                                           ce_slice_of(rows[i].pointer), &out);

        EXPECT_STATUS_ROW(rows[i].pointer, status,
                          (rows[i].found ? CE_OK : CE_ENOENT));
        if (status == CE_OK && rows[i].found)
            EXPECT_TEXT(out, rows[i].found);
    }
}

static void the_empty_pointer_is_the_whole_text(void)
{
    ce_slice out;

    EXPECT_OK(ce_json_pointer(CE_SLICE("[1]"), CE_SLICE(""), &out));
    EXPECT_TEXT(out, "[1]");
}

TESTS("json_scan", TEST(valid_texts_are_accepted),
      TEST(invalid_texts_are_refused), TEST(every_cut_of_a_text_is_refused),
      TEST(depth_is_bounded_without_recursion),
      TEST(objects_and_arrays_of_any_mix_close_in_order),
      TEST(members_come_as_slices), TEST(errors_name_the_place),
      TEST(strings_are_unescaped), TEST(half_a_surrogate_pair_is_no_text),
      TEST(every_text_is_escaped_and_comes_back),
      TEST(only_what_must_be_is_escaped),
      TEST(compact_json_loses_its_line_breaks_only),
      TEST(pointers_find_the_text_of_a_value),
      TEST(the_empty_pointer_is_the_whole_text))
