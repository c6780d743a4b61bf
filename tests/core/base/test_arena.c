/* SPDX-License-Identifier: Apache-2.0 */
/* Many small things that are freed at once. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

#include <stdint.h>

static ce_arena *a;

static void open_arena(void)
{
    ce_memory_watch();
    a = ce_arena_new();
    REQUIRE(a != NULL);
}

static void close_arena(void)
{
    ce_arena_free(a);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

static void things_do_not_overlap_and_are_aligned(void)
{
    unsigned char *things[500];

    open_arena();
    for (size_t i = 0; i < COUNT(things); i++) {
        things[i] = ce_arena_alloc(a, i % 97);
        REQUIRE(things[i] != NULL);
        EXPECT_EQ((uintptr_t)things[i] % _Alignof(max_align_t), 0);
        memset(things[i], (int)(i % 251), i % 97);
    }
    for (size_t i = 0; i < COUNT(things); i++)
        for (size_t k = 0; k < i % 97; k++)
            REQUIRE_EQ(things[i][k], i % 251);
    close_arena();
}

static void a_warm_arena_does_not_allocate(void)
{
    long calls = 0;

    open_arena();
    for (unsigned turn = 0; turn < 100; turn++) {
        for (unsigned i = 0; i < 10; i++)
            REQUIRE(ce_arena_alloc(a, 100) != NULL);
        ce_arena_reset(a);
        EXPECT_EQ(ce_arena_used(a), 0);
        if (turn == 0)
            calls = ce_memory_calls();
    }
    EXPECT_EQ(ce_memory_calls(), calls);
    close_arena();
}

static void reset_gives_large_memory_back(void)
{
    open_arena();
    REQUIRE(ce_arena_alloc(a, 64) != NULL);
    for (unsigned i = 0; i < 20; i++)
        REQUIRE(ce_arena_alloc(a, 500000) != NULL);
    ce_arena_reset(a);
    EXPECT_CMP(ce_memory_live(), <=, 2);
    close_arena();
}

static void a_large_thing_as_the_first_is_not_kept(void)
{
    open_arena();
    REQUIRE(ce_arena_alloc(a, 8 * 1024 * 1024) != NULL);
    ce_arena_reset(a);
    EXPECT_EQ(ce_memory_live(), 1);
    close_arena();
}

static void counts_what_it_handed_out(void)
{
    open_arena();
    EXPECT_EQ(ce_arena_used(a), 0);
    REQUIRE(ce_arena_alloc(a, 100) != NULL);
    EXPECT_CMP(ce_arena_used(a), >=, 100);
    EXPECT_CMP(ce_arena_used(a), <, 200);
    REQUIRE(ce_arena_alloc(a, 100000) != NULL);
    EXPECT_CMP(ce_arena_used(a), >=, 100100);
    EXPECT_CMP(ce_arena_used(a), <, 100200);
    close_arena();
}

static void gives_back_an_unused_tail(void)
{
    char *first, *second;
    size_t used;

    open_arena();
    first = ce_arena_alloc(a, 1000);
    REQUIRE(first != NULL);
    ce_arena_shrink(a, first, 10);
    used = ce_arena_used(a);
    EXPECT_CMP(used, <, 50);
    second = ce_arena_alloc(a, 16);
    EXPECT_CMP(second, >, first);
    EXPECT_CMP(second, <, first + 100);
    close_arena();
}

static void copies_are_terminated_and_exact(void)
{
    ce_slice copy;

    open_arena();
    EXPECT_OK(ce_arena_copy(a, CE_SLICE("a\0b"), &copy));
    EXPECT_TEXT(copy, CE_SLICE("a\0b"));
    EXPECT_EQ(copy.ptr[copy.len], '\0');
    EXPECT_OK(ce_arena_copy(a, CE_SLICE(""), &copy));
    EXPECT_TEXT(copy, "");
    EXPECT_TEXT(ce_arena_printf(a, "%s-%d", "n", 5), "n-5");
    copy = ce_arena_printf(a, "%s", "");
    EXPECT_TEXT(copy, "");
    REQUIRE(copy.ptr);
    EXPECT_EQ(copy.ptr[0], '\0');
    close_arena();
}

static void a_copy_of_nothing_is_absent(void)
{
    ce_slice copy = CE_SLICE("old");

    open_arena();
    EXPECT_OK(ce_arena_copy(a, (ce_slice){ NULL, 0 }, &copy));
    EXPECT_EQ(copy.ptr, NULL);
    EXPECT_EQ(copy.len, 0);
    close_arena();
}

static void rewinds_to_a_mark(void)
{
    ce_arena_mark mark;
    char *kept;

    open_arena();
    kept = ce_arena_alloc(a, 8);
    REQUIRE(kept != NULL);
    memcpy(kept, "kept it", 8);
    mark = ce_arena_marked(a);
    for (unsigned turn = 0; turn < 50; turn++) {
        REQUIRE(ce_arena_alloc(a, 3000) != NULL);
        REQUIRE(ce_arena_alloc(a, 100000) != NULL);
        ce_arena_rewind(a, mark);
        EXPECT_EQ(ce_arena_used(a), mark.used);
        EXPECT_CMP(ce_memory_live(), <=, 3);
    }
    EXPECT_STR(kept, "kept it");
    close_arena();
}

static void rewinds_to_its_beginning(void)
{
    ce_arena_mark mark;

    open_arena();
    mark = ce_arena_marked(a);
    REQUIRE(ce_arena_alloc(a, 10) != NULL);
    ce_arena_rewind(a, mark);
    EXPECT_EQ(ce_arena_used(a), 0);
    REQUIRE(ce_arena_alloc(a, 10) != NULL);
    close_arena();
}

static void out_of_memory_is_an_answer(void)
{
    ce_slice copy;

    open_arena();
    REQUIRE(ce_arena_alloc(a, 100) != NULL);
    ce_memory_fail_from(0);
    EXPECT(ce_arena_alloc(a, 100) != NULL);
    EXPECT_EQ(ce_arena_alloc(a, 100000), NULL);
    EXPECT_EQ(ce_arena_alloc(a, SIZE_MAX), NULL);
    EXPECT_EQ(ce_arena_alloc(a, SIZE_MAX - 8), NULL);
    EXPECT_EQ(ce_arena_printf(a, "%100000d", 1).ptr, NULL);
    EXPECT_EQ(ce_arena_new(), NULL);
    while (ce_arena_alloc(a, 1))
        ;
    EXPECT_STATUS(ce_arena_copy(a, CE_SLICE("x"), &copy), CE_ENOMEM);
    ce_memory_heal();
    EXPECT_OK(ce_arena_copy(a, CE_SLICE("x"), &copy));
    close_arena();
}

static void freeing_nothing_is_harmless(void)
{
    ce_arena_free(NULL);
    open_arena();
    ce_arena_reset(a);
    EXPECT_EQ(ce_arena_used(a), 0);
    close_arena();
}

TESTS("arena", TEST(things_do_not_overlap_and_are_aligned),
      TEST(a_warm_arena_does_not_allocate), TEST(reset_gives_large_memory_back),
      TEST(a_large_thing_as_the_first_is_not_kept),
      TEST(counts_what_it_handed_out), TEST(gives_back_an_unused_tail),
      TEST(copies_are_terminated_and_exact), TEST(a_copy_of_nothing_is_absent),
      TEST(rewinds_to_a_mark), TEST(rewinds_to_its_beginning),
      TEST(out_of_memory_is_an_answer), TEST(freeing_nothing_is_harmless))
