/* SPDX-License-Identifier: Apache-2.0 */
/* What is pushed waits for a connection, but not for ever. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

#include "core/stages/hold.h"

enum { WAIT_MS = 500 };

static ce_rig rig;
static ce_health health;
static ce_stage *stage;

/* Remembers the delivery that comes. */
static ce_delivery *last;

static void note(ce_stage *s, ce_delivery *d)
{
    last = d;
    ce_push(s->next, d);
}

static void close_note(ce_stage *s)
{
    (void)s;
}

static const ce_stage_ops noting = { "note", note, NULL, close_note };
static ce_stage before;

static void open_hold(bool up)
{
    ce_hold_config c = { &health, WAIT_MS, "closing" };

    ce_rig_open(&rig, NULL);
    ce_log_to(NULL, NULL, CE_WARN);
    ce_health_init(&health, rig.loop, "broker");
    if (up)
        ce_health_up(&health);
    REQUIRE_OK(ce_hold_stage(&stage, rig.top, rig.loop, &c));
    ce_rig_add(&rig, stage);
    before = (ce_stage){ &noting, stage };
    ce_rig_add(&rig, &before);
    ce_rig_start(&rig);
}

static void close_hold(void)
{
    ce_rig_close(&rig, NULL);
}

static int arrive(const char *id)
{
    int number = ce_mem_arrive_event(rig.source, id, NULL);

    REQUIRE_CMP(number, >=, 0);
    return number;
}

static bool sent(const char *ids)
{
    return strcmp(ce_mem_ids(rig.sink), ids) == 0;
}

static bool is_undelivered(int number, const char *reason)
{
    const ce_mem_outcome *o = ce_rig_outcome(&rig, number);

    return o->settlements == 1 && o->result.verdict == CE_UNDELIVERED &&
           strcmp(o->result.reason, reason) == 0;
}

static void with_a_connection_it_is_not_there(void)
{
    open_hold(true);
    arrive("1");
    EXPECT(sent("1"));
    close_hold();
}

static void what_waits_goes_in_order_when_the_sink_is_up(void)
{
    open_hold(false);
    arrive("1");
    arrive("2");
    EXPECT(sent(""));
    ce_health_up(&health);
    arrive("3"); /* not before those that wait */
    EXPECT(sent(""));
    ce_loop_poll(rig.loop);
    EXPECT(sent("1 2 3"));
    arrive("4");
    EXPECT(sent("1 2 3 4"));
    close_hold();
}

static void when_the_time_is_over_the_sink_says_why(void)
{
    int first, second;

    open_hold(false);
    ce_health_down(&health, "connection refused");
    first = arrive("1");
    ce_loop_advance(rig.loop, WAIT_MS - 1);
    second = arrive("2");
    EXPECT_EQ(ce_rig_outcome(&rig, first)->settlements, 0);
    ce_loop_advance(rig.loop, 1);
    EXPECT(is_undelivered(first, "connection refused"));
    EXPECT_EQ(ce_rig_outcome(&rig, second)->settlements, 0);
    ce_loop_advance(rig.loop, WAIT_MS);
    EXPECT(is_undelivered(second, "connection refused"));
    EXPECT(sent(""));
    close_hold();
}

static void one_that_waits_can_be_given_up(void)
{
    int first, second;

    open_hold(false);
    first = arrive("1");
    second = arrive("2");
    EXPECT(ce_hold_give_up(stage, last, "cancelled"));
    EXPECT(!ce_hold_give_up(stage, last, "cancelled"));
    EXPECT(is_undelivered(second, "cancelled"));
    ce_health_up(&health);
    ce_loop_poll(rig.loop);
    EXPECT(sent("1"));
    EXPECT_VERDICT(ce_rig_outcome(&rig, first)->result, CE_ACK);
    close_hold();
}

static void a_stop_ends_all_waiting(void)
{
    int first, later;

    open_hold(false);
    first = arrive("1");
    stage->ops->stop(stage);
    EXPECT(is_undelivered(first, "closing"));
    later = arrive("2");
    EXPECT(is_undelivered(later, "closing"));
    close_hold();
}

TESTS("hold", TEST(with_a_connection_it_is_not_there),
      TEST(what_waits_goes_in_order_when_the_sink_is_up),
      TEST(when_the_time_is_over_the_sink_says_why),
      TEST(one_that_waits_can_be_given_up), TEST(a_stop_ends_all_waiting))
