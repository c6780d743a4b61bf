/* SPDX-License-Identifier: Apache-2.0 */
/* Every sink gets every event; the source hears the worst result. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

static ce_rig rig;
static ce_meter meter;
static ce_sender *other;
static ce_stage *sinks[2];

static void open_for(const char *source)
{
    ce_stage *s;

    meter = (ce_meter){ 0 };
    ce_rig_open(&rig, source);
    other = ce_rig_sink(&rig, "mem://other");
    sinks[0] = &rig.sink->stage;
    sinks[1] = &other->stage;
    REQUIRE_OK(ce_fanout_stage(&s, sinks, COUNT(sinks), 100, &meter));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static void open_stage(void)
{
    open_for(NULL);
}

static void close_stage(void)
{
    ce_rig_close(&rig, other);
}

static void every_sink_gets_every_event(void)
{
    open_stage();
    for (unsigned i = 0; i < 3; i++) {
        char id[8];

        snprintf(id, sizeof id, "%u", i);
        REQUIRE_CMP(ce_mem_arrive_event(rig.source, id, "k"), >=, 0);
    }
    EXPECT_STR(ce_mem_ids(rig.sink), "0 1 2");
    EXPECT_STR(ce_mem_ids(other), "0 1 2");
    EXPECT_TEXT(ce_mem_sent_at(other, 2)->message.body, "data");
    EXPECT_STR(ce_mem_sent_attribute(other, 2, "partitionkey"), "k");
    EXPECT_EQ(ce_mem_settled(rig.source), 3);
    close_stage();
}

static void the_source_hears_when_all_have_answered(void)
{
    int n;

    open_stage();
    ce_mem_always(rig.sink, ce_mem_hold);
    ce_mem_always(other, ce_mem_hold);
    n = ce_mem_arrive_event(rig.source, "1", NULL);
    ce_mem_release(other, 0, ce_rig_nack(422, "no"));
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 0);
    ce_mem_release(rig.sink, 0, ce_rig_ack());
    EXPECT_EQ(ce_rig_outcome(&rig, n)->settlements, 1);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_NACK);
    close_stage();
}

static void the_worst_result_wins_in_any_order(void)
{
    static const ce_verdict verdicts[] = { CE_ACK, CE_NACK, CE_UNDELIVERED };

    for (size_t a = 0; a < COUNT(verdicts); a++)
        for (size_t b = 0; b < COUNT(verdicts); b++)
            for (unsigned first = 0; first < 2; first++) {
                ce_result ra = { .verdict = verdicts[a],
                                 .code = 1,
                                 .reason = "from a" };
                ce_result rb = { .verdict = verdicts[b],
                                 .code = 2,
                                 .retry_after_ms = 77,
                                 .reason = "from b" };
                const ce_mem_outcome *o;
                int n;

                open_stage();
                ce_mem_always(rig.sink, ce_mem_hold);
                ce_mem_always(other, ce_mem_hold);
                n = ce_mem_arrive_event(rig.source, "1", NULL);
                if (first)
                    ce_mem_release(other, 0, rb);
                ce_mem_release(rig.sink, 0, ra);
                if (!first)
                    ce_mem_release(other, 0, rb);
                o = ce_rig_outcome(&rig, n);
                EXPECT_EQ(o->settlements, 1);
                EXPECT_VERDICT(o->result, verdicts[a > b ? a : b]);
                if (a != b)
                    EXPECT_EQ(o->result.code, (a > b ? 1 : 2));
                if (a > b)
                    EXPECT_STR(o->result.reason, "from a");
                if (b > a) {
                    EXPECT_STR(o->result.reason, "from b");
                    EXPECT_EQ(o->result.retry_after_ms, 77);
                }
                close_stage();
            }
}

static void push_other_body(ce_stage *s, ce_delivery *d)
{
    ce_message m = d->message;

    m.body = CE_SLICE("changed");
    ce_delivery_set_message(d, &m);
    ce_push(s->next, d);
}

static void one_sink_s_changes_are_not_the_other_s(void)
{
    static const ce_stage_ops ops = { .name = "change",
                                      .push = push_other_body };
    ce_stage change = { &ops, NULL };

    open_stage();
    change.next = sinks[0];
    sinks[0] = &change;
    REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", NULL), >=, 0);
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 0)->message.body, "changed");
    EXPECT_TEXT(ce_mem_sent_at(other, 0)->message.body, "data");
    close_stage();
}

static void a_sink_that_has_it_is_spared_a_repetition(void)
{
    int n;

    open_for("interactive=true");
    ce_mem_always(other, ce_mem_undelivered);
    for (unsigned i = 0; i < 3; i++) {
        n = ce_mem_arrive_event(rig.source, "1", NULL);
        EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_UNDELIVERED);
    }
    EXPECT_STR(ce_mem_ids(rig.sink), "1");
    EXPECT_STR(ce_mem_ids(other), "1 1 1");
    ce_mem_always(other, ce_mem_ack);
    n = ce_mem_arrive_event(rig.source, "1", NULL);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
    EXPECT_STR(ce_mem_ids(rig.sink), "1");
    n = ce_mem_arrive_event(rig.source, "1", NULL);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 1");
    EXPECT_STR(ce_mem_ids(other), "1 1 1 1 1");
    EXPECT_EQ(atomic_load(&meter.spared), 3);
    close_stage();
}

static int arrive_with(const char *data)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("text/plain"),
                     .body = ce_slice_of(data),
                     .attrs = { attrs, COUNT(attrs), COUNT(attrs) } };

    return ce_mem_arrive_message(rig.source, &m);
}

/* Two events of one id are a fault of their sender: no sink may miss one. */
static void another_event_with_the_same_id_is_no_repetition(void)
{
    open_for("interactive=true");
    ce_mem_always(other, ce_mem_undelivered);
    arrive_with("one");
    arrive_with("two");
    arrive_with("two");
    EXPECT_EQ(ce_mem_count(rig.sink), 2);
    EXPECT_TEXT(ce_mem_sent_at(rig.sink, 1)->message.body, "two");
    EXPECT_EQ(ce_mem_count(other), 3);
    close_stage();
}

