/* SPDX-License-Identifier: Apache-2.0 */
/* Where memory comes from, and that the application can decide it. */
#include "tests/support/ce_test.h"

typedef struct ledger {
    unsigned allocated, resized, released;
    size_t last_size;
} ledger;

static void *allocate(size_t size, void *arg)
{
    ledger *l = arg;

    l->allocated++;
    l->last_size = size;
    return malloc(size);
}

static void *resize(void *ptr, size_t size, void *arg)
{
    ledger *l = arg;

    l->resized++;
    l->last_size = size;
    return realloc(ptr, size);
}

static void release(void *ptr, void *arg)
{
    ((ledger *)arg)->released++;
    free(ptr);
}

static void *refuse(size_t size, void *arg)
{
    (void)size;
    (void)arg;
    return NULL;
}

static void *refuse_resize(void *ptr, size_t size, void *arg)
{
    (void)ptr;
    (void)size;
    (void)arg;
    return NULL;
}

static void everything_goes_through_the_application_s_allocator(void)
{
    ledger l = { 0 };
    const ce_allocator mine = { allocate, resize, release, &l };
    char *a, *b;

    ce_set_allocator(&mine);
    a = ce_alloc(10);
    b = ce_strndup("abc", 2);
    a = ce_realloc(a, 20);
    REQUIRE(a != NULL && b != NULL);
    EXPECT_EQ(l.last_size, 20);
    EXPECT_STR(b, "ab");
    ce_free(a);
    ce_free(b);
    ce_free(NULL);
    ce_set_allocator(NULL);
    EXPECT_EQ(l.allocated, 2);
    EXPECT_EQ(l.resized, 1);
    EXPECT_EQ(l.released, 2);
}

static void null_restores_malloc(void)
{
    ledger l = { 0 };
    const ce_allocator mine = { allocate, resize, release, &l };

    ce_set_allocator(&mine);
    ce_set_allocator(NULL);
    ce_free(ce_alloc(10));
    EXPECT_EQ(l.allocated, 0);
    EXPECT_EQ(l.released, 0);
}

static void nothing_is_never_null(void)
{
    void *a = ce_alloc(0), *b = ce_alloc_zeroed(0), *c = ce_realloc(NULL, 0);

    EXPECT(a != NULL && b != NULL && c != NULL);
    ce_free(a);
    ce_free(b);
    ce_free(c);
}

static void zeroed_memory_is_zero(void)
{
    for (unsigned turn = 0; turn < 20; turn++) {
        char *p = ce_alloc_zeroed(100);

        REQUIRE(p != NULL);
        for (unsigned i = 0; i < 100; i++)
            REQUIRE_EQ(p[i], 0);
        memset(p, 0x5a, 100);
        ce_free(p);
    }
}

static void a_failed_resize_leaves_the_memory_alone(void)
{
    static const ce_allocator broken = { refuse, refuse_resize, NULL, NULL };
    char *p = ce_strndup("kept", 4);

    REQUIRE(p != NULL);
    ce_set_allocator(&broken);
    EXPECT_EQ(ce_realloc(p, 100), NULL);
    EXPECT_EQ(ce_alloc(1), NULL);
    EXPECT_EQ(ce_alloc_zeroed(1), NULL);
    EXPECT_EQ(ce_strndup("x", 1), NULL);
    ce_set_allocator(NULL);
    EXPECT_STR(p, "kept");
    ce_free(p);
}

static void copies_may_be_empty_and_hold_any_byte(void)
{
    char *empty = ce_strndup(NULL, 0), *bytes = ce_strndup("a\0b", 3);

    REQUIRE(empty != NULL && bytes != NULL);
    EXPECT_EQ(empty[0], '\0');
    EXPECT_EQ(memcmp(bytes, "a\0b", 4), 0);
    ce_free(empty);
    ce_free(bytes);
}

TESTS("alloc", TEST(everything_goes_through_the_application_s_allocator),
      TEST(null_restores_malloc), TEST(nothing_is_never_null),
      TEST(zeroed_memory_is_zero),
      TEST(a_failed_resize_leaves_the_memory_alone),
      TEST(copies_may_be_empty_and_hold_any_byte))
