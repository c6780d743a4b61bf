/* SPDX-License-Identifier: Apache-2.0 */
/* Trying again, with pauses and limits. */
#include "tests/core/stages/retry_rig.h"

/* --- results --- */

static void what_is_delivered_is_sent_once(void)
{
    int n;

    open_usual();
    n = arrive("1", NULL);
    EXPECT_EQ(settlements(n), 1);
    EXPECT_VERDICT(verdict(n), CE_ACK);
    EXPECT_CMP(ce_rig_outcome(&rig, n)->result.attempts, <=, 1);
    ce_loop_advance(rig.loop, 100000);
    EXPECT_STR(ce_mem_ids(rig.sink), "1");
    ce_rig_close(&rig, NULL);
}

static void what_is_undelivered_is_sent_again(void)
{
    int n;

    open_usual();
    ce_mem_script(rig.sink, ce_mem_undelivered);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    EXPECT_EQ(settlements(n), 0);
    ce_loop_advance(rig.loop, 100);
    EXPECT_CMP(ce_mem_count(rig.sink), >=, 2);
    ce_loop_advance(rig.loop, 200);
    EXPECT_EQ(settlements(n), 1);
    EXPECT_VERDICT(verdict(n), CE_ACK);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.attempts, 3);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 1 1");
    ce_rig_close(&rig, NULL);
}

static void every_attempt_sends_the_same(void)
{
    open_usual();
    ce_mem_script(rig.sink, ce_mem_undelivered);
    arrive("1", "k");
    ce_loop_advance(rig.loop, 100);
    REQUIRE_EQ(ce_mem_count(rig.sink), 2);
    for (unsigned i = 0; i < 2; i++) {
        const ce_message *m = &ce_mem_sent_at(rig.sink, i)->message;

        EXPECT_EQ(m->mode, CE_MODE_BINARY);
        EXPECT_TEXT(m->body, "data");
        EXPECT_TEXT(m->content_type, "text/plain");
        EXPECT_EQ(m->attrs.len, 5);
        EXPECT_EQ(m->key.ptr, NULL);
    }
    ce_rig_close(&rig, NULL);
}

static void what_is_refused_is_not_sent_again(void)
{
    int n;

    open_usual();
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    n = arrive("1", NULL);
    EXPECT_EQ(settlements(n), 1);
    EXPECT_VERDICT(verdict(n), CE_NACK);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.code, 422);
    EXPECT(!ce_rig_outcome(&rig, n)->result.exhausted);
    EXPECT_STR(ce_rig_outcome(&rig, n)->result.reason, "no");
    ce_loop_advance(rig.loop, 100000);
    EXPECT_STR(ce_mem_ids(rig.sink), "1");
    ce_rig_close(&rig, NULL);
}

static void what_may_not_be_refused_is_sent_again(void)
{
    const ce_delivery like = { .insists = true };
    int n;

    open_usual();
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    n = ce_mem_arrive(rig.source, &like);
    EXPECT_EQ(settlements(n), 0);
    ce_loop_advance(rig.loop, 100);
    EXPECT_VERDICT(verdict(n), CE_ACK);
    ce_rig_close(&rig, NULL);
}

static void what_others_gave_up_is_not_sent_again(void)
{
    ce_result given_up = ce_rig_undelivered(503, 0);
    int n;

    given_up.exhausted = true;
    open_usual();
    ce_mem_script(rig.sink, (ce_mem_answer){ given_up, 0, 0 });
    n = arrive("1", NULL);
    EXPECT_EQ(settlements(n), 1);
    EXPECT_VERDICT(verdict(n), CE_UNDELIVERED);
    EXPECT(ce_rig_outcome(&rig, n)->result.exhausted);
    ce_rig_close(&rig, NULL);
}

