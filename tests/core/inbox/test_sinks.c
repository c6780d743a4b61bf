/* SPDX-License-Identifier: Apache-2.0 */
/* Several sinks share an inbox, each at its own pace. */
#include <string.h>

#include <cloudevents/log.h>

#include "core/transport/gauges.h"
#include "tests/core/inbox/sinks_rig.h"

static ce_sender *again; /* what comes before a sink, for the second time */

static void one_that_is_away_holds_no_other(void)
{
    enum { MANY = 500, WINDOW = 10 };

    begin();
    open_for("x", "y");
    receive_both(WINDOW);
    ce_mem_always(sinks[0], ce_mem_hold);
    start_both();
    put_all(MANY);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_count(sinks[0]), WINDOW);
    EXPECT_EQ(ce_mem_count(sinks[1]), MANY);
    EXPECT_EQ(ce_inbox_count(inbox), MANY);
    EXPECT_EQ(ce_inbox_lag(inbox, 0), MANY);
    EXPECT_EQ(ce_inbox_lag(inbox, 1), 0);
    ce_mem_always(sinks[0], ce_mem_ack);
    ce_mem_release_all(sinks[0], ce_rig_ack());
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_count(sinks[0]), MANY);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(ce_inbox_lag(inbox, 0), 0);
    stop_both();
    finish();
}

/* As after kill -9: what is committed is known, what is out comes again. */
static void each_goes_on_where_it_was(void)
{
    begin();
    open_for("x", "y");
    receive_both(1000);
    ce_mem_always(sinks[0], ce_mem_hold);
    start_both();
    put_all(10);
    ce_loop_poll(loop);
    ce_mem_release(sinks[0], 3, ce_rig_ack());
    ce_loop_poll(loop);
    stop_both();
    open_for("x", "y");
    EXPECT_EQ(ce_inbox_lag(inbox, 0), 9);
    EXPECT_EQ(ce_inbox_lag(inbox, 1), 0);
    begin_for("x", "y", 1000);
    EXPECT_STR(ce_mem_ids(sinks[0]), "0 1 2 4 5 6 7 8 9");
    EXPECT_EQ(ce_mem_count(sinks[1]), 0);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    finish();
}

static void places_in_the_configuration_are_no_matter(void)
{
    begin();
    leave_the_second_behind();
    begin_for("y", "x", 1000);
    EXPECT_EQ(ce_mem_count(sinks[0]), 5);
    EXPECT_EQ(ce_mem_count(sinks[1]), 0);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    finish();
}

static void what_a_removed_sink_lacks_waits_no_more(void)
{
    begin();
    leave_the_second_behind();
    open_for("x", NULL);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    finish();
}

/* What the one before it had is not what it has, though it takes its place. */
static void a_new_sink_gets_all_that_is_stored(void)
{
    begin();
    leave_the_second_behind();
    begin_for("z", "y", 1000);
    EXPECT_EQ(ce_mem_count(sinks[0]), 5);
    EXPECT_EQ(ce_mem_count(sinks[1]), 5);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    finish();
}

static void count_gone(ce_level level, const char *text, void *arg)
{
    *(unsigned *)arg +=
        level == CE_WARN && strstr(text, "the sink y is gone") != NULL;
}

static void a_sink_that_is_gone_is_told_of_once(void)
{
    unsigned lines_of_log = 0;

    begin();
    open_for("x", "y");
    ce_log_to(count_gone, &lines_of_log, CE_WARN);
    open_for("x", NULL);
    EXPECT_EQ(lines_of_log, 1);
    open_for("x", NULL);
    EXPECT_EQ(lines_of_log, 1);
    ce_log_to(NULL, NULL, CE_WARN);
    finish();
}

/* Nothing is gone then, so nobody is warned. */
static void one_that_is_replaced_leaves_all_to_the_new_one(void)
{
    unsigned lines_of_log = 0;

    begin();
    open_for("y", NULL);
    put_all(3);
    ce_log_to(count_gone, &lines_of_log, CE_WARN);
    open_for("z", NULL);
    EXPECT_EQ(lines_of_log, 0);
    EXPECT_EQ(ce_inbox_count(inbox), 3);
    ce_log_to(NULL, NULL, CE_WARN);
    finish();
}

static void one_sink_becomes_two(void)
{
    begin();
    open_for("x", NULL);
    put_all(3);
    begin_for("x", "y", 1000);
    EXPECT_EQ(ce_mem_count(sinks[0]), 3);
    EXPECT_EQ(ce_mem_count(sinks[1]), 3);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    finish();
}

/* --- refusals --- */

static ce_mem_answer refusal(void)
{
    return (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 };
}

/* Appends the sink that has refused it. */
static bool note_target(void *arg, uint64_t number, ce_slice record)
{
    ce_delivery letter = { .arena = ce_arena_new() };
    char *targets = arg;
    const ce_attr *a;

    (void)number;
    REQUIRE_OK(ce_record_read(record, &letter));
    a = ce_attrs_find(&letter.message.attrs, CE_SLICE("dlqtarget"));
    REQUIRE(a != NULL);
    strncat(targets, a->text.ptr, a->text.len);
    ce_arena_free(letter.arena);
    return true;
}

