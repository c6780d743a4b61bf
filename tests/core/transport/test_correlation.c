/* SPDX-License-Identifier: Apache-2.0 */
/* Answers find who asked, whatever the order they come in. */
#include "tests/support/ce_test.h"
#include "core/transport/correlation.h"
#include "tests/support/memory.h"

typedef struct text {
    char at[CE_CORRELATION_LEN + 1];
} text;

static ce_correlations open(void)
{
    ce_correlations c;

    REQUIRE_OK(ce_correlations_open(&c, NULL));
    return c;
}

static text text_of(const ce_correlations *c, uint64_t number)
{
    text t;

    ce_correlations_write(c, number, t.at);
    return t;
}

static void many_are_found_by_their_texts(void)
{
    static int who[1000];
    static uint64_t numbers[1000];
    ce_correlations c = open();
    bool is_ours;

    for (unsigned i = 0; i < 1000; i++)
        numbers[i] = ce_correlations_add(&c, &who[i]);
    EXPECT_EQ(c.waiting, 1000);
    for (unsigned i = 1000; i-- > 0;) {
        text t = text_of(&c, numbers[i]);

        EXPECT_EQ(ce_correlations_find(&c, ce_slice_of(t.at), &is_ours),
                  &who[i]);
        EXPECT(is_ours);
        ce_correlations_drop(&c, numbers[i]);
    }
    EXPECT_EQ(c.waiting, 0);
    for (unsigned i = 0; i < c.count; i++)
        EXPECT(!ce_correlations_at(&c, i));
    ce_correlations_close(&c);
}

static void an_old_text_finds_nobody_who_has_its_slot(void)
{
    ce_correlations c = open();
    int first, second;
    uint64_t old = ce_correlations_add(&c, &first), now;
    text t = text_of(&c, old);
    bool is_ours;

    ce_correlations_drop(&c, old);
    EXPECT(!ce_correlations_find(&c, ce_slice_of(t.at), &is_ours) && is_ours);
    now = ce_correlations_add(&c, &second);
    EXPECT_CMP(now, !=, old);
    EXPECT(!ce_correlations_find(&c, ce_slice_of(t.at), &is_ours) && is_ours);
    EXPECT_EQ(ce_correlations_at(&c, 0), &second);
    ce_correlations_close(&c);
}

static void other_texts_are_not_ours(void)
{
    ce_correlations c = open(), other = open();
    int who;
    text t = text_of(&other, ce_correlations_add(&other, &who));
    text far = text_of(&c, 0xffff);
    bool is_ours = true;

    EXPECT(!ce_correlations_find(&c, ce_slice_of(t.at), &is_ours) && !is_ours);
    EXPECT(!ce_correlations_find(&c, CE_SLICE("x"), &is_ours) && !is_ours);
    EXPECT(!ce_correlations_find(&c, ce_slice_of(NULL), &is_ours) && !is_ours);
    EXPECT(!ce_correlations_find(&c, ce_slice_of(far.at), &is_ours) && is_ours);
    memset(far.at + 16, '?', 16);
    EXPECT(!ce_correlations_find(&c, ce_slice_of(far.at), &is_ours) && is_ours);
    ce_correlations_close(&c);
    ce_correlations_close(&other);
}

static void without_memory_or_room_there_is_no_number(void)
{
    ce_correlations c = open();
    int who;

    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT_EQ(ce_correlations_add(&c, &who), 0);
    ce_memory_unwatch();
    for (unsigned i = 0; i < 65536; i++)
        REQUIRE_CMP(ce_correlations_add(&c, &who), !=, 0);
    EXPECT_EQ(ce_correlations_add(&c, &who), 0);
    ce_correlations_close(&c);
}

TESTS("correlation", TEST(many_are_found_by_their_texts),
      TEST(an_old_text_finds_nobody_who_has_its_slot),
      TEST(other_texts_are_not_ours),
      TEST(without_memory_or_room_there_is_no_number))
