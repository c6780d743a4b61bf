/* SPDX-License-Identifier: Apache-2.0 */
/* The sets, byte by byte, as the specifications list them; and spans whose
 * ends lie anywhere among the eight bytes that are looked at together. */
#include "tests/support/ce_test.h"

#include "core/base/chars.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_in(ce_chars set, char c)
{
    return ce_chars_span((ce_slice){ &c, 1 }, set) == 1;
}

static void sets_hold_what_the_specifications_list(void)
{
    static const struct {
        const char *name;
        ce_chars set;
        const char *all;
    } rows[] = {
        { "name", CE_CHARS_NAME, LOWER DIGITS },
        { "uri", CE_CHARS_URI, LOWER UPPER DIGITS "-._~:/?[]@!$&'()*+,;=" },
        { "token", CE_CHARS_TOKEN, LOWER UPPER DIGITS "!#$%&'*+-.^_`{|}~" },
        { "field", CE_CHARS_FIELD, LOWER UPPER DIGITS "!#$%&'*+-.^_`|~" },
        { "plain", CE_CHARS_PLAIN,
          LOWER UPPER DIGITS "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~" },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int c = 0; c < 256; c++)
            EXPECT_EQ_ROW(rows[i].name, is_in(rows[i].set, (char)c),
                          c != 0 && strchr(rows[i].all, c) != NULL);
}

static void a_value_holds_all_but_control_characters(void)
{
    for (int c = 0; c < 256; c++)
        EXPECT_EQ(is_in(CE_CHARS_VALUE, (char)c),
                  c == '\t' || (c >= ' ' && c != 0x7f));
}

static void a_span_ends_at_the_first_other_byte(void)
{
    char text[40];

    for (size_t len = 0; len < sizeof text; len++)
        for (size_t at = 0; at <= len; at++) {
            memset(text, 'a', sizeof text);
            text[at] = '%';
            EXPECT_EQ(ce_chars_span((ce_slice){ text, len }, CE_CHARS_NAME),
                      at);
            EXPECT_EQ(ce_chars_are((ce_slice){ text, len }, CE_CHARS_NAME),
                      at == len);
        }
}

TESTS("chars", TEST(sets_hold_what_the_specifications_list),
      TEST(a_value_holds_all_but_control_characters),
      TEST(a_span_ends_at_the_first_other_byte))
