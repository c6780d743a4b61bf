/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in an inbox goes into the route, in order, until it is settled. */
#include "core/inbox/store.h"
#include "core/transport/gauges.h"
#include "tests/core/inbox/inbox_rig.h"

/* --- custody --- */

static void gives_back_in_order(void)
{
    begin();
    put_all(300);
    EXPECT_EQ(ce_inbox_count(inbox), 300);
    receive(1000);
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 300));
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    REQUIRE_OK(put(300, NULL));
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 301));
    EXPECT(from->ordered && from->health.up);
    stop_receiving();
    finish();
}

static void survives_close_and_reopen_in_order(void)
{
    begin();
    put_all(100);
    reopen();
    for (unsigned i = 100; i < 200; i++)
        REQUIRE_OK(put(i, NULL));
    reopen();
    EXPECT_EQ(ce_inbox_count(inbox), 200);
    receive(1000);
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 200));
    stop_receiving();
    finish();
}

static void what_is_settled_is_gone(void)
{
    begin();
    put_all(10);
    receive(1000);
    ce_loop_poll(loop);
    stop_receiving();
    reopen();
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    receive(1000);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_count(sink), 0);
    stop_receiving();
    finish();
}

static void what_is_not_settled_is_kept(void)
{
    begin();
    put_all(10);
    receive(1000);
    ce_mem_always(sink, ce_mem_hold);
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 10));
    ce_mem_release(sink, 3, ce_rig_ack());
    stop_receiving();
    EXPECT_EQ(ce_inbox_count(inbox), 9);
    reopen();
    receive(1000);
    ce_loop_poll(loop);
    EXPECT_STR(ce_mem_ids(sink), "0 1 2 4 5 6 7 8 9");
    stop_receiving();
    finish();
}

static void what_is_undelivered_comes_again_in_order(void)
{
    begin();
    receive(1000);
    for (unsigned i = 0; i < 5; i++)
        ce_mem_script(sink, ce_mem_undelivered);
    put_all(5);
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 5));
    EXPECT_EQ(ce_inbox_count(inbox), 5);
    ce_loop_advance(loop, 60000);
    EXPECT(got(5, 0, 5));
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_receiving();
    finish();
}

