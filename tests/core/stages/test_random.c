/* SPDX-License-Identifier: Apache-2.0 */
/* Random scripts over a whole chain: two sinks that fail, lag and refuse, and
 * a dead-letter target that does too. Whatever happens, every delivery is
 * settled once, keys keep their order, nothing is acknowledged that no sink
 * has confirmed, and the counters balance. CE_TEST_SEED=N runs the script of
 * one seed again. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

enum { EVENTS = 600, KEYS = 5, SENDS = 40000, STEPS = 250, ATTEMPTS = 4 };

/* A million events take some seconds; under sanitizers far fewer do. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEEDS = 60 };
#else
enum { SEEDS = 1200 };
#endif

/* One sink's view of all events. */
typedef struct target {
    const char *name;
    ce_sender *sender;
    ce_health health; /* what its retry stage watches */
    ce_breaker breaker;
    bool ordered, one_per_key, forever;
    bool out; /* an outage */
    unsigned sends;
    unsigned event_of[SENDS];
    ce_verdict answer_of[SENDS];
    unsigned last[EVENTS];     /* the newest send, plus 1 */
    unsigned attempts[EVENTS]; /* since the event came to this target */
    bool confirmed[EVENTS];
    struct {
        unsigned flying;
        bool failed;   /* one of those that fly together came back */
        bool troubled; /* until one that was sent alone succeeds */
    } keys[KEYS];
} target;

static ce_rig rig;
static ce_meter meter;
static target sinks[2], letters;
static unsigned events, key_of[EVENTS], message_of[EVENTS];
/* Whether the letters hold an event for each of the two sinks. */
static bool lettered[2][EVENTS];
static uint64_t seed;
static unsigned probes; /* sends while a breaker was open */
static bool calm;       /* everything works, at once */
static bool poor;       /* memory fails now and then */

static unsigned pick(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 20) % below;
}

/* --- what the far ends check and answer --- */

static bool is_flying(const target *t, unsigned event)
{
    unsigned n = t->last[event];

    return n && !ce_mem_sent_at(t->sender, n - 1)->answered;
}

/* It came back undelivered, and its turn is not over. */
static bool is_waiting(const target *t, unsigned event)
{
    unsigned n = t->last[event];

    return n && !is_flying(t, event) && t->answer_of[n - 1] == CE_UNDELIVERED &&
           (t->forever || t->attempts[event] < ATTEMPTS);
}

static void check_order(target *t, unsigned event)
{
    unsigned key = key_of[event];
    bool any_waits = false;

    for (unsigned other = 0; other < events; other++) {
        if (key_of[other] != key || other == event)
            continue;
        any_waits |= is_waiting(t, other);
        EXPECT(other > event || !is_waiting(t, other));
        if (t->attempts[event] == 0)
            EXPECT(other < event || t->last[other] == 0);
    }
    if (t->keys[key].flying == 0 && !any_waits && t->attempts[event] == 0)
        t->keys[key].troubled = false;
    if (t->one_per_key || t->keys[key].failed || t->keys[key].troubled)
        EXPECT_EQ(t->keys[key].flying, 0);
    t->keys[key].flying++;
}

static void note_landing(target *t, unsigned key, bool failed)
{
    t->keys[key].failed |= failed;
    if (--t->keys[key].flying > 0)
        return;
    t->keys[key].troubled = t->keys[key].failed;
    t->keys[key].failed = false;
}

static void lack_memory(void)
{
    if (poor && pick(2) == 0)
        ce_memory_fail_at(pick(40));
}

static ce_result some_result(const target *t)
{
    unsigned n = pick(100);

    if (calm)
        return ce_rig_ack();
    if (t->out || n < 25)
        return ce_rig_undelivered(503, n < 5 ? pick(3000) : 0);
    return n < 33 ? ce_rig_nack(422, "no") : ce_rig_ack();
}

