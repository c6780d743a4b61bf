/* SPDX-License-Identifier: Apache-2.0 */
/* Only what the sink has confirmed is a duplicate later. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

static ce_rig rig;

static void open_stage(unsigned entries)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_dedup_stage(&s, rig.top, entries));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static ce_result arrive(const char *id)
{
    int n = ce_mem_arrive_event(rig.source, id, NULL);

    REQUIRE_CMP(n, >=, 0);
    return ce_rig_outcome(&rig, n)->result;
}

static void a_confirmed_event_is_not_sent_again(void)
{
    open_stage(4);
    EXPECT_EQ(arrive("1").fate, CE_DELIVERED);
    EXPECT_EQ(arrive("1").fate, CE_DUPLICATE);
    EXPECT_EQ(ce_mem_count(rig.sink), 1);
    ce_rig_close(&rig, NULL);
}

static void what_failed_is_sent_again(void)
{
    open_stage(4);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    EXPECT_VERDICT(arrive("1"), CE_UNDELIVERED);
    EXPECT_EQ(arrive("1").fate, CE_DELIVERED);
    EXPECT_EQ(ce_mem_count(rig.sink), 2);
    ce_rig_close(&rig, NULL);
}

static void the_oldest_are_forgotten(void)
{
    char id[16];

    open_stage(3);
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "%d", i);
        EXPECT_EQ(arrive(id).fate, CE_DELIVERED);
    }
    EXPECT_EQ(arrive("97").fate, CE_DUPLICATE);
    EXPECT_EQ(arrive("96").fate, CE_DELIVERED);
    ce_rig_close(&rig, NULL);
}

TESTS("dedup", TEST(a_confirmed_event_is_not_sent_again),
      TEST(what_failed_is_sent_again), TEST(the_oldest_are_forgotten))
