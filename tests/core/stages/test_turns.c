/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is. */
#include "core/stages/turns.h"

#include "tests/support/ce_test.h"

static ce_turns all;
static ce_turn a, b, c;

static void clear(void)
{
    all = (ce_turns){ 0 };
    a = b = c = (ce_turn){ 0 };
}

static void who_had_a_turn_stands_behind_all(void)
{
    clear();
    ce_turns_wait(&all, &a, true);
    ce_turns_wait(&all, &b, true);
    EXPECT_EQ(all.first, &a);
    ce_turns_leave(&all, &a);
    EXPECT_EQ(all.first, &b);
    ce_turns_wait(&all, &a, true);
    EXPECT_EQ(all.first, &b);
    EXPECT_EQ(all.last, &a);
}

static void who_had_none_stands_before_all(void)
{
    clear();
    ce_turns_wait(&all, &a, true);
    ce_turns_wait(&all, &b, false);
    EXPECT_EQ(all.first, &b);
    EXPECT_EQ(all.last, &a);
}

static void who_waits_keeps_its_place(void)
{
    clear();
    ce_turns_wait(&all, &a, true);
    ce_turns_wait(&all, &b, true);
    ce_turns_wait(&all, &a, true);
    ce_turns_wait(&all, &b, false);
    EXPECT_EQ(all.first, &a);
    EXPECT_EQ(all.last, &b);
}

static void anyone_may_leave(void)
{
    clear();
    ce_turns_leave(&all, &a);
    ce_turns_wait(&all, &a, true);
    ce_turns_wait(&all, &b, true);
    ce_turns_wait(&all, &c, true);
    ce_turns_leave(&all, &b);
    EXPECT_EQ(a.next, &c);
    EXPECT_EQ(c.before, &a);
    ce_turns_leave(&all, &c);
    EXPECT_EQ(all.last, &a);
    ce_turns_leave(&all, &a);
    EXPECT(!all.first && !all.last);
}

TESTS("turns", TEST(who_had_a_turn_stands_behind_all),
      TEST(who_had_none_stands_before_all), TEST(who_waits_keeps_its_place),
      TEST(anyone_may_leave))
