/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes and the buffer that grows. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

#include <stdint.h>

static void tells_absent_from_empty(void)
{
    EXPECT_EQ(ce_slice_of(NULL).ptr, NULL);
    EXPECT_EQ(ce_slice_of(NULL).len, 0);
    EXPECT(ce_slice_of("").ptr != NULL);
    EXPECT_EQ(ce_slice_of("").len, 0);
    EXPECT_TEXT(ce_slice_of("abc"), "abc");
}

static void compares_bytes(void)
{
    static const struct {
        const char *name;
        ce_slice a, b;
        bool same, same_nocase;
    } rows[] = {
        { "equal", CE_SLICE("abc"), CE_SLICE("abc"), true, true },
        { "case", CE_SLICE("aBc"), CE_SLICE("AbC"), false, true },
        { "shorter", CE_SLICE("abc"), CE_SLICE("ab"), false, false },
        { "empty", CE_SLICE(""), CE_SLICE(""), true, true },
        { "empty and not", CE_SLICE(""), CE_SLICE("a"), false, false },
        { "behind a NUL", CE_SLICE("a\0b"), CE_SLICE("a\0c"), false, false },
        { "case behind a NUL", CE_SLICE("a\0b"), CE_SLICE("A\0B"), false,
          true },
        { "no letters", CE_SLICE("[{@"), CE_SLICE("{[`"), false, false },
        { "not ASCII", CE_SLICE("\xc3\x84"), CE_SLICE("\xc3\xa4"), false,
          false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_EQ_ROW(rows[i].name, ce_slice_eq(rows[i].a, rows[i].b),
                      rows[i].same);
        EXPECT_EQ_ROW(rows[i].name, ce_slice_eq_nocase(rows[i].a, rows[i].b),
                      rows[i].same_nocase);
        EXPECT_EQ_ROW(rows[i].name, ce_slice_eq_nocase(rows[i].b, rows[i].a),
                      rows[i].same_nocase);
    }
}

static void finds_prefixes(void)
{
    EXPECT(ce_slice_starts(CE_SLICE("ce_id"), CE_SLICE("ce_")));
    EXPECT(!ce_slice_starts(CE_SLICE("CE_id"), CE_SLICE("ce_")));
    EXPECT(ce_slice_starts_nocase(CE_SLICE("CE_id"), CE_SLICE("ce_")));
    EXPECT(!ce_slice_starts(CE_SLICE("ce"), CE_SLICE("ce_")));
    EXPECT(!ce_slice_starts_nocase(CE_SLICE("ce"), CE_SLICE("ce_")));
    EXPECT(ce_slice_starts(CE_SLICE("ce"), CE_SLICE("")));
    EXPECT(ce_slice_starts((ce_slice){ NULL, 0 }, CE_SLICE("")));
    EXPECT(!ce_slice_starts_nocase(CE_SLICE("a\0bc"), CE_SLICE("a\0c")));
}

static void skips_and_trims(void)
{
    EXPECT_TEXT(ce_slice_skip(CE_SLICE("abc"), 1), "bc");
    EXPECT_TEXT(ce_slice_skip(CE_SLICE("abc"), 3), "");
    EXPECT_EQ(ce_slice_skip((ce_slice){ NULL, 0 }, 0).ptr, NULL);
    EXPECT_TEXT(ce_slice_trim(CE_SLICE(" \ta b\t ")), "a b");
    EXPECT_TEXT(ce_slice_trim(CE_SLICE(" \t ")), "");
    EXPECT_TEXT(ce_slice_trim(CE_SLICE("\na\r")), "\na\r");
    EXPECT_EQ(ce_slice_trim((ce_slice){ NULL, 0 }).ptr, NULL);
}

static void grows_and_keeps_what_it_has(void)
{
    ce_buf b = { 0 };

    for (unsigned i = 0; i < 10000; i++)
        REQUIRE_OK(ce_buf_byte(&b, (char)('a' + i % 26)));
    REQUIRE_EQ(b.len, 10000);
    for (unsigned i = 0; i < 10000; i++)
        if (b.ptr[i] != (char)('a' + i % 26))
            REQUIRE(false);
    ce_buf_free(&b);
    EXPECT_EQ(b.ptr, NULL);
    EXPECT_EQ(b.len, 0);
    EXPECT_EQ(b.cap, 0);
}

static void appends_text_of_all_kinds(void)
{
    ce_buf b = { 0 };

    EXPECT_TEXT(ce_buf_slice(&b), "");
    EXPECT_OK(ce_buf_append(&b, (ce_slice){ NULL, 0 }));
    EXPECT_OK(ce_buf_append(&b, CE_SLICE("x=")));
    EXPECT_OK(ce_buf_printf(&b, "%d, %s", 7, "y"));
    EXPECT_OK(ce_buf_printf(&b, "%s", ""));
    EXPECT_TEXT(ce_buf_slice(&b), "x=7, y");
    ce_buf_clear(&b);
    EXPECT_TEXT(ce_buf_slice(&b), "");
    EXPECT_OK(ce_buf_append(&b, CE_SLICE("a\0b")));
    EXPECT_TEXT(ce_buf_slice(&b), CE_SLICE("a\0b"));
    ce_buf_free(&b);
}

static void prints_more_than_it_has_room_for(void)
{
    ce_buf b = { 0 };
    char text[300];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    EXPECT_OK(ce_buf_printf(&b, "<%s>", text));
    EXPECT_EQ(b.len, sizeof text + 1);
    EXPECT_EQ(b.ptr[0], '<');
    EXPECT_EQ(b.ptr[b.len - 1], '>');
    ce_buf_free(&b);
}

static void clearing_keeps_the_memory(void)
{
    ce_buf b = { 0 };
    long calls;

    ce_memory_watch();
    EXPECT_OK(ce_buf_reserve(&b, 1000));
    calls = ce_memory_calls();
    ce_buf_clear(&b);
    for (unsigned i = 0; i < 1000; i++)
        EXPECT_OK(ce_buf_byte(&b, 'x'));
    EXPECT_EQ(ce_memory_calls(), calls);
    ce_buf_free(&b);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

static void out_of_memory_leaves_the_buffer_as_it_was(void)
{
    ce_buf b = { 0 };

    ce_memory_watch();
    REQUIRE_OK(ce_buf_append(&b, CE_SLICE("kept")));
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_buf_reserve(&b, 4096), CE_ENOMEM);
    EXPECT_STATUS(ce_buf_printf(&b, "%4096d", 1), CE_ENOMEM);
    EXPECT_STATUS(ce_buf_reserve(&b, SIZE_MAX), CE_ENOMEM);
    EXPECT_STATUS(ce_buf_reserve(&b, SIZE_MAX / 2), CE_ENOMEM);
    EXPECT_TEXT(ce_buf_slice(&b), "kept");
    ce_memory_heal();
    EXPECT_STATUS(ce_buf_reserve(&b, SIZE_MAX), CE_ENOMEM);
    EXPECT_OK(ce_buf_append(&b, CE_SLICE("!")));
    EXPECT_TEXT(ce_buf_slice(&b), "kept!");
    ce_buf_free(&b);
    ce_memory_unwatch();
}

TESTS("slice", TEST(tells_absent_from_empty), TEST(compares_bytes),
      TEST(finds_prefixes), TEST(skips_and_trims),
      TEST(grows_and_keeps_what_it_has), TEST(appends_text_of_all_kinds),
      TEST(prints_more_than_it_has_room_for), TEST(clearing_keeps_the_memory),
      TEST(out_of_memory_leaves_the_buffer_as_it_was))
