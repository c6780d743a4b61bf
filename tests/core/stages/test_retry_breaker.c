/* SPDX-License-Identifier: Apache-2.0 */
/* Retry and the gate before a sink that nothing gets through to. */
#include "tests/core/stages/retry_rig.h"

static ce_breaker breaker;

static void open_breaker(bool gate)
{
    ce_retry_config c = usual();
    ce_breaker_config b;
    ce_stage *s;

    ce_rig_open(&rig, gate ? "interactive=true" : NULL);
    b = (ce_breaker_config){ .loop = rig.loop, .sink = &rig.sink->health };
    ce_breaker_init(&breaker, &b);
    c.breaker = &breaker;
    if (gate)
        REQUIRE_OK(ce_gate_stage(&s, rig.top, &breaker));
    else
        REQUIRE_OK(ce_retry_stage(&s, rig.top, rig.loop, &c));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    ce_log_to(NULL, NULL, CE_ERROR);
}

static void close_breaker(void)
{
    ce_breaker_close(&breaker);
    ce_rig_close(&rig, NULL);
}

static void a_stalled_sink_gets_one_attempt_at_a_time(void)
{
    unsigned before;

    open_breaker(false);
    for (unsigned i = 0; i < 50; i++) {
        char key[8];

        snprintf(key, sizeof key, "%u", i);
        arrive(key, key);
    }
    ce_loop_advance(rig.loop, 20000);
    EXPECT(!breaker.flow.up);
    before = ce_mem_count(rig.sink);
    ce_loop_advance(rig.loop, 60000);
    EXPECT_CMP(ce_mem_count(rig.sink) - before, >=, 10);
    EXPECT_CMP(ce_mem_count(rig.sink) - before, <=, 26);
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 6000);
    EXPECT(breaker.flow.up);
    EXPECT_EQ(ce_mem_settled(rig.source), 50);
    close_breaker();
}

static void what_comes_meanwhile_waits_in_its_order(void)
{
    open_breaker(false);
    arrive("1", "k");
    ce_loop_advance(rig.loop, 20000);
    arrive("2", "k");
    arrive("3", "other");
    EXPECT_STR(
        ce_mem_sent_attribute(rig.sink, ce_mem_count(rig.sink) - 1, "id"), "1");
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 6000);
    EXPECT_EQ(ce_mem_settled(rig.source), 3);
    close_breaker();
}

/* A tenant that has to wait waits alone, and what waits long is no reason to
 * keep others away. */
static void a_retry_after_holds_its_own_event_alone(void)
{
    static const ce_mem_answer later = { { .verdict = CE_UNDELIVERED,
                                           .retry_after_ms = 600000,
                                           .reason = "429" },
                                         0,
                                         0 };
    int a;

    open_breaker(false);
    ce_mem_always(rig.sink, later);
    arrive("1", "a1");
    arrive("2", "a2");
    a = arrive("3", "a3");
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 10000);
    EXPECT(!breaker.flow.up);
    ce_loop_advance(rig.loop, 10000);
    EXPECT(breaker.flow.up);
    EXPECT_EQ(ce_mem_count(rig.sink), 3);
    EXPECT_VERDICT(verdict(arrive("b", "b")), CE_ACK);
    EXPECT_EQ(settlements(a), 0);
    ce_loop_advance(rig.loop, 570000);
    EXPECT_EQ(settlements(a), 0);
    ce_loop_advance(rig.loop, 11000);
    EXPECT_EQ(settlements(a), 1);
    close_breaker();
}

static void a_stop_gives_back_what_is_held(void)
{
    open_breaker(false);
    arrive("1", "a");
    ce_loop_advance(rig.loop, 20000);
    arrive("2", "b");
    rig.stages[0]->ops->stop(rig.stages[0]);
    EXPECT_EQ(ce_mem_settled(rig.source), 2);
    close_breaker();
}

