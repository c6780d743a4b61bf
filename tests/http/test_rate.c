/* SPDX-License-Identifier: Apache-2.0 */
/* Events per minute, and how long to wait for room. */
#include "tests/support/ce_test.h"

#include "bindings/http/rate.h"

static void without_a_rate_there_is_no_limit(void)
{
    ce_http_rate r = { .per_minute = 0, .burst = 1 };

    for (int i = 0; i < 1000; i++)
        EXPECT_EQ(ce_http_rate_take(&r, 5), 0);
}

static void an_even_pace_has_one_event_per_interval(void)
{
    ce_http_rate r = { .per_minute = 60, .burst = 1 };

    EXPECT_EQ(ce_http_rate_take(&r, 10000), 0);
    EXPECT_EQ(ce_http_rate_take(&r, 10000), 1000);
    EXPECT_EQ(ce_http_rate_take(&r, 10400), 600);
    EXPECT_EQ(ce_http_rate_take(&r, 10999), 1);
    EXPECT_EQ(ce_http_rate_take(&r, 11000), 0);
    EXPECT_EQ(ce_http_rate_take(&r, 11000), 1000);
    /* Nothing is saved up. */
    EXPECT_EQ(ce_http_rate_take(&r, 99000), 0);
    EXPECT_EQ(ce_http_rate_take(&r, 99000), 1000);
}

static void a_burst_may_come_at_once(void)
{
    ce_http_rate r = { .per_minute = 60, .burst = 60 };

    for (int i = 0; i < 60; i++)
        EXPECT_EQ(ce_http_rate_take(&r, 0), 0);
    EXPECT_EQ(ce_http_rate_take(&r, 0), 1000);
    EXPECT_EQ(ce_http_rate_take(&r, 1000), 0);
    EXPECT_EQ(ce_http_rate_take(&r, 1000), 1000);
    EXPECT_EQ(ce_http_rate_take(&r, 61000), 0);
}

/* Whatever the pattern of tries. */
static void no_more_pass_than_the_rate_says(void)
{
    static const uint64_t rates[] = { 1, 7, 59, 6000, 60000, 1000000 };

    for (size_t i = 0; i < COUNT(rates); i++) {
        ce_http_rate r = { .per_minute = rates[i], .burst = 1 };
        uint64_t passed = 0;

        for (uint64_t ms = 0; ms < 60000; ms += ms % 3 == 0 ? 1 : 2)
            while (ce_http_rate_take(&r, ms) == 0)
                passed++;
        EXPECT_CMP(passed, <=, rates[i] + rates[i] * 5 / 60000 + 1);
        EXPECT_CMP(passed, >=, rates[i] - rates[i] / 40);
    }
}

static void a_wait_is_long_enough_and_ends(void)
{
    ce_http_rate r = { .per_minute = 7777, .burst = 1 };
    uint64_t now = 0, wait;

    EXPECT_EQ(ce_http_rate_take(&r, now), 0);
    for (int i = 0; i < 100; i++) {
        wait = ce_http_rate_take(&r, now);
        EXPECT_CMP(wait, >=, 2);
        EXPECT_CMP(wait, <=, 8);
        EXPECT_CMP(ce_http_rate_take(&r, now + wait - 1), >, 0);
        now += wait;
        EXPECT_EQ(ce_http_rate_take(&r, now), 0);
    }
    /* 101 events at 7.7 ms, but for what may be made up for. */
    EXPECT_CMP(now, >=, 765);
    EXPECT_CMP(now, <=, 775);
}

static void a_rate_above_all_others_is_the_largest(void)
{
    static const char *const large[] = { "1000000000", "18446744073709551616",
                                         "99999999999999999999999999999999" };
    uint64_t n;

    for (size_t i = 0; i < COUNT(large); i++) {
        EXPECT_ROW(large[i], ce_http_rate_parse(ce_slice_of(large[i]), &n));
        EXPECT_EQ_ROW(large[i], n, 999999999);
    }
}

static void a_header_holds_a_positive_integer_or_a_star(void)
{
    /* HOOK-14 */
    static const char *const wrong[] = { "",    "0",    "-1",   "+1",
                                         "1.5", " 1",   "many", "**",
                                         "1*",  "0x10", "000",  "1000000000*" };
    uint64_t n;

    EXPECT(ce_http_rate_parse(CE_SLICE("*"), &n));
    EXPECT_EQ(n, 0);
    EXPECT(ce_http_rate_parse(CE_SLICE("1"), &n));
    EXPECT_EQ(n, 1);
    EXPECT(ce_http_rate_parse(CE_SLICE("999999999"), &n));
    EXPECT_EQ(n, 999999999);
    for (size_t i = 0; i < COUNT(wrong); i++)
        EXPECT_ROW(wrong[i], !ce_http_rate_parse(ce_slice_of(wrong[i]), &n));
}

TESTS("http rate", TEST(without_a_rate_there_is_no_limit),
      TEST(an_even_pace_has_one_event_per_interval),
      TEST(a_burst_may_come_at_once), TEST(no_more_pass_than_the_rate_says),
      TEST(a_wait_is_long_enough_and_ends),
      TEST(a_rate_above_all_others_is_the_largest),
      TEST(a_header_holds_a_positive_integer_or_a_star))