/* Which sink's letter this is, by dlqtarget. */
static void note_letter(unsigned number, unsigned event)
{
    const char *of = ce_mem_sent_attribute(letters.sender, number, "dlqtarget");

    for (unsigned i = 0; i < 2; i++)
        if (of && !strcmp(of, sinks[i].name))
            lettered[i][event] = true;
}

static void note_answer(target *t, unsigned number, ce_verdict v)
{
    unsigned event = t->event_of[number];

    t->answer_of[number] = v;
    if (t->ordered)
        note_landing(t, key_of[event], v == CE_UNDELIVERED);
    if (v != CE_ACK)
        return;
    if (t == &letters)
        note_letter(number, event);
    else
        t->confirmed[event] = true;
}

static ce_mem_answer decide(void *arg, const ce_mem_sent *sent)
{
    target *t = arg;
    unsigned event = (unsigned)atoi(sent->id), number = t->sends++;
    ce_mem_answer a = { .result = some_result(t) };
    unsigned how = pick(10);

    probes += t->breaker.open;
    REQUIRE_CMP(number, <, SENDS);
    REQUIRE_CMP(event, <, events);
    if (t->ordered)
        check_order(t, event);
    t->event_of[number] = event;
    t->last[event] = number + 1;
    t->attempts[event]++;
    a.hold = !calm && how < 5;
    /* A late answer has no place in the order that is kept here. */
    a.delay_ms = !calm && how == 9 && !t->ordered ? 1 + pick(200) : 0;
    if (!a.hold)
        note_answer(t, number, a.result.verdict);
    return a;
}

static void release_some(target *t)
{
    for (unsigned i = 0; i < t->sends; i++) {
        ce_result r = some_result(t);

        if (ce_mem_sent_at(t->sender, i)->answered || (!calm && pick(3)))
            continue;
        note_answer(t, i, r.verdict);
        ce_mem_release(t->sender, i, r);
    }
}

/* --- the chain --- */

static void open_breaker(target *t)
{
    const ce_breaker_config c = {
        .loop = rig.loop,
        .sink = &t->health,
        .refusal_fails = t == &letters,
        .quiet = true,
        .seed = seed | 1,
    };

    ce_breaker_init(&t->breaker, &c);
}

static void open_target(target *t, const char *name)
{
    char uri[64];

    memset(t, 0, sizeof *t);
    snprintf(uri, sizeof uri, "mem://%s", name);
    t->name = name;
    t->sender = ce_rig_sink(&rig, uri);
    ce_mem_decide(t->sender, decide, t);
    ce_health_init(&t->health, rig.loop, name);
    ce_health_up(&t->health);
    open_breaker(t);
}

static ce_stage *add_retry(target *t, ce_stage *next)
{
    ce_retry_config c = {
        .max_attempts = t->forever ? 0 : ATTEMPTS,
        .base_ms = 50,
        .cap_ms = 1000,
        .order = t->ordered ? CE_ORDER_KEY : CE_ORDER_NONE,
        .one_per_key = t->one_per_key,
        .sink = &t->health,
        .breaker = &t->breaker,
        .meter = &meter,
        .seed = seed | 1,
    };
    ce_stage *s;

    REQUIRE_OK(ce_retry_stage(&s, next, rig.loop, &c));
    ce_rig_add(&rig, s);
    return s;
}