static void each_that_refuses_leaves_a_letter(void)
{
    char targets[8] = "";

    begin();
    open_for("x", "y");
    receive_both(1000);
    ce_mem_script(sinks[0], refusal());
    ce_mem_script(sinks[1], refusal());
    start_both();
    put_all(2);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(ce_inbox_refused(inbox), 2);
    REQUIRE_OK(ce_inbox_walk_refused(inbox, 0, note_target, targets, NULL));
    EXPECT_STR(targets, "xy");
    stop_both();
    finish();
}

/* Each line has its chain; none of the events comes as far as a sink. */
static void refuse_before_the_sinks(void)
{
    receive_both(1000);
    again = ce_mem_sender(loop, "mem://again");
    REQUIRE_OK(again->ops->start(again, NULL));
    ce_mem_always(sinks[0], refusal());
    ce_mem_always(again, refusal());
    for (unsigned i = 0; i < SINKS; i++) {
        ce_inbox_receiver_again(lines[i], &again->stage);
        REQUIRE_OK(lines[i]->ops->start(lines[i], &sinks[0]->stage, NULL));
    }
}

static void expect_told(unsigned count)
{
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_count(sinks[0]), count);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(ce_inbox_refused(inbox), count);
    stop_both();
    ce_mem_close_sender(again);
    finish();
}

static void what_comes_to_no_sink_is_told_once(void)
{
    begin();
    open_for("x", "y");
    refuse_before_the_sinks();
    put_all(5);
    expect_told(5);
}

/* Behind what the first has from an earlier process there are newer ones, which
 * it takes before the second comes to those. */
static void what_one_sink_had_before_is_told_by_the_other(void)
{
    begin();
    leave_the_second_behind();
    open_for("x", "y");
    put_all(3);
    refuse_before_the_sinks();
    expect_told(8);
}

/* --- the end and metrics --- */

static unsigned ends;

static void count_end(ce_receiver *r, void *arg)
{
    (void)r;
    (void)arg;
    ends++;
}

static void each_ends_for_itself(void)
{
    begin();
    open_for("x", "y");
    receive_both(2);
    ends = 0;
    for (unsigned i = 0; i < SINKS; i++)
        lines[i]->ended = count_end;
    ce_mem_always(sinks[1], ce_mem_hold);
    start_both();
    put_all(5);
    for (unsigned i = 0; i < SINKS; i++)
        ce_inbox_receiver_finish(lines[i]);
    ce_loop_poll(loop);
    EXPECT_EQ(ends, 1);
    ce_mem_always(sinks[1], ce_mem_ack);
    ce_mem_release_all(sinks[1], ce_rig_ack());
    ce_loop_poll(loop);
    EXPECT_EQ(ends, 2);
    stop_both();
    finish();
}

/* More of them than it passes over in one turn. */
static void one_that_has_all_but_the_last_gets_that(void)
{
    enum { MANY = 5000 };

    begin();
    open_for("x", "y");
    receive_both(MANY);
    ce_mem_always(sinks[1], ce_mem_hold);
    start_both();
    put_all(MANY);
    ce_loop_poll(loop);
    stop_both();
    open_for("x", "y");
    REQUIRE_OK(put(MANY, NULL));
    receive_both(1);
    ce_mem_always(sinks[1], ce_mem_hold);
    start_both();
    ce_loop_poll(loop);
    EXPECT_STR(ce_mem_ids(sinks[0]), "5000");
    stop_both();
    finish();
}

static void find_lag(void *arg, const ce_gauge *g)
{
    if (!strcmp(g->name, "inbox_sink_events") &&
        !strcmp(g->labels[0].value, "b"))
        *(uint64_t *)arg = g->value;
}

static void metrics_hear_what_each_lacks(void)
{
    uint64_t lag = UINT64_MAX;
    ce_gauges *gauges;

    begin();
    open_for("x", "y");
    receive_both(1000);
    gauges = ce_gauges_new();
    lines[0]->gauges = gauges;
    ce_mem_always(sinks[1], ce_mem_hold);
    start_both();
    put_all(5);
    ce_loop_poll(loop);
    ce_loop_advance(loop, 1000);
    ce_gauges_each(gauges, find_lag, &lag);
    EXPECT_EQ(lag, 5);
    stop_both();
    ce_gauges_free(gauges);
    finish();
}

TESTS("inbox sinks", TEST(one_that_is_away_holds_no_other),
      TEST(each_goes_on_where_it_was),
      TEST(places_in_the_configuration_are_no_matter),
      TEST(what_a_removed_sink_lacks_waits_no_more),
      TEST(a_new_sink_gets_all_that_is_stored),
      TEST(a_sink_that_is_gone_is_told_of_once),
      TEST(one_that_is_replaced_leaves_all_to_the_new_one),
      TEST(one_sink_becomes_two), TEST(each_that_refuses_leaves_a_letter),
      TEST(what_comes_to_no_sink_is_told_once),
      TEST(what_one_sink_had_before_is_told_by_the_other),
      TEST(each_ends_for_itself), TEST(one_that_has_all_but_the_last_gets_that),
      TEST(metrics_hear_what_each_lacks))