static void what_the_sink_has_seen_may_be_left_alone(void)
{
    ce_retry_config c = usual();
    ce_result unsent = ce_rig_undelivered(0, 0);
    int n;

    c.only_unsent = true;
    unsent.unsent = true;
    open_with(c);
    ce_mem_script(rig.sink, (ce_mem_answer){ unsent, 0, 0 });
    ce_mem_script(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    EXPECT_EQ(settlements(n), 0);
    ce_loop_advance(rig.loop, 100);
    EXPECT_EQ(settlements(n), 1);
    EXPECT_VERDICT(verdict(n), CE_UNDELIVERED);
    EXPECT(ce_rig_outcome(&rig, n)->result.exhausted);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 1");
    ce_rig_close(&rig, NULL);
}

static void gives_up_after_so_many_attempts(void)
{
    ce_retry_config c = usual();
    ce_meter meter = { 0 };
    const ce_mem_outcome *o;
    int n;

    c.max_attempts = 3;
    c.meter = &meter;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    ce_loop_advance(rig.loop, 100000);
    o = ce_rig_outcome(&rig, n);
    EXPECT_EQ(o->settlements, 1);
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(o->result.exhausted);
    EXPECT_EQ(o->result.attempts, 3);
    EXPECT_EQ(o->result.code, 503);
    EXPECT_STR(o->result.reason, "not now");
    EXPECT_STR(ce_mem_ids(rig.sink), "1 1 1");
    EXPECT_EQ(atomic_load(&meter.retries), 2);
    ce_rig_close(&rig, NULL);
}

static void one_attempt_means_none_again(void)
{
    ce_retry_config c = usual();
    int n;

    c.max_attempts = 1;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    EXPECT_EQ(settlements(n), 1);
    EXPECT(ce_rig_outcome(&rig, n)->result.exhausted);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.attempts, 1);
    ce_rig_close(&rig, NULL);
}

/* The fault of one event may have failed those that were sent with it. */
static void what_only_failed_with_others_has_one_attempt_of_its_own(void)
{
    ce_mem_answer together = ce_mem_undelivered;
    ce_retry_config c = usual();
    int n;

    together.result.shared = true;
    c.max_attempts = 2;
    open_with(c);
    for (unsigned i = 0; i < 2; i++)
        ce_mem_script(rig.sink, together);
    n = arrive("1", NULL);
    ce_loop_advance(rig.loop, 100000);
    EXPECT_VERDICT(verdict(n), CE_ACK);
    EXPECT_EQ(ce_rig_outcome(&rig, n)->result.attempts, 3);
    for (unsigned i = 0; i < 2; i++)
        ce_mem_script(rig.sink, together);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    n = arrive("2", NULL);
    ce_loop_advance(rig.loop, 100000);
    EXPECT(ce_rig_outcome(&rig, n)->result.exhausted);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 1 1 2 2 2");
    ce_rig_close(&rig, NULL);
}

static void gives_up_after_so_much_time(void)
{
    ce_retry_config c = usual();
    const ce_mem_outcome *o;
    int n;

    c.max_age_ms = 5000;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    ce_loop_advance(rig.loop, 4990);
    EXPECT_EQ(settlements(n), 0);
    ce_loop_advance(rig.loop, 1010);
    o = ce_rig_outcome(&rig, n);
    EXPECT_EQ(o->settlements, 1);
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(o->result.exhausted);
    EXPECT_EQ(o->result.attempts, ce_mem_count(rig.sink));
    ce_rig_close(&rig, NULL);
}

static void without_limits_it_tries_for_ever(void)
{
    int n;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    ce_loop_advance(rig.loop, 24 * 3600 * 1000);
    EXPECT_EQ(settlements(n), 0);
    EXPECT_CMP(ce_mem_count(rig.sink), >, 24 * 3600);
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 1000);
    EXPECT_VERDICT(verdict(n), CE_ACK);
    EXPECT_EQ(settlements(n), 1);
    ce_rig_close(&rig, NULL);
}

/* --- pauses --- */

enum { SAMPLES = 300, STEPS = 6 };

