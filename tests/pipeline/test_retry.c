/* SPDX-License-Identifier: Apache-2.0 */
/* Trying again, with pauses, limits, and the order of each key. */
#include "ce_test.h"
#include "memory.h"
#include "rig.h"

static ce_rig rig;

static void open_with(ce_retry_config c)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE(ce_retry_stage(&s, rig.top, rig.loop, &c) == CE_OK);
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static ce_retry_config usual(void)
{
    return (ce_retry_config){ .base_ms = 100, .cap_ms = 1000 };
}

static void open_usual(void)
{
    open_with(usual());
}

static int arrive(const char *id, const char *key)
{
    int number = ce_mem_arrive_event(rig.source, id, key);

    REQUIRE(number >= 0);
    return number;
}

static unsigned settlements(int number)
{
    return ce_rig_outcome(&rig, number)->settlements;
}

static ce_verdict verdict(int number)
{
    return ce_rig_outcome(&rig, number)->result.verdict;
}

static void answer(unsigned number, ce_result r)
{
    EXPECT(!ce_mem_sent_at(rig.sink, number)->answered);
    ce_mem_release(rig.sink, number, r);
}

static void fail(unsigned number)
{
    answer(number, ce_rig_undelivered(503, 0));
}

static void ack(unsigned number)
{
    answer(number, ce_rig_ack());
}

static bool sent(const char *ids)
{
    bool same = !strcmp(ce_mem_ids(rig.sink), ids);

    if (!same)
        fprintf(stderr, "sent \"%s\", expected \"%s\": ", ce_mem_ids(rig.sink),
                ids);
    return same;
}

/* --- results --- */

static void what_is_delivered_is_sent_once(void)
{
    int n;

    open_usual();
    n = arrive("1", NULL);
    EXPECT(settlements(n) == 1 && verdict(n) == CE_ACK);
    EXPECT(ce_rig_outcome(&rig, n)->result.attempts <= 1);
    ce_loop_advance(rig.loop, 100000);
    EXPECT(sent("1"));
    ce_rig_close(&rig, NULL);
}

static void what_is_undelivered_is_sent_again(void)
{
    int n;

    open_usual();
    ce_mem_script(rig.sink, ce_mem_undelivered);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    EXPECT(settlements(n) == 0);
    ce_loop_advance(rig.loop, 100);
    EXPECT(ce_mem_count(rig.sink) >= 2);
    ce_loop_advance(rig.loop, 200);
    EXPECT(settlements(n) == 1 && verdict(n) == CE_ACK);
    EXPECT(ce_rig_outcome(&rig, n)->result.attempts == 3);
    EXPECT(sent("1 1 1"));
    ce_rig_close(&rig, NULL);
}

static void every_attempt_sends_the_same(void)
{
    open_usual();
    ce_mem_script(rig.sink, ce_mem_undelivered);
    arrive("1", "k");
    ce_loop_advance(rig.loop, 100);
    REQUIRE(ce_mem_count(rig.sink) == 2);
    for (unsigned i = 0; i < 2; i++) {
        const ce_message *m = &ce_mem_sent_at(rig.sink, i)->message;

        EXPECT(m->mode == CE_MODE_BINARY);
        EXPECT_TEXT(m->body, "data");
        EXPECT_TEXT(m->content_type, "text/plain");
        EXPECT(m->attrs.len == 5);
        EXPECT(m->key.ptr == NULL);
    }
    ce_rig_close(&rig, NULL);
}

static void what_is_refused_is_not_sent_again(void)
{
    int n;

    open_usual();
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    n = arrive("1", NULL);
    EXPECT(settlements(n) == 1 && verdict(n) == CE_NACK);
    EXPECT(ce_rig_outcome(&rig, n)->result.code == 422);
    EXPECT(!ce_rig_outcome(&rig, n)->result.exhausted);
    EXPECT(strcmp(ce_rig_outcome(&rig, n)->reason, "no") == 0);
    ce_loop_advance(rig.loop, 100000);
    EXPECT(sent("1"));
    ce_rig_close(&rig, NULL);
}

