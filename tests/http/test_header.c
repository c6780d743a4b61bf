/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute values as HTTP headers carry them. */
#include "tests/support/ce_test.h"
#include "bindings/http/header.h"

static ce_arena *arena;

static void values_are_encoded_exactly(void)
{
    static const struct {
        const char *name, *text, *header;
    } rows[] = {
        { "HTTP-40 plain", "abc", "abc" },
        { "HTTP-40 blank", "a b", "a%20b" },
        { "HTTP-40 quote", "\"", "%22" },
        { "HTTP-40 percent", "100%", "100%25" },
        { "HTTP-40 exclamation mark", "!", "!" },
        { "HTTP-40 tilde", "~", "~" },
        { "HTTP-41 U+007F", "\x7f", "%7F" },
        { "HTTP-41 line break", "a\r\nb", "a%0D%0Ab" },
        { "HTTP-42 two bytes", "\xc3\xa4", "%C3%A4" },
        { "HTTP-44 example", "Euro \xe2\x82\xac \xf0\x9f\x98\x80",
          "Euro%20%E2%82%AC%20%F0%9F%98%80" },
        { "HTTP-45 other characters", "a/b?c=d&e;f,(g)[h]{i}|~^'\\+",
          "a/b?c=d&e;f,(g)[h]{i}|~^'\\+" },
        { "HTTP-43 once", "%41", "%2541" },
        { "empty", "", "" },
    };

    arena = ce_arena_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice text = ce_slice_of(rows[i].text), out;
        ce_slice back;

        EXPECT_OK_ROW(rows[i].name, ce_header_encode(text, arena, &out));
        EXPECT_TEXT(out, rows[i].header);
        EXPECT_OK_ROW(rows[i].name, ce_header_decode(out, arena, &back, NULL));
        EXPECT_TEXT(back, rows[i].text);
    }
    ce_arena_free(arena);
}

static void nothing_is_copied_when_nothing_changes(void)
{
    ce_slice text = CE_SLICE("plain"), out;

    arena = ce_arena_new();
    EXPECT_OK(ce_header_encode(text, arena, &out));
    EXPECT_EQ(out.ptr, text.ptr);
    EXPECT_OK(ce_header_decode(text, arena, &out, NULL));
    EXPECT_EQ(out.ptr, text.ptr);
    EXPECT_EQ(ce_arena_used(arena), 0);
    ce_arena_free(arena);
}

static void values_are_decoded_with_tolerance(void)
{
    static const struct {
        const char *name, *header, *text;
    } rows[] = {
        { "HTTP-46 blanks around", " \t a \t", "a" },
        { "HTTP-46 quoted", "\"a b\"", "a b" },
        { "HTTP-46 escapes in quotes", "\"a\\\"b\\\\c\"", "a\"b\\c" },
        { "HTTP-46 percent in quotes", "\"a%20b\"", "a b" },
        { "HTTP-46 escaped percent", "\"\\%41\"", "A" },
        { "HTTP-46 comments are text", "a (b)", "a (b)" },
        { "HTTP-47 lower case", "%c3%a4", "\xc3\xa4" },
        { "HTTP-47 needlessly encoded", "%30%31", "01" },
        { "HTTP-49 one round", "%2541", "%41" },
        { "HTTP-50 quotes within", "a\"b c\"d", "ab cd" },
        { "HTTP-50 backslash outside quotes", "a\\b", "a\\b" },
        { "HTTP-50 empty quotes", "\"\"", "" },
        { "HTTP-52 raw UTF-8", "\xc3\xa4", "\xc3\xa4" },
        { "HTTP-45 plus is a plus", "a+b", "a+b" },
        { "HTTP-53 control characters are decoded", "a%0Ab", "a\nb" },
    };

    arena = ce_arena_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice out;

        EXPECT_OK_ROW(
            rows[i].name,
            ce_header_decode(ce_slice_of(rows[i].header), arena, &out, NULL));
        EXPECT_TEXT(out, rows[i].text);
    }
    ce_arena_free(arena);
}

static void what_is_no_text_is_refused(void)
{
    static const struct {
        const char *name, *header;
    } rows[] = {
        { "HTTP-48 overlong", "%C0%A0" },
        { "HTTP-48 cut", "%E2%82" },
        { "HTTP-48 a tail alone", "%82" },
        { "HTTP-48 a surrogate", "%ED%A0%80" },
        { "HTTP-48 a surrogate pair", "%ED%A0%BD%ED%B8%80" },
        { "HTTP-48 beyond Unicode", "%F5%80%80%80" },
        { "HTTP-50 open quote", "\"a" },
        { "HTTP-50 open quote within", "a\"" },
        { "HTTP-50 backslash at the end", "\"a\\" },
        { "HTTP-51 percent at the end", "100%" },
        { "HTTP-51 one digit", "%4" },
        { "HTTP-51 no digits", "%zz" },
        { "HTTP-51 one digit of two", "%4g" },
        { "HTTP-52 raw Latin-1", "\xe4" },
    };

    arena = ce_arena_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { 0 };
        ce_slice out;

        EXPECT_STATUS_ROW(
            rows[i].name,
            ce_header_decode(ce_slice_of(rows[i].header), arena, &out, &err),
            CE_ESYNTAX);
        EXPECT_CMP_ROW(rows[i].name, err.text[0], !=, '\0');
    }
    ce_arena_free(arena);
}

TESTS("header", TEST(values_are_encoded_exactly),
      TEST(nothing_is_copied_when_nothing_changes),
      TEST(values_are_decoded_with_tolerance), TEST(what_is_no_text_is_refused))