static void a_caller_hears_at_once_when_to_come_again(void)
{
    unsigned sent;
    int n;

    open_breaker(true);
    for (unsigned i = 0; i < 12; i++) {
        arrive("1", NULL);
        ce_loop_advance(rig.loop, 1000);
    }
    EXPECT(!breaker.flow.up);
    ce_loop_advance(rig.loop, 6000);
    arrive("probe", NULL);
    sent = ce_mem_count(rig.sink);
    n = arrive("2", NULL);
    EXPECT_EQ(ce_mem_count(rig.sink), sent);
    EXPECT_EQ(settlements(n), 1);
    EXPECT_VERDICT(verdict(n), CE_UNDELIVERED);
    EXPECT_CMP(ce_rig_outcome(&rig, n)->result.retry_after_ms, >, 0);
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 6000);
    n = arrive("3", NULL);
    EXPECT_VERDICT(verdict(n), CE_ACK);
    EXPECT(breaker.flow.up);
    close_breaker();
}

/* --- events that the sink never takes --- */

static ce_mem_answer takes_no_poison(void *arg, const ce_mem_sent *sent)
{
    (void)arg;
    return sent->id[0] == 'p' ? ce_mem_undelivered : ce_mem_ack;
}

static unsigned sent_of(const char *id)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ce_mem_count(rig.sink); i++)
        n += !strcmp(ce_mem_sent_at(rig.sink, i)->id, id);
    return n;
}

/* A few keys that never succeed have opened the breaker. */
static void poison_retries(unsigned keys)
{
    open_breaker(false);
    ce_mem_decide(rig.sink, takes_no_poison, NULL);
    for (unsigned i = 0; i < keys; i++) {
        char id[16];

        snprintf(id, sizeof id, "p%u", i);
        arrive(id, id);
    }
    ce_loop_advance(rig.loop, 20000);
    EXPECT(!breaker.flow.up);
}

static void end_poison(void)
{
    rig.stages[0]->ops->stop(rig.stages[0]);
    close_breaker();
}

static void what_is_new_is_the_next_probe(void)
{
    int n;

    poison_retries(20);
    n = arrive("a", "a");
    arrive("b", "p3");
    ce_loop_advance(rig.loop, 6000);
    EXPECT_EQ(settlements(n), 1);
    EXPECT(breaker.flow.up);
    EXPECT_EQ(sent_of("b"), 0);
    end_poison();
}

static void probes_go_to_each_key_in_turn(void)
{
    static const char *const ids[] = { "p0", "p1", "p2", "p3", "p4" };
    unsigned before[5], most = 0, least = ~0u;

    poison_retries(5);
    for (unsigned i = 0; i < 5; i++)
        before[i] = sent_of(ids[i]);
    ce_loop_advance(rig.loop, 120000);
    for (unsigned i = 0; i < 5; i++) {
        unsigned probes = sent_of(ids[i]) - before[i];

        most = probes > most ? probes : most;
        least = probes < least ? probes : least;
    }
    EXPECT_CMP(least, >=, 4);
    EXPECT_CMP(most - least, <=, 1);
    end_poison();
}

/* A caller may come again at once, whatever it is told. */
static void a_caller_that_insists_leaves_others_their_turn(void)
{
    unsigned took = 0;

    open_breaker(true);
    ce_mem_decide(rig.sink, takes_no_poison, NULL);
    for (unsigned i = 0; i < 600; i++) {
        arrive("p", NULL);
        if (i >= 200 && i % 30 == 0)
            took += verdict(arrive("a", NULL)) == CE_ACK;
        ce_loop_advance(rig.loop, 100);
    }
    EXPECT_CMP(took, >, 0);
    close_breaker();
}

TESTS("retry_breaker", TEST(a_stalled_sink_gets_one_attempt_at_a_time),
      TEST(what_comes_meanwhile_waits_in_its_order),
      TEST(a_retry_after_holds_its_own_event_alone),
      TEST(a_stop_gives_back_what_is_held),
      TEST(a_caller_hears_at_once_when_to_come_again),
      TEST(what_is_new_is_the_next_probe), TEST(probes_go_to_each_key_in_turn),
      TEST(a_caller_that_insists_leaves_others_their_turn))