static void what_may_not_be_refused_is_sent_again(void)
{
    ce_retry_config c = usual();
    int n;

    c.nack_too = true;
    open_with(c);
    ce_mem_script(rig.sink, (ce_mem_answer){ ce_rig_nack(422, "no"), 0, 0 });
    n = arrive("1", NULL);
    EXPECT(settlements(n) == 0);
    ce_loop_advance(rig.loop, 100);
    EXPECT(verdict(n) == CE_ACK);
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
    EXPECT(settlements(n) == 1 && verdict(n) == CE_UNDELIVERED);
    EXPECT(ce_rig_outcome(&rig, n)->result.exhausted);
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
    EXPECT(o->settlements == 1);
    EXPECT(o->result.verdict == CE_UNDELIVERED && o->result.exhausted);
    EXPECT(o->result.attempts == 3);
    EXPECT(o->result.code == 503);
    EXPECT(strcmp(o->reason, "not now") == 0);
    EXPECT(sent("1 1 1"));
    EXPECT(atomic_load(&meter.retries) == 2);
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
    EXPECT(settlements(n) == 1);
    EXPECT(ce_rig_outcome(&rig, n)->result.exhausted);
    EXPECT(ce_rig_outcome(&rig, n)->result.attempts == 1);
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
    EXPECT(settlements(n) == 0);
    ce_loop_advance(rig.loop, 1010);
    o = ce_rig_outcome(&rig, n);
    EXPECT(o->settlements == 1);
    EXPECT(o->result.verdict == CE_UNDELIVERED && o->result.exhausted);
    EXPECT(o->result.attempts == ce_mem_count(rig.sink));
    ce_rig_close(&rig, NULL);
}

static void without_limits_it_tries_for_ever(void)
{
    int n;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_undelivered);
    n = arrive("1", NULL);
    ce_loop_advance(rig.loop, 24 * 3600 * 1000);
    EXPECT(settlements(n) == 0);
    EXPECT(ce_mem_count(rig.sink) > 24 * 3600);
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 1000);
    EXPECT(verdict(n) == CE_ACK && settlements(n) == 1);
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
        EXPECT(high[i] <= most);
        EXPECT(high[i] > most * 8 / 10);
        EXPECT(low[i] < most * 2 / 10);
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
        EXPECT(settlements(n) == 1);
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
    EXPECT(sent("1"));
    ce_loop_advance(rig.loop, 1001);
    EXPECT(settlements(n) == 1);
    EXPECT(ce_mem_sent_at(rig.sink, 1)->at_ms >= start + 5000);
    ce_rig_close(&rig, NULL);
}

static void the_sink_s_recovery_ends_the_waiting(void)
{
    ce_retry_config c = { .base_ms = 3600000, .cap_ms = 3600000 };
    ce_health health;
    unsigned before;

    ce_rig_open(&rig, NULL);
    ce_health_init(&health, rig.loop, "sink");
    c.sink = &health;
    {
        ce_stage *s;

        REQUIRE(ce_retry_stage(&s, rig.top, rig.loop, &c) == CE_OK);
        ce_rig_add(&rig, s);
    }
    ce_rig_start(&rig);
    ce_health_up(&health);
    ce_health_down(&health, "away");
    ce_mem_always(rig.sink, ce_mem_undelivered);
    for (unsigned i = 0; i < 50; i++) {
        char id[16];

        snprintf(id, sizeof id, "%u", i);
        arrive(id, id);
    }
    before = ce_mem_count(rig.sink);
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_health_up(&health);
    ce_loop_advance(rig.loop, 1);
    EXPECT(ce_mem_settled(rig.source) == 50);
    EXPECT(ce_mem_count(rig.sink) == before + 50);
    ce_rig_close(&rig, NULL);
    EXPECT(health.watches == NULL);
}

/* --- order --- */

static void nothing_newer_of_a_key_overtakes(void)
{
    int a1, a2, a3, a4;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    a1 = arrive("a1", "a");
    a2 = arrive("a2", "a");
    a3 = arrive("a3", "a");
    EXPECT(sent("a1 a2 a3"));
    fail(0);
    a4 = arrive("a4", "a");
    EXPECT(sent("a1 a2 a3"));
    ack(1);
    EXPECT(settlements(a2) == 1);
    fail(2);
    ce_loop_advance(rig.loop, 100);
    EXPECT(sent("a1 a2 a3 a1"));
    ce_loop_advance(rig.loop, 100000);
    EXPECT(sent("a1 a2 a3 a1"));
    fail(3);
    ce_loop_advance(rig.loop, 1000);
    EXPECT(sent("a1 a2 a3 a1 a1"));
    ack(4);
    EXPECT(settlements(a1) == 1);
    ce_loop_advance(rig.loop, 1000);
    EXPECT(!strncmp(ce_mem_ids(rig.sink), "a1 a2 a3 a1 a1 a3", 17));
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_mem_release_all(rig.sink, ce_rig_ack());
    ce_loop_advance(rig.loop, 1000);
    EXPECT(sent("a1 a2 a3 a1 a1 a3 a4"));
    EXPECT(verdict(a3) == CE_ACK && verdict(a4) == CE_ACK);
    ce_rig_close(&rig, NULL);
}

