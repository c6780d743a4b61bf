/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 of RFC 3629. Rows stand at both sides of every border. */
#include "tests/support/ce_test.h"

#include "core/base/utf8.h"

static void characters_are_read_and_written(void)
{
    static const struct {
        const char *bytes;
        uint32_t character;
    } rows[] = {
        { "A", 'A' },
        { "\x7f", 0x7f },
        { "\xc2\x80", 0x80 },
        { "\xdf\xbf", 0x7ff },
        { "\xe0\xa0\x80", 0x800 },
        { "\xed\x9f\xbf", 0xd7ff },
        { "\xee\x80\x80", 0xe000 },
        { "\xef\xbf\xbf", 0xffff },
        { "\xf0\x90\x80\x80", 0x10000 },
        { "\xf4\x8f\xbf\xbf", 0x10ffff },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *p = rows[i].bytes;
        size_t len = strlen(p);
        char out[4];
        uint32_t c = 0;

        EXPECT_EQ(ce_utf8_decode(p, p + len, &c), len);
        EXPECT_EQ(c, rows[i].character);
        EXPECT_EQ(ce_utf8_encode(c, out), len);
        EXPECT(!memcmp(out, p, len));
    }
}

static void faulty_bytes_are_refused(void)
{
    static const struct {
        const char *name, *bytes;
    } rows[] = {
        { "a byte that only continues", "\x80" },
        { "overlong in two bytes", "\xc1\xbf" },
        { "overlong in three bytes", "\xe0\x9f\xbf" },
        { "overlong in four bytes", "\xf0\x8f\xbf\xbf" },
        { "the first surrogate", "\xed\xa0\x80" },
        { "the last surrogate", "\xed\xbf\xbf" },
        { "above the last character", "\xf4\x90\x80\x80" },
        { "a byte that never stands in UTF-8", "\xff" },
        { "cut off after one of two", "\xc3" },
        { "cut off after two of three", "\xe2\x82" },
        { "cut off after three of four", "\xf0\x9f\x98" },
        { "a letter where it has to continue", "\xc3\x28" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *p = rows[i].bytes;
        char text[40];
        uint32_t c;

        EXPECT_EQ_ROW(rows[i].name, ce_utf8_decode(p, p + strlen(p), &c), 0u);
        EXPECT_ROW(rows[i].name, !ce_utf8_is_valid(ce_slice_of(p)));
        /* Validity looks at eight bytes at once; the fault is behind them. */
        snprintf(text, sizeof text, "twelve bytes%s", p);
        EXPECT_ROW(rows[i].name, !ce_utf8_is_valid(ce_slice_of(text)));
    }
}

static void whole_texts_are_valid(void)
{
    EXPECT(ce_utf8_is_valid(CE_SLICE("")));
    EXPECT(ce_utf8_is_valid(CE_SLICE("a\0b")));
    EXPECT(ce_utf8_is_valid(CE_SLICE("12345678gr\xc3\xbc\xc3\x9f")));
}

TESTS("utf8", TEST(characters_are_read_and_written),
      TEST(faulty_bytes_are_refused), TEST(whole_texts_are_valid))
