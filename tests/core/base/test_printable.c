/* SPDX-License-Identifier: Apache-2.0 */
/* What peers write does not move the cursor of a terminal. */
#include "core/base/printable.h"

#include "tests/support/ce_test.h"

static void harmful_characters_go(void)
{
    static const char turned[] = { 'a', '\xE2', '\x80', '\xAE', 'b', '\0' };
    static const struct {
        const char *name, *text, *shown;
    } rows[] = {
        { "plain", "a b", "a b" },
        { "letters of others", "\xC3\xA4 \xE2\x82\xAC",
          "\xC3\xA4 \xE2\x82\xAC" },
        { "an escape sequence", "a\x1B[2Jb", "a [2Jb" },
        { "lines", "a\r\nb\x7F", "a  b " },
        { "C1",
          "a\xC2\x9B"
          "2Jb",
          "a 2Jb" },
        { "a line separator",
          "a\xE2\x80\xA8"
          "b",
          "a b" },
        { "right to left", turned, "a b" },
        { "no UTF-8", "a\xFF\xC3", "a??" },
        { "empty", "", "" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[40];

        snprintf(text, sizeof text, "%s", rows[i].text);
        ce_printable(text);
        EXPECT_ROW(rows[i].name, !strcmp(text, rows[i].shown));
    }
}

static void a_text_may_keep_its_lines(void)
{
    ce_buf out = { NULL, 0, 0 };

    REQUIRE_OK(
        ce_printable_add((ce_slice){ "a\n\tb\r\0\x1B\xFFz", 9 }, "\n\t", &out));
    EXPECT_TEXT(ce_buf_slice(&out), "a\n\tb   ?z");
    ce_buf_free(&out);
}

static void json_means_the_same(void)
{
    static const char turned[] = { '"', '\xE2', '\x80', '\xAE', '"', '\0' };
    static const struct {
        const char *text, *shown;
    } rows[] = {
        { "{ \"a\":\n\t1.50 }", "{ \"a\":\n\t1.50 }" },
        { "\"\xC3\xA4\\u001b\"", "\"\xC3\xA4\\u001b\"" },
        { "\"\xC2\x9B\x7F\"", "\"\\u009b\\u007f\"" },
        { turned, "\"\\u202e\"" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_buf out = { NULL, 0, 0 };

        REQUIRE_OK(ce_printable_json(ce_slice_of(rows[i].text), &out));
        EXPECT_ROW(rows[i].text,
                   ce_slice_eq(ce_buf_slice(&out), ce_slice_of(rows[i].shown)));
        ce_buf_free(&out);
    }
}

TESTS("printable", TEST(harmful_characters_go), TEST(a_text_may_keep_its_lines),
      TEST(json_means_the_same))