static void pauses_are_anything_up_to_the_cap(void)
{
    ce_retry_config c = usual();
    uint64_t last[SAMPLES] = { 0 }, low[STEPS], high[STEPS];
    unsigned step[SAMPLES] = { 0 };

    c.order = CE_ORDER_NONE;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    for (unsigned i = 0; i < SAMPLES; i++) {
        char id[16];

        snprintf(id, sizeof id, "%u", i);
        arrive(id, NULL);
    }
    ce_loop_advance(rig.loop, STEPS * 1000);
    for (unsigned i = 0; i < STEPS; i++) {
        low[i] = UINT64_MAX;
        high[i] = 0;
    }
    for (unsigned i = 0; i < ce_mem_count(rig.sink); i++) {
        const ce_mem_sent *m = ce_mem_sent_at(rig.sink, i);
        unsigned id = (unsigned)atoi(m->id), k = step[id]++;
        uint64_t pause = m->at_ms - last[id];

        last[id] = m->at_ms;
        if (k == 0 || k > STEPS)
            continue;
        if (pause < low[k - 1])
            low[k - 1] = pause;
        if (pause > high[k - 1])
            high[k - 1] = pause;
    }
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t most = (uint64_t)100 << i;

        if (most > 1000)
            most = 1000;
        EXPECT_CMP(high[i], <=, most);
        EXPECT_CMP(high[i], >, most * 8 / 10);
        EXPECT_CMP(low[i], <, most * 2 / 10);
    }
    rig.stages[0]->ops->stop(rig.stages[0]);
    ce_rig_close(&rig, NULL);
}

static void a_success_resets_the_pauses(void)
{
    open_usual();
    for (unsigned turn = 0; turn < 30; turn++) {
        char id[16];
        int n;

        snprintf(id, sizeof id, "%u", turn);
        ce_mem_script(rig.sink, ce_mem_undelivered);
        n = arrive(id, "k");
        ce_loop_advance(rig.loop, 100);
        EXPECT_EQ(settlements(n), 1);
    }
    ce_rig_close(&rig, NULL);
}

static void waits_at_least_as_long_as_the_sink_asks(void)
{
    uint64_t start;
    int n;

    open_usual();
    start = ce_loop_now_ms(rig.loop);
    ce_mem_script(rig.sink,
                  (ce_mem_answer){ ce_rig_undelivered(429, 5000), 0, 0 });
    n = arrive("1", NULL);
    ce_loop_advance(rig.loop, 4999);
    EXPECT_STR(ce_mem_ids(rig.sink), "1");
    ce_loop_advance(rig.loop, 1001);
    EXPECT_EQ(settlements(n), 1);
    EXPECT_CMP(ce_mem_sent_at(rig.sink, 1)->at_ms, >=, start + 5000);
    ce_rig_close(&rig, NULL);
}

/* --- the end --- */

static void stop_hands_back_what_waits(void)
{
    const ce_mem_outcome *o;
    int a1, a2, b1;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    a1 = arrive("a1", "a");
    b1 = arrive("b1", "b");
    fail(0);
    a2 = arrive("a2", "a");
    rig.top->ops->stop(rig.top);
    o = ce_rig_outcome(&rig, a1);
    EXPECT_EQ(o->settlements, 1);
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    o = ce_rig_outcome(&rig, a2);
    EXPECT_EQ(o->settlements, 1);
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    EXPECT_EQ(settlements(b1), 0);
    fail(1);
    o = ce_rig_outcome(&rig, b1);
    EXPECT_EQ(o->settlements, 1);
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    EXPECT_STR(ce_mem_ids(rig.sink), "a1 b1");
    ce_rig_close(&rig, NULL);
}

static ce_delivery *passed[8];
static unsigned passed_count;

static void note(ce_stage *s, ce_delivery *d)
{
    passed[passed_count++ % COUNT(passed)] = d;
    ce_push(s->next, d);
}

/* A partition that goes to another member takes nothing of its old one's
 * memory with it, however long the pauses are. */
