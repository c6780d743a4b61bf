/* SPDX-License-Identifier: Apache-2.0 */
/* A route that ends after a number of events takes no more than those. */
#include "bridge/run/limit.h"
#include "core/loop/loop.h"
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

static ce_rig rig;
static br_tally tally;
static unsigned ends;

static void count_end(ce_task *t)
{
    (void)t;
    ends++;
}

static ce_task enough = { .run = count_end };

static void open_stage(uint64_t count)
{
    br_limit_config c = { count, &tally, NULL, &enough };
    ce_stage *s;

    tally = (br_tally){ 0 };
    ends = 0;
    ce_rig_open(&rig, NULL);
    c.loop = rig.loop;
    REQUIRE_OK(br_limit_stage(&s, rig.top, &c));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static int arrive(const char *id)
{
    int number = ce_mem_arrive_event(rig.source, id, NULL);

    REQUIRE_CMP(number, >=, 0);
    ce_loop_poll(rig.loop);
    return number;
}

static void it_ends_with_the_last_confirmed_event(void)
{
    open_stage(2);
    arrive("1");
    EXPECT_EQ(ends, 0);
    arrive("2");
    EXPECT_EQ(ends, 1);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 2");
    EXPECT(!tally.stopping);
    ce_rig_close(&rig, NULL);
}

static void what_comes_too_much_stays_with_its_source(void)
{
    int late;

    open_stage(1);
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("1");
    late = arrive("2");
    EXPECT_STR(ce_mem_ids(rig.sink), "1");
    EXPECT_VERDICT(ce_rig_outcome(&rig, late)->result, CE_UNDELIVERED);
    EXPECT(tally.stopping);
    EXPECT_EQ(ends, 0);
    ce_mem_release_all(rig.sink, ce_rig_ack());
    ce_loop_poll(rig.loop);
    EXPECT_EQ(ends, 1);
    ce_rig_close(&rig, NULL);
}

static void an_event_that_failed_does_not_count(void)
{
    open_stage(1);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    arrive("1");
    ce_mem_script(rig.sink,
                  (ce_mem_answer){ .result = ce_rig_nack(400, "no") });
    arrive("2");
    EXPECT_EQ(ends, 0);
    arrive("3");
    EXPECT_EQ(ends, 1);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 2 3");
    ce_rig_close(&rig, NULL);
}

TESTS("limit", TEST(it_ends_with_the_last_confirmed_event),
      TEST(what_comes_too_much_stays_with_its_source),
      TEST(an_event_that_failed_does_not_count))
