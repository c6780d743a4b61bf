/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles of any times, with less than 1 % of error. */
#include <string.h>

#include "bridge/bench/histogram.h"
#include "tests/support/ce_test.h"

static br_histogram h;

static void begin(void)
{
    memset(&h, 0, sizeof h);
}

static void without_values_all_is_zero(void)
{
    begin();
    EXPECT_EQ(br_histogram_at(&h, 500), 0);
    EXPECT_EQ(br_histogram_at(&h, 1000), 0);
}

static void small_values_are_exact(void)
{
    begin();
    for (uint64_t value = 0; value <= 200; value++)
        br_histogram_add(&h, value);
    EXPECT_EQ(br_histogram_at(&h, 0), 0);
    EXPECT_EQ(br_histogram_at(&h, 500), 100);
    EXPECT_EQ(br_histogram_at(&h, 990), 198);
    EXPECT_EQ(br_histogram_at(&h, 1000), 200);
}

static void one_value_is_all_percentiles(void)
{
    begin();
    br_histogram_add(&h, 123456789);
    EXPECT_EQ(br_histogram_at(&h, 1), 123456789);
    EXPECT_EQ(br_histogram_at(&h, 500), 123456789);
    EXPECT_EQ(br_histogram_at(&h, 999), 123456789);
}

/* The greater value keeps the answer from being cut to the greatest one. */
static void no_value_is_off_by_a_hundredth(void)
{
    for (uint64_t value = 1; value < UINT64_MAX / 3; value += value / 7 + 1) {
        uint64_t told;

        begin();
        br_histogram_add(&h, value);
        br_histogram_add(&h, UINT64_MAX);
        told = br_histogram_at(&h, 500);
        EXPECT_CMP(told, >=, value);
        EXPECT_CMP(told - value, <=, value / 100);
    }
    EXPECT_EQ(br_histogram_at(&h, 1000), UINT64_MAX);
}

static void a_few_slow_ones_show_in_the_last_percentiles(void)
{
    begin();
    for (unsigned i = 0; i < 998; i++)
        br_histogram_add(&h, 10);
    br_histogram_add(&h, 1000000);
    br_histogram_add(&h, 2000000);
    EXPECT_EQ(br_histogram_at(&h, 998), 10);
    EXPECT(br_histogram_at(&h, 999) >= 1000000);
    EXPECT(br_histogram_at(&h, 999) <= 1010000);
    EXPECT_EQ(br_histogram_at(&h, 1000), 2000000);
}

TESTS("histogram", TEST(without_values_all_is_zero),
      TEST(small_values_are_exact), TEST(one_value_is_all_percentiles),
      TEST(no_value_is_off_by_a_hundredth),
      TEST(a_few_slow_ones_show_in_the_last_percentiles))