static void failures_that_come_back_in_any_order_go_in_order(void)
{
    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    arrive("a2", "a");
    arrive("a3", "a");
    arrive("a4", "a");
    fail(2);
    fail(0);
    fail(3);
    fail(1);
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 1000);
    EXPECT(sent("a1 a2 a3 a4 a1 a2 a3 a4"));
    ce_rig_close(&rig, NULL);
}

static void other_keys_flow(void)
{
    int b1, b2, c1;

    open_usual();
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    b1 = arrive("b1", "b");
    fail(0);
    arrive("a2", "a");
    b2 = arrive("b2", "b");
    c1 = arrive("c1", "c");
    EXPECT(sent("a1 b1 b2 c1"));
    ack(1);
    ack(2);
    ack(3);
    EXPECT(settlements(b1) && settlements(b2) && settlements(c1));
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 100);
    EXPECT(sent("a1 b1 b2 c1 a1 a2"));
    ce_rig_close(&rig, NULL);
}

static void a_key_has_one_in_flight_if_the_sink_keeps_no_order(void)
{
    ce_retry_config c = usual();

    c.one_per_key = true;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    arrive("a2", "a");
    arrive("b1", "b");
    arrive("a3", "a");
    EXPECT(sent("a1 b1"));
    ack(0);
    EXPECT(sent("a1 b1 a2"));
    fail(2);
    ce_loop_advance(rig.loop, 100);
    EXPECT(sent("a1 b1 a2 a2"));
    ack(3);
    EXPECT(sent("a1 b1 a2 a2 a3"));
    ack(4);
    ack(1);
    ce_rig_close(&rig, NULL);
}

static void what_was_refused_lets_the_next_go(void)
{
    ce_retry_config c = usual();
    int a1, a2;

    c.one_per_key = true;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_hold);
    a1 = arrive("a1", "a");
    a2 = arrive("a2", "a");
    answer(0, ce_rig_nack(422, "no"));
    EXPECT(verdict(a1) == CE_NACK);
    EXPECT(sent("a1 a2"));
    ack(1);
    EXPECT(verdict(a2) == CE_ACK);
    ce_rig_close(&rig, NULL);
}

static void what_was_given_up_lets_the_next_go(void)
{
    ce_retry_config c = usual();
    int a1, a2;

    c.max_attempts = 2;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_undelivered);
    a1 = arrive("a1", "a");
    a2 = arrive("a2", "a");
    ce_loop_advance(rig.loop, 100000);
    EXPECT(ce_rig_outcome(&rig, a1)->result.exhausted);
    EXPECT(ce_rig_outcome(&rig, a2)->result.exhausted);
    EXPECT(sent("a1 a1 a2 a2"));
    ce_rig_close(&rig, NULL);
}

static void without_an_order_nothing_waits(void)
{
    ce_retry_config c = usual();

    c.order = CE_ORDER_NONE;
    open_with(c);
    ce_mem_always(rig.sink, ce_mem_hold);
    arrive("a1", "a");
    arrive("a2", "a");
    fail(0);
    arrive("a3", "a");
    EXPECT(sent("a1 a2 a3"));
    ce_mem_always(rig.sink, ce_mem_ack);
    ce_loop_advance(rig.loop, 100);
    EXPECT(sent("a1 a2 a3 a1"));
    ack(1);
    ack(2);
    ce_rig_close(&rig, NULL);
}

/* --- keys --- */

typedef struct keyed {
    const char *partitionkey, *key, *topic, *source, *subject;
    int partition;
} keyed;