static void what_is_refused_is_kept_apart(void)
{
    begin();
    receive(1000);
    ce_mem_script(sink, ce_mem_ack);
    ce_mem_script(sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    put_all(3);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(ce_inbox_refused(inbox), 1);
    stop_receiving();
    reopen();
    EXPECT_EQ(ce_inbox_refused(inbox), 1);
    receive(1000);
    ce_loop_advance(loop, 60000);
    EXPECT_EQ(ce_mem_count(sink), 0);
    stop_receiving();
    finish();
}

/* Letters have room of their own: beyond it a refused record stays where it is,
 * and what the sink takes goes on. */
static void too_many_refused_neither_go_nor_block(void)
{
    enum { MANY = 2000 };
    ce_inbox_config c = config();
    uint64_t kept;

    begin();
    ce_inbox_close(inbox);
    c.max_refused_bytes = 32768;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
    receive(100);
    for (unsigned i = 0; i < MANY; i++)
        ce_mem_script(sink,
                      i % 2 ? ce_mem_ack
                            : (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    put_all(MANY);
    ce_inbox_receiver_finish(from);
    ce_loop_advance(loop, 60000);
    EXPECT_EQ(ce_mem_count(sink), MANY);
    kept = ce_inbox_count(inbox);
    EXPECT_CMP(kept, >, 0);
    EXPECT_CMP(ce_inbox_refused(inbox), >, 0);
    EXPECT_EQ(kept + ce_inbox_refused(inbox), MANY / 2);
    EXPECT(!ce_inbox_is_high(inbox));
    EXPECT(ended);
    stop_receiving();
    /* With more room the next process takes them up. */
    reopen();
    receive(100);
    for (unsigned i = 0; i < kept; i++)
        ce_mem_script(sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    ce_loop_advance(loop, 60000);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(ce_inbox_refused(inbox), MANY / 2);
    stop_receiving();
    finish();
}

typedef struct gauge_search {
    const char *name;
    uint64_t value;
} gauge_search;

static void find_gauge(void *arg, const ce_gauge *g)
{
    gauge_search *s = arg;

    if (!strcmp(g->name, s->name))
        s->value = g->value;
}

static uint64_t told(ce_gauges *g, const char *name)
{
    gauge_search s = { name, UINT64_MAX };

    ce_gauges_each(g, find_gauge, &s);
    return s.value;
}

/* Once a second, also when nothing happens. */
static void metrics_hear_what_waits(void)
{
    ce_gauges *gauges;

    begin();
    gauges = ce_gauges_new();
    open_sink();
    REQUIRE_OK(ce_inbox_receiver(&from, inbox, loop, 0, 2));
    from->gauges = gauges;
    ce_mem_script(sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    ce_mem_script(sink, ce_mem_hold);
    put_all(3);
    REQUIRE_OK(from->ops->start(from, &sink->stage, NULL));
    EXPECT_EQ(told(gauges, "inbox_events"), 3);
    EXPECT_EQ(told(gauges, "inbox_refused"), 0);
    ce_loop_poll(loop);
    ce_loop_advance(loop, 1000);
    EXPECT_EQ(told(gauges, "inbox_events"), ce_inbox_count(inbox));
    EXPECT_CMP(ce_inbox_bytes(inbox), >, 0);
    EXPECT_EQ(told(gauges, "inbox_bytes"), ce_inbox_bytes(inbox));
    EXPECT_CMP(told(gauges, "inbox_oldest_seconds"), <, 60);
    EXPECT_EQ(told(gauges, "inbox_refused"), 1);
    EXPECT_EQ(told(gauges, "inbox_refused_bytes"),
              ce_inbox_refused_bytes(inbox));
    stop_receiving();
    ce_gauges_free(gauges);
    finish();
}

static void a_malformed_message_is_kept_when_refused(void)
{
    ce_message m = { .mode = CE_MODE_NONE, .body = CE_SLICE("{") };
    ce_result r = { .verdict = CE_NACK, .malformed = true, .reason = "bad" };
    ce_origin o = nowhere();

    begin();
    receive(1000);
    ce_mem_script(sink, (ce_mem_answer){ r, 0, 0 });
    REQUIRE_OK(ce_inbox_put(inbox, &m, &o, "bad", NULL));
    ce_loop_poll(loop);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(ce_inbox_refused(inbox), 1);
    stop_receiving();
    finish();
}

/* Nothing of it may stand in an attribute; it does not come again. */
static void a_message_of_no_media_type_is_kept_when_refused(void)
{
    static const char *const types[] = { "json", "\"application/json\"",
                                         "\xff\xfe" };
    ce_result r = { .verdict = CE_NACK, .malformed = true, .reason = "bad" };
    ce_origin o = nowhere();

    begin();
    receive(1000);
    ce_mem_always(sink, (ce_mem_answer){ r, 0, 0 });
    o.topic = CE_SLICE("a\tb");
    for (unsigned i = 0; i < COUNT(types); i++) {
        ce_message m = { .content_type = ce_slice_of(types[i]),
                         .body = CE_SLICE("{"),
                         .key = CE_SLICE("\xff") };

        REQUIRE_OK(ce_inbox_put(inbox, &m, &o, "bad", NULL));
    }
    ce_loop_advance(loop, 5000);
    EXPECT_EQ(ce_mem_count(sink), COUNT(types));
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(ce_inbox_refused(inbox), COUNT(types));
    stop_receiving();
    finish();
}

/* --- resources --- */

static void so_many_are_in_flight_and_no_more(void)
{
    unsigned done = 0;

    begin();
    put_all(50);
    receive(4);
    ce_mem_always(sink, ce_mem_hold);
    ce_loop_poll(loop);
    while (done < 50) {
        EXPECT_CMP(ce_mem_unanswered(sink), <=, 4);
        REQUIRE_CMP(ce_mem_count(sink), >, done);
        ce_mem_release(sink, done++, ce_rig_ack());
        ce_loop_poll(loop);
    }
    EXPECT(got(0, 0, 50));
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_receiving();
    finish();
}

static void memory_that_comes_back_delivers_everything(void)
{
    for (long at = 0; at < 30; at++) {
        begin();
        put_all(3);
        receive(10);
        ce_memory_fail_at(at);
        ce_loop_poll(loop);
        ce_memory_heal();
        ce_loop_advance(loop, 60000);
        EXPECT_EQ(ce_inbox_count(inbox), 0);
        EXPECT_EQ(ce_inbox_refused(inbox), 0);
        EXPECT_CMP(ce_mem_count(sink), >=, 3);
        stop_receiving();
        finish();
    }
}

/* --- the end --- */

static void a_finished_inbox_ends_when_all_is_settled(void)
{
    begin();
    put_all(3);
    receive(10);
    ce_mem_always(sink, ce_mem_hold);
    ce_loop_poll(loop);
    ce_inbox_receiver_finish(from);
    ce_loop_poll(loop);
    EXPECT(!ended);
    ce_mem_release(sink, 0, ce_rig_ack());
    ce_mem_release(sink, 2, ce_rig_nack(1, "no"));
    ce_loop_poll(loop);
    EXPECT(!ended);
    ce_mem_release(sink, 1, ce_rig_ack());
    ce_loop_poll(loop);
    EXPECT(ended);
    stop_receiving();
    finish();
}

static void an_empty_inbox_ends_at_once(void)
{
    begin();
    receive(10);
    ce_loop_poll(loop);
    EXPECT(!ended);
    ce_inbox_receiver_finish(from);
    ce_loop_poll(loop);
    EXPECT(ended);
    stop_receiving();
    finish();
}

static void a_stopped_receiver_pushes_nothing(void)
{
    begin();
    receive(2);
    ce_mem_always(sink, ce_mem_hold);
    put_all(6);
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 2));
    from->ops->stop(from);
    from->ops->stop(from);
    ce_mem_release_all(sink, ce_rig_ack());
    REQUIRE_OK(put(6, NULL));
    ce_loop_advance(loop, 60000);
    EXPECT(got(0, 0, 2));
    EXPECT_EQ(ce_inbox_count(inbox), 5);
    stop_receiving();
    EXPECT_EQ(ce_inbox_count(inbox), 5);
    finish();
}

TESTS("inbox receiver", TEST(gives_back_in_order),
      TEST(survives_close_and_reopen_in_order), TEST(what_is_settled_is_gone),
      TEST(what_is_not_settled_is_kept),
      TEST(what_is_undelivered_comes_again_in_order),
      TEST(what_is_refused_is_kept_apart),
      TEST(too_many_refused_neither_go_nor_block),
      TEST(metrics_hear_what_waits),
      TEST(a_malformed_message_is_kept_when_refused),
      TEST(a_message_of_no_media_type_is_kept_when_refused),
      TEST(so_many_are_in_flight_and_no_more),
      TEST(memory_that_comes_back_delivers_everything),
      TEST(a_finished_inbox_ends_when_all_is_settled),
      TEST(an_empty_inbox_ends_at_once),
      TEST(a_stopped_receiver_pushes_nothing))