static void open_chain(void)
{
    static const char *const names[] = { "one", "two" };
    static const ce_mode modes[] = { CE_MODE_NONE, CE_MODE_BINARY,
                                     CE_MODE_STRUCTURED };
    static ce_stage *tops[2];
    ce_stage *to, *s;

    ce_rig_open(&rig, "max_in_flight=40");
    memset(&meter, 0, sizeof meter);
    memset(lettered, 0, sizeof lettered);
    events = 0;
    calm = false;
    open_target(&letters, "letters");
    letters.forever = true;
    to = add_retry(&letters, &letters.sender->stage);
    for (unsigned i = 0; i < 2; i++) {
        target *t = &sinks[i];

        open_target(t, names[i]);
        t->ordered = true;
        t->one_per_key = i == 1;
        t->forever = pick(3) == 0;
        s = add_retry(t, &t->sender->stage);
        s = ce_rig_encode(&rig, s, modes[pick(3)]);
        tops[i] = ce_rig_dead_letter(&rig, s, to, t->name);
    }
    REQUIRE_OK(ce_fanout_stage(&s, tops, 2, 0, NULL));
    ce_rig_add(&rig, s);
    REQUIRE_OK(ce_meter_stage(&s, rig.top, &meter));
    ce_rig_add(&rig, s);
    REQUIRE_OK(ce_split_stage(&s, rig.top, rig.loop, 1 + pick(8)));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

/* --- what happens --- */

static void append_event(ce_buf *b)
{
    key_of[events] = pick(KEYS);
    REQUIRE_OK(ce_buf_printf(b,
                             "{\"specversion\":\"1.0\",\"id\":\"%u\","
                             "\"source\":\"/s\",\"type\":\"t\","
                             "\"partitionkey\":\"k%u\",\"data\":{\"n\":1.50}}",
                             events, key_of[events]));
    events++;
}

static void arrive(void)
{
    bool batch = pick(4) == 0;
    unsigned first = events, count = batch ? pick(12) : 1;
    ce_buf b = { 0 };
    ce_message m;
    int number;

    if (events + count > EVENTS || ce_pool_out(rig.source->pool) == 40)
        return;
    if (batch)
        REQUIRE_OK(ce_buf_byte(&b, '['));
    for (unsigned i = 0; i < count; i++) {
        if (i)
            REQUIRE_OK(ce_buf_byte(&b, ','));
        append_event(&b);
    }
    if (batch)
        REQUIRE_OK(ce_buf_byte(&b, ']'));
    m = (ce_message){
        .mode = batch ? CE_MODE_BATCH : CE_MODE_STRUCTURED,
        .format = &ce_format_json,
        .content_type = batch ? CE_SLICE("application/cloudevents-batch+json")
                              : CE_SLICE("application/cloudevents+json"),
        .body = ce_buf_slice(&b),
    };
    /* Its number is known before: the sinks may see it at once. */
    lack_memory();
    number = ce_mem_arrive(
        rig.source,
        &(ce_delivery){ .message = m,
                        .origin = { .topic = CE_SLICE("t"), .offset = 1 } });
    ce_memory_heal();
    if (number < 0)
        events = first;
    for (unsigned i = first; i < events; i++)
        message_of[i] = (unsigned)number;
    ce_buf_free(&b);
}

static void outage(target *t)
{
    t->out = !t->out;
    if (!t->out)
        ce_health_up(&t->health);
    else if (pick(2))
        ce_health_down(&t->health, "away");
}

static void step(void)
{
    target *all[] = { &sinks[0], &sinks[1], &letters };

    switch (pick(8)) {
    case 0:
    case 1:
    case 2:
        arrive();
        break;
    case 3:
    case 4:
        lack_memory();
        ce_loop_advance(rig.loop, pick(20) ? pick(400) : pick(8000));
        break;
    case 5:
    case 6:
        lack_memory();
        release_some(all[pick(3)]);
        break;
    case 7:
        if (pick(4) == 0)
            outage(all[pick(3)]);
        break;
    }
    ce_loop_poll(rig.loop);
    ce_memory_heal();
}

static void calm_down(void)
{
    calm = true;
    for (unsigned i = 0; i < 200; i++) {
        release_some(&sinks[0]);
        release_some(&sinks[1]);
        release_some(&letters);
        ce_loop_advance(rig.loop, 4000);
    }
}

static void stop_chain(void)
{
    calm = true;
    rig.source->ops->stop(rig.source);
    for (unsigned i = rig.count; i > 0; i--)
        if (rig.stages[i - 1]->ops->stop)
            rig.stages[i - 1]->ops->stop(rig.stages[i - 1]);
    for (unsigned i = 0; i < 50; i++) {
        release_some(&sinks[0]);
        release_some(&sinks[1]);
        release_some(&letters);
        ce_loop_advance(rig.loop, 10);
    }
}

/* --- what must be true --- */

static void check_custody(void)
{
    for (unsigned e = 0; e < events; e++) {
        const ce_mem_outcome *o = ce_rig_outcome(&rig, (int)message_of[e]);

        if (o->result.verdict != CE_ACK)
            continue;
        for (unsigned i = 0; i < 2; i++)
            EXPECT(sinks[i].confirmed[e] || lettered[i][e]);
    }
}

static void check_balance(void)
{
    EXPECT_EQ(meter.in_flight, 0);
    EXPECT_EQ(meter.received, meter.delivered + meter.refused +
                                  meter.undelivered + meter.filtered +
                                  meter.dead_lettered + meter.duplicates);
}

static void close_chain(void)
{
    check_custody();
    check_balance();
    ce_breaker_close(&sinks[0].breaker);
    ce_breaker_close(&sinks[1].breaker);
    ce_breaker_close(&letters.breaker);
    ce_mem_close_sender(sinks[0].sender);
    ce_mem_close_sender(sinks[1].sender);
    ce_rig_close(&rig, letters.sender);
}

static unsigned given_seed(void)
{
    const char *text = getenv("CE_TEST_SEED");

    return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static unsigned first_seed(void)
{
    return given_seed() ? given_seed() : 1;
}

static unsigned last_seed(void)
{
    return given_seed() ? given_seed() : SEEDS;
}

static void every_run_ends_with_all_delivered(void)
{
    for (unsigned i = first_seed(); i <= last_seed(); i++) {
        unsigned failures = CU_get_number_of_failures();

        seed = i * 0x9e3779b97f4a7c15u;
        open_chain();
        for (unsigned k = 0; k < STEPS; k++)
            step();
        calm_down();
        EXPECT_EQ(meter.received, events);
        EXPECT_EQ(meter.undelivered, 0);
        EXPECT_EQ(meter.refused, 0);
        for (int n = 0; ce_rig_outcome(&rig, n); n++)
            EXPECT_VERDICT(ce_rig_outcome(&rig, n)->result, CE_ACK);
        close_chain();
        if (CU_get_number_of_failures() > failures)
            fprintf(stderr, "seed %u: ", i);
    }
    EXPECT(probes > 0 || given_seed());
}

static void every_run_can_be_stopped(void)
{
    for (unsigned i = first_seed(); i <= last_seed(); i++) {
        unsigned failures = CU_get_number_of_failures();

        seed = i * 0xd1342543de82ef95u;
        open_chain();
        for (unsigned k = 0; k < pick(STEPS); k++)
            step();
        stop_chain();
        close_chain();
        if (CU_get_number_of_failures() > failures)
            fprintf(stderr, "seed %u: ", i);
    }
}

static void every_run_survives_a_lack_of_memory(void)
{
    poor = true;
    for (unsigned i = first_seed(); i <= last_seed(); i++) {
        unsigned failures = CU_get_number_of_failures();

        seed = i * 0xbf58476d1ce4e5b9u;
        open_chain();
        for (unsigned k = 0; k < STEPS; k++)
            step();
        calm_down();
        for (int n = 0; ce_rig_outcome(&rig, n); n++)
            EXPECT_CMP(ce_rig_outcome(&rig, n)->result.verdict, !=, CE_NACK);
        close_chain();
        if (CU_get_number_of_failures() > failures)
            fprintf(stderr, "seed %u: ", i);
    }
    poor = false;
}

TESTS("random", TEST(every_run_ends_with_all_delivered),
      TEST(every_run_can_be_stopped), TEST(every_run_survives_a_lack_of_memory))