static void arrive_keyed(const char *id, const keyed *k)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), ce_slice_of(id), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("com.example.t"), CE_STRING },
        { CE_SLICE("source"), ce_slice_of(k->source), CE_STRING },
        { CE_SLICE("partitionkey"), ce_slice_of(k->partitionkey), CE_STRING },
        { CE_SLICE("subject"), ce_slice_of(k->subject), CE_STRING },
    };
    ce_delivery like = {
        .message = { .mode = CE_MODE_BINARY,
                     .key = ce_slice_of(k->key),
                     .attrs = { attrs, 4, 6 } },
        .origin = { .topic = ce_slice_of(k->topic),
                    .partition = k->partition,
                    .offset = k->partition < 0 ? -1 : 7 },
    };

    if (k->partitionkey)
        like.message.attrs.len = 5;
    if (k->subject)
        attrs[like.message.attrs.len++] = attrs[5];
    REQUIRE(ce_mem_arrive(rig.source, &like) >= 0);
}

static void a_key_is_what_the_source_orders_by(void)
{
    static const struct {
        const char *name;
        keyed a, b;
        bool same;
    } rows[] = {
        { "same partitionkey",
          { "p", "k1", "t1", "/1", "x", 0 },
          { "p", "k2", "t2", "/2", "y", 1 },
          true },
        { "other partitionkey",
          { "p", "k", "t", "/1", "x", 0 },
          { "q", "k", "t", "/1", "x", 0 },
          false },
        { "same Kafka key",
          { NULL, "k", "t", "/1", "x", 0 },
          { NULL, "k", "t", "/2", "y", 0 },
          true },
        { "other Kafka key",
          { NULL, "k", "t", "/1", "x", 0 },
          { NULL, "l", "t", "/1", "x", 0 },
          false },
        { "same MQTT topic",
          { NULL, NULL, "t", "/1", "x", -1 },
          { NULL, NULL, "t", "/2", "y", -1 },
          true },
        { "other MQTT topic",
          { NULL, NULL, "t", "/1", "x", -1 },
          { NULL, NULL, "u", "/1", "x", -1 },
          false },
        { "Kafka without key, same source and subject",
          { NULL, NULL, "t", "/1", "x", 0 },
          { NULL, NULL, "t", "/1", "x", 0 },
          true },
        { "Kafka without key, other subject",
          { NULL, NULL, "t", "/1", "x", 0 },
          { NULL, NULL, "t", "/1", "y", 0 },
          false },
        { "Kafka without key, other source",
          { NULL, NULL, "t", "/1", "x", 0 },
          { NULL, NULL, "t", "/2", "x", 0 },
          false },
        { "no subject",
          { NULL, NULL, NULL, "/1", NULL, -1 },
          { NULL, NULL, NULL, "/1", NULL, -1 },
          true },
        { "source and subject do not run together",
          { NULL, NULL, NULL, "/ab", "c", -1 },
          { NULL, NULL, NULL, "/a", "bc", -1 },
          false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        open_usual();
        ce_mem_script(rig.sink, ce_mem_undelivered);
        arrive_keyed("1", &rows[i].a);
        arrive_keyed("2", &rows[i].b);
        EXPECT_ROW(rows[i].name,
                   !strcmp(ce_mem_ids(rig.sink), rows[i].same ? "1" : "1 2"));
        ce_loop_advance(rig.loop, 1000);
        ce_rig_close(&rig, NULL);
    }
}

static void a_structured_event_has_a_key_too(void)
{
    const char *body = "{\"specversion\":\"1.0\",\"id\":\"s1\",\"source\":"
                       "\"/s\",\"type\":\"t\",\"partitionkey\":\"a\"}";
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = ce_slice_of(body) };

    open_usual();
    ce_mem_script(rig.sink, ce_mem_undelivered);
    REQUIRE(ce_mem_arrive_message(rig.source, &m) >= 0);
    arrive("a2", "a");
    EXPECT(sent("s1"));
    ce_loop_advance(rig.loop, 1000);
    EXPECT(sent("s1 s1 a2"));
    EXPECT(ce_slice_eq(ce_mem_sent_at(rig.sink, 1)->message.body, m.body));
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
    EXPECT(o->settlements == 1 && o->result.verdict == CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    o = ce_rig_outcome(&rig, a2);
    EXPECT(o->settlements == 1 && o->result.verdict == CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    EXPECT(settlements(b1) == 0);
    fail(1);
    o = ce_rig_outcome(&rig, b1);
    EXPECT(o->settlements == 1 && o->result.verdict == CE_UNDELIVERED);
    EXPECT(!o->result.exhausted);
    EXPECT(sent("a1 b1"));
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
    EXPECT(settlements(a1) == 1);
    a3 = arrive("a3", "a");
    EXPECT(settlements(a3) == 1 || ce_mem_unanswered(rig.sink) == 2);
    ack(1);
    EXPECT(settlements(a2) == 1);
    ce_mem_release_all(rig.sink, ce_rig_undelivered(503, 0));
    EXPECT(settlements(a3) == 1);
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

/* --- resources --- */

/* Leaves something behind in the delivery's memory, as senders do. */
static void litter(ce_stage *s, ce_delivery *d)
{
    static size_t most;

    if (ce_arena_used(d->arena) > most)
        most = ce_arena_used(d->arena);
    REQUIRE(most < 10000);
    REQUIRE(ce_arena_alloc(d->arena, 1000) != NULL);
    ce_push(s->next, d);
}

static void a_thousand_attempts_need_the_memory_of_one(void)
{
    static const ce_stage_ops ops = { .name = "litter", .push = litter };
    ce_retry_config c = usual();
    ce_stage dirty = { &ops, NULL }, *s;

    ce_rig_open(&rig, NULL);
    dirty.next = rig.top;
    REQUIRE(ce_retry_stage(&s, &dirty, rig.loop, &c) == CE_OK);
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
    for (unsigned i = 0; i < 1000; i++)
        ce_mem_script(rig.sink, ce_mem_undelivered);
    arrive("1", NULL);
    ce_loop_advance(rig.loop, 1000 * 1000);
    EXPECT(ce_mem_settled(rig.source) == 1);
    EXPECT(ce_mem_count(rig.sink) == 1001);
    ce_rig_close(&rig, NULL);
}

static unsigned to_come;

static void push_next(void *arg, int number)
{
    char id[16];

    (void)number;
    if (to_come == 0)
        return;
    snprintf(id, sizeof id, "%u", to_come--);
    EXPECT(ce_mem_arrive_event(arg, id, "k") >= 0);
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
    EXPECT(ce_mem_settled(rig.source) == 201);
    EXPECT(ce_mem_count(rig.sink) == 203);
    ce_rig_close(&rig, NULL);
}

static void without_memory_it_does_not_open(void)
{
    ce_retry_config c = usual();
    ce_stage *s;

    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT(ce_retry_stage(&s, NULL, NULL, &c) == CE_ENOMEM);
    ce_memory_unwatch();
}

static void without_memory_events_stay_with_their_source(void)
{
    int n;

    open_usual();
    /* A warm delivery, so that only the lane's memory is missing. */
    for (long at = 0; at < 4; at++) {
        arrive("warm", "w");
        ce_memory_fail_at(at);
        n = ce_mem_arrive_event(rig.source, "1", "k");
        ce_memory_heal();
        if (n >= 0)
            EXPECT(settlements(n) == 1);
        ce_loop_advance(rig.loop, 1000);
    }
    ce_rig_close(&rig, NULL);
}

TESTS("retry", TEST(what_is_delivered_is_sent_once),
      TEST(what_is_undelivered_is_sent_again),
      TEST(every_attempt_sends_the_same),
      TEST(what_is_refused_is_not_sent_again),
      TEST(what_may_not_be_refused_is_sent_again),
      TEST(what_others_gave_up_is_not_sent_again),
      TEST(gives_up_after_so_many_attempts), TEST(one_attempt_means_none_again),
      TEST(gives_up_after_so_much_time), TEST(without_limits_it_tries_for_ever),
      TEST(pauses_are_anything_up_to_the_cap),
      TEST(a_success_resets_the_pauses),
      TEST(waits_at_least_as_long_as_the_sink_asks),
      TEST(the_sink_s_recovery_ends_the_waiting),
      TEST(nothing_newer_of_a_key_overtakes),
      TEST(failures_that_come_back_in_any_order_go_in_order),
      TEST(other_keys_flow),
      TEST(a_key_has_one_in_flight_if_the_sink_keeps_no_order),
      TEST(what_was_refused_lets_the_next_go),
      TEST(what_was_given_up_lets_the_next_go),
      TEST(without_an_order_nothing_waits),
      TEST(a_key_is_what_the_source_orders_by),
      TEST(a_structured_event_has_a_key_too), TEST(stop_hands_back_what_waits),
      TEST(after_stop_nothing_is_held_back), TEST(stopping_twice_is_stopping),
      TEST(a_thousand_attempts_need_the_memory_of_one),
      TEST(a_source_may_push_from_a_settlement),
      TEST(without_memory_it_does_not_open),
      TEST(without_memory_events_stay_with_their_source))
