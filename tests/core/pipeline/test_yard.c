/* SPDX-License-Identifier: Apache-2.0 */
/* What a source has taken back, and when it comes again. */
#include "core/pipeline/yard.h"

#include "tests/support/ce_test.h"
#include "tests/support/memory.h"

static ce_yard yard;
static ce_stub *stubs[6];

/* Six events, of the keys 0 and 1 in turn, have come to their lanes. */
static void open_yard(void)
{
    ce_memory_watch();
    ce_yard_init(&yard);
    yard.is_short = true;
    for (unsigned i = 0; i < COUNT(stubs); i++) {
        stubs[i] = ce_yard_new(&yard, i + 1);
        REQUIRE(stubs[i] != NULL);
        EXPECT(!ce_yard_keeps(stubs[i], i % 2));
    }
}

static void close_yard(void)
{
    for (unsigned i = 0; i < COUNT(stubs); i++)
        if (stubs[i] && !stubs[i]->stands)
            ce_yard_done(stubs[i]);
    ce_yard_close(&yard);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
}

static void done(unsigned i)
{
    ce_yard_done(stubs[i]);
    stubs[i] = NULL;
}

static void takes_nothing_while_there_is_credit(void)
{
    open_yard();
    yard.is_short = false;
    EXPECT(!ce_yard_takes(stubs[2]));
    yard.is_short = true;
    yard.unkeyed = 1;
    EXPECT(!ce_yard_takes(stubs[2]));
    yard.unkeyed = 0;
    EXPECT(ce_yard_takes(stubs[2]));
    EXPECT(stubs[2]->stands);
    EXPECT_EQ(yard.count, 1);
    close_yard();
}

static void what_is_newer_of_its_key_stays_too(void)
{
    open_yard();
    EXPECT(ce_yard_takes(stubs[2]));
    EXPECT(ce_yard_keeps(stubs[4], 0));
    EXPECT(!ce_yard_keeps(stubs[0], 0));
    EXPECT(!ce_yard_keeps(stubs[5], 1));
    close_yard();
}

static void what_is_settled_lets_the_oldest_of_its_key_come(void)
{
    open_yard();
    EXPECT(ce_yard_takes(stubs[4]));
    EXPECT(ce_yard_takes(stubs[2]));
    EXPECT_EQ(ce_yard_next(&yard, false), NULL);
    done(1);
    EXPECT_EQ(ce_yard_next(&yard, false), NULL);
    done(0);
    EXPECT_EQ(ce_yard_next(&yard, false), stubs[2]);
    ce_yard_leave(stubs[2]);
    EXPECT(stubs[2]->returns && !stubs[2]->stands);
    EXPECT_EQ(ce_yard_next(&yard, false), NULL);
    EXPECT(!ce_yard_keeps(stubs[2], 0));
    close_yard();
}

static void with_credit_two_come_for_one(void)
{
    open_yard();
    EXPECT(ce_yard_takes(stubs[2]));
    EXPECT(ce_yard_takes(stubs[4]));
    yard.is_short = false;
    done(0);
    EXPECT_EQ(ce_yard_next(&yard, false), stubs[2]);
    ce_yard_leave(stubs[2]);
    EXPECT_EQ(ce_yard_next(&yard, false), stubs[4]);
    ce_yard_leave(stubs[4]);
    EXPECT_EQ(yard.count, 0);
    close_yard();
}

/* None that is out might be of its key. */
static void one_comes_when_nothing_is_out(void)
{
    open_yard();
    EXPECT(ce_yard_takes(stubs[3]));
    EXPECT_EQ(ce_yard_next(&yard, true), stubs[3]);
    ce_yard_leave(stubs[3]);
    EXPECT_EQ(ce_yard_next(&yard, true), NULL);
    close_yard();
}

static void without_memory_it_stays_out(void)
{
    open_yard();
    ce_memory_fail_at(0);
    EXPECT(!ce_yard_takes(stubs[2]));
    ce_memory_heal();
    EXPECT(!stubs[2]->stands);
    close_yard();
}

TESTS("yard", TEST(takes_nothing_while_there_is_credit),
      TEST(what_is_newer_of_its_key_stays_too),
      TEST(what_is_settled_lets_the_oldest_of_its_key_come),
      TEST(with_credit_two_come_for_one), TEST(one_comes_when_nothing_is_out),
      TEST(without_memory_it_stays_out))