static void a_refusal_counts_again_in_a_repetition(void)
{
    int n;

    open_for("interactive=true");
    ce_mem_always(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    ce_mem_script(other, ce_mem_undelivered);
    ce_mem_arrive_event(rig.source, "1", NULL);
    n = ce_mem_arrive_event(rig.source, "1", NULL);
    EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_NACK);
    close_stage();
}

static void other_sources_are_given_all_again(void)
{
    open_stage();
    ce_mem_always(other, ce_mem_undelivered);
    ce_mem_arrive_event(rig.source, "1", NULL);
    ce_mem_arrive_event(rig.source, "1", NULL);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 1");
    close_stage();
}

static void a_slow_sink_does_not_hold_up_the_other(void)
{
    open_stage();
    ce_mem_always(rig.sink, ce_mem_hold);
    for (unsigned i = 0; i < 500; i++)
        REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", NULL), >=, 0);
    EXPECT_EQ(ce_mem_count(other), 500);
    EXPECT_EQ(ce_mem_unanswered(other), 0);
    EXPECT_EQ(ce_mem_settled(rig.source), 0);
    ce_mem_release_all(rig.sink, ce_rig_ack());
    EXPECT_EQ(ce_mem_settled(rig.source), 500);
    close_stage();
}

static void without_memory_events_stay_with_their_source(void)
{
    open_stage();
    ce_mem_always(rig.sink, ce_mem_ack);
    for (long at = 0; at < 12; at++) {
        unsigned before = ce_mem_count(rig.sink), others = ce_mem_count(other);
        const ce_mem_outcome *o;
        int n;

        ce_memory_fail_at(at);
        n = ce_mem_arrive_event(rig.source, "1", NULL);
        ce_memory_heal();
        if (n < 0)
            continue;
        o = ce_rig_outcome(&rig, n);
        EXPECT_EQ(o->settlements, 1);
        if (o->result.verdict == CE_ACK) {
            EXPECT_EQ(ce_mem_count(rig.sink), before + 1);
            EXPECT_EQ(ce_mem_count(other), others + 1);
        } else
            EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    }
    close_stage();
}

static void without_memory_it_does_not_open(void)
{
    ce_stage *s;

    ce_memory_watch();
    for (long at = 0; at < 4; at++) {
        ce_memory_fail_at(at);
        EXPECT_STATUS(ce_fanout_stage(&s, sinks, 2, 8, NULL), CE_ENOMEM);
        EXPECT_EQ(ce_memory_live(), 0);
    }
    ce_memory_unwatch();
}

TESTS("fanout", TEST(every_sink_gets_every_event),
      TEST(the_source_hears_when_all_have_answered),
      TEST(the_worst_result_wins_in_any_order),
      TEST(one_sink_s_changes_are_not_the_other_s),
      TEST(a_sink_that_has_it_is_spared_a_repetition),
      TEST(another_event_with_the_same_id_is_no_repetition),
      TEST(a_refusal_counts_again_in_a_repetition),
      TEST(other_sources_are_given_all_again),
      TEST(a_slow_sink_does_not_hold_up_the_other),
      TEST(without_memory_events_stay_with_their_source),
      TEST(without_memory_it_does_not_open))