static void what_its_source_gives_up_is_given_back_soon(void)
{
    static const ce_stage_ops ops = { .name = "note", .push = note };
    ce_mem_answer later = { ce_rig_undelivered(429, 60000), 0, 0 };
    ce_stage noted = { &ops, NULL };
    int first, second, other;

    passed_count = 0;
    ce_rig_open(&rig, NULL);
    {
        ce_retry_config c = usual();
        ce_stage *s;

        REQUIRE_OK(ce_retry_stage(&s, rig.top, rig.loop, &c));
        ce_rig_add(&rig, s);
    }
    noted.next = rig.top;
    rig.top = &noted;
    ce_rig_start(&rig);
    ce_mem_script(rig.sink, later);
    ce_mem_script(rig.sink, later);
    first = arrive("1", "k");
    second = arrive("2", "k");
    other = arrive("3", "other");
    passed[0]->abandoned = passed[1]->abandoned = true;
    ce_loop_advance(rig.loop, 1000);
    EXPECT_EQ(settlements(first), 1);
    EXPECT_VERDICT(verdict(first), CE_UNDELIVERED);
    EXPECT_EQ(settlements(second), 1);
    EXPECT_EQ(settlements(other), 0);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 3");
    ce_loop_advance(rig.loop, 60000);
    EXPECT_EQ(settlements(other), 1);
    EXPECT_STR(ce_mem_ids(rig.sink), "1 3 3");
    ce_rig_close(&rig, NULL);
}

static void after_stop_nothing_is_held_back(void)
{
    int a1, a2, a3;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    a1 = arrive("a1", "a");
    a2 = arrive("a2", "a");
    fail(0);
    rig.top->ops->stop(rig.top);
    EXPECT_EQ(settlements(a1), 1);
    a3 = arrive("a3", "a");
    EXPECT(settlements(a3) == 1 || ce_mem_unanswered(rig.sink) == 2);
    ack(1);
    EXPECT_EQ(settlements(a2), 1);
    ce_mem_release_all(rig.sink, ce_rig_undelivered(503, 0));
    EXPECT_EQ(settlements(a3), 1);
    ce_loop_advance(rig.loop, 100000);
    ce_rig_close(&rig, NULL);
}

static void stopping_twice_is_stopping(void)
{
    open_usual();
    ce_mem_script(rig.sink, ce_mem_undelivered);
    arrive("1", NULL);
    rig.top->ops->stop(rig.top);
    rig.top->ops->stop(rig.top);
    ce_rig_close(&rig, NULL);
}

/* --- sources --- */

static unsigned to_come;

static void push_next(void *arg, int number)
{
    char id[16];

    (void)number;
    if (to_come == 0)
        return;
    snprintf(id, sizeof id, "%u", to_come--);
    EXPECT_CMP(ce_mem_arrive_event(arg, id, "k"), >=, 0);
}

static void a_source_may_push_from_a_settlement(void)
{
    open_usual();
    to_come = 200;
    ce_mem_on_settled(rig.source, push_next, rig.source);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    ce_mem_script(rig.sink, ce_mem_ack);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    arrive("first", "k");
    ce_loop_advance(rig.loop, 1000);
    EXPECT_EQ(ce_mem_settled(rig.source), 201);
    EXPECT_EQ(ce_mem_count(rig.sink), 203);
    ce_rig_close(&rig, NULL);
}

TESTS("retry", TEST(what_is_delivered_is_sent_once),
      TEST(what_is_undelivered_is_sent_again),
      TEST(every_attempt_sends_the_same),
      TEST(what_is_refused_is_not_sent_again),
      TEST(what_may_not_be_refused_is_sent_again),
      TEST(what_others_gave_up_is_not_sent_again),
      TEST(what_the_sink_has_seen_may_be_left_alone),
      TEST(gives_up_after_so_many_attempts),
      TEST(what_only_failed_with_others_has_one_attempt_of_its_own),
      TEST(one_attempt_means_none_again), TEST(gives_up_after_so_much_time),
      TEST(without_limits_it_tries_for_ever),
      TEST(pauses_are_anything_up_to_the_cap),
      TEST(a_success_resets_the_pauses),
      TEST(waits_at_least_as_long_as_the_sink_asks),
      TEST(stop_hands_back_what_waits),
      TEST(what_its_source_gives_up_is_given_back_soon),
      TEST(after_stop_nothing_is_held_back), TEST(stopping_twice_is_stopping),
      TEST(a_source_may_push_from_a_settlement))
