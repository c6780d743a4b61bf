/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: one value has one text. */
#include "tests/support/ce_test.h"
#include "core/base/base64.h"

static const struct {
    const char *bytes, *text;
} pairs[] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
    { "\xff\xfe\xfd", "//79" },
    { "\xfb\xef\xbe", "++++" },
};

static void bytes_are_written_without_line_breaks(void)
{
    for (size_t i = 0; i < COUNT(pairs); i++) {
        ce_buf out = { NULL, 0, 0 };

        EXPECT_OK(ce_buf_append(&out, CE_SLICE("<")));
        EXPECT_OK(ce_base64_encode(ce_slice_of(pairs[i].bytes), &out));
        EXPECT_TEXT(ce_slice_skip(ce_buf_slice(&out), 1), pairs[i].text);
        ce_buf_free(&out);
    }
}

static void texts_are_read(void)
{
    ce_arena *arena = ce_arena_new();

    for (size_t i = 0; i < COUNT(pairs); i++) {
        ce_slice out;

        EXPECT_OK(ce_base64_decode(ce_slice_of(pairs[i].text), arena, &out));
        EXPECT(out.ptr != NULL);
        EXPECT_TEXT(out, pairs[i].bytes);
        EXPECT(ce_base64_is_valid(ce_slice_of(pairs[i].text)));
    }
    ce_arena_free(arena);
}

static void anything_else_is_refused(void)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        { "CORE-19 no padding", "Zg" },
        { "CORE-19 half the padding", "Zg=" },
        { "CORE-19 one letter", "x" },
        { "CORE-19 only padding", "====" },
        { "CORE-19 three pads", "Z===" },
        { "CORE-19 padding first", "==TQ" },
        { "CORE-19 padding within", "Zg==Zg==" },
        { "CORE-19 a letter behind a pad", "Zg=g" },
        { "CORE-19 trailing bits", "TWFU=" },
        { "CORE-19 trailing bits of one byte", "Zh==" },
        { "CORE-19 trailing bits of two bytes", "Zm9=" },
        { "CORE-19 URL alphabet", "__79" },
        { "CORE-19 white space", "Zm 9v" },
        { "CORE-19 a line break", "Zm9v\n" },
        { "CORE-19 a line break within", "Zm9\nZm9v" },
        { "CORE-18 a byte that is no letter", "Zm\xc3\xa9" },
        { "CORE-18 a percent sign", "%%%%" },
    };
    ce_arena *arena = ce_arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice text = ce_slice_of(rows[i].text), out;

        EXPECT_STATUS_ROW(rows[i].name, ce_base64_decode(text, arena, &out),
                          CE_ESYNTAX);
        EXPECT_ROW(rows[i].name, !ce_base64_is_valid(text));
    }
    ce_arena_free(arena);
}

static void every_byte_comes_back(void)
{
    ce_arena *arena = ce_arena_new();
    char bytes[259];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        ce_buf text = { NULL, 0, 0 };
        ce_slice out;

        REQUIRE_OK(ce_base64_encode((ce_slice){ bytes, len }, &text));
        EXPECT_EQ(text.len, (len + 2) / 3 * 4);
        EXPECT_OK(ce_base64_decode(ce_buf_slice(&text), arena, &out));
        EXPECT_TEXT(out, ((ce_slice){ bytes, len }));
        ce_buf_free(&text);
    }
    ce_arena_free(arena);
}

TESTS("base64", TEST(bytes_are_written_without_line_breaks),
      TEST(texts_are_read), TEST(anything_else_is_refused),
      TEST(every_byte_comes_back))
