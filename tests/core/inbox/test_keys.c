/* SPDX-License-Identifier: Apache-2.0 */
/* Keys behind one inbox: each keeps its order, and none that is slow holds the
 * others. */
#include "core/pipeline/yard.h"
#include "tests/core/inbox/sinks_rig.h"

enum { CREDIT = 16, EVENTS = CE_YARD_MAX + 1000, KEYS = 6, STEPS = 400 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEEDS = 20 };
#else
enum { SEEDS = 200 };
#endif

static ce_stage *retry, *metering, *top;
static bool pipelined; /* several of a key may be on their way */
static bool batches;
static bool poor; /* memory fails now and then */
static ce_meter meter;
static uint64_t seed;

/* What is known of each event, by its number. */
static unsigned key_of[EVENTS], sends[EVENTS];
static bool confirmed[EVENTS], flying[EVENTS];
static unsigned events;

static unsigned pick(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 20) % below;
}

static void put_of(unsigned key)
{
    char id[16], name[16];
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), { id, 0 }, CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
        { CE_SLICE("partitionkey"), { name, 0 }, CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY, .attrs = { attrs, 5, 5 } };
    ce_origin o = nowhere();

    snprintf(id, sizeof id, "%u", events);
    snprintf(name, sizeof name, "%u", key);
    attrs[1].text = ce_slice_of(id);
    attrs[4].text = ce_slice_of(name);
    key_of[events++] = key;
    REQUIRE_OK(ce_inbox_put(inbox, &m, &o, NULL, NULL));
}

static void put_batch(unsigned count)
{
    ce_origin o = nowhere();
    ce_buf b = { 0 };
    ce_message m = { .mode = CE_MODE_BATCH,
                     .format = &ce_format_json,
                     .content_type =
                         CE_SLICE("application/cloudevents-batch+json") };

    for (unsigned i = 0; i < count; i++) {
        key_of[events] = pick(KEYS);
        REQUIRE_OK(ce_buf_printf(
            &b,
            "%c{\"specversion\":\"1.0\",\"id\":\"%u\",\"source\":\"/s\","
            "\"type\":\"t\",\"partitionkey\":\"%u\"}",
            i ? ',' : '[', events, key_of[events]));
        events++;
    }
    REQUIRE_OK(ce_buf_byte(&b, ']'));
    m.body = ce_buf_slice(&b);
    REQUIRE_OK(ce_inbox_put(inbox, &m, &o, NULL, NULL));
    ce_buf_free(&b);
}

static void put_many(unsigned count, unsigned key)
{
    for (unsigned i = 0; i < count; i++)
        put_of(key);
}

/* --- the sink --- */

static bool holds_key[KEYS];
static unsigned fails_percent;

/* Nothing older of its key waits. */
static void check_order(unsigned event)
{
    if (poor)
        return;
    EXPECT(!confirmed[event] && !flying[event]);
    for (unsigned i = 0; i < event; i++)
        if (key_of[i] == key_of[event])
            EXPECT(confirmed[i] || (pipelined && flying[i]));
}

static ce_mem_answer decide(void *arg, const ce_mem_sent *sent)
{
    unsigned event = (unsigned)atoi(sent->id);

    (void)arg;
    check_order(event);
    sends[event]++;
    flying[event] = holds_key[key_of[event]];
    if (flying[event])
        return ce_mem_hold;
    if (pick(100) < fails_percent)
        return ce_mem_undelivered;
    confirmed[event] = true;
    return ce_mem_ack;
}

static void release(unsigned number, bool succeeds)
{
    unsigned event = (unsigned)atoi(ce_mem_sent_at(sink, number)->id);

    flying[event] = false;
    confirmed[event] = succeeds;
    ce_mem_release(sink, number,
                   succeeds ? ce_rig_ack() : ce_rig_undelivered(503, 0));
}

/* One in ONE_IN of them. */
static void release_some(unsigned one_in, unsigned percent)
{
    for (unsigned i = 0; i < ce_mem_count(sink); i++)
        if (!ce_mem_sent_at(sink, i)->answered && pick(one_in) == 0)
            release(i, pick(100) >= percent);
}

static unsigned confirmed_of(unsigned key)
{
    unsigned n = 0;

    for (unsigned i = 0; i < events; i++)
        n += key_of[i] == key && confirmed[i];
    return n;
}

/* --- the chain --- */

static void open_chain(void)
{
    const ce_retry_config c = { .base_ms = 50,
                                .cap_ms = 1000,
                                .one_per_key = !pipelined,
                                .seed = seed | 1,
                                .meter = &meter };

    open_sink();
    ce_mem_decide(sink, decide, NULL);
    REQUIRE_OK(ce_retry_stage(&retry, &sink->stage, loop, &c));
    REQUIRE_OK(ce_meter_stage(&metering, retry, &meter));
    REQUIRE_OK(ce_split_stage(&top, metering, loop, 4));
    receive_into(top, CREDIT);
}

static void forget_all(uint64_t first_seed)
{
    seed = first_seed;
    events = 0;
    fails_percent = 0;
    memset(&meter, 0, sizeof meter);
    memset(sends, 0, sizeof sends);
    memset(flying, 0, sizeof flying);
    memset(confirmed, 0, sizeof confirmed);
    memset(holds_key, 0, sizeof holds_key);
}

static void begin_keys(uint64_t first_seed)
{
    forget_all(first_seed);
    begin();
    open_chain();
}

static void end_keys(void)
{
    from->ops->stop(from);
    retry->ops->stop(retry);
    release_some(1, 100);
    ce_loop_poll(loop);
    from->ops->close(from);
    top->ops->close(top);
    metering->ops->close(metering);
    retry->ops->close(retry);
    ce_mem_close_sender(sink);
    finish();
}

static void expect_all(void)
{
    ce_loop_advance(loop, 60000);
    for (unsigned i = 0; i < events; i++)
        EXPECT(confirmed[i]);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    EXPECT_EQ(meter.in_flight, 0);
    /* What comes back for a lack of memory is counted again. */
    if (poor)
        return;
    EXPECT_EQ(meter.received, events);
    EXPECT_EQ(meter.delivered, events);
}

/* --- one key is slow --- */

static void one_that_gets_no_answer_holds_no_other(void)
{
    begin_keys(1);
    holds_key[0] = true;
    put_many(200, 0);
    put_many(20, 1);
    put_many(100, 0);
    put_many(20, 2);
    ce_loop_advance(loop, 5000);
    EXPECT_EQ(confirmed_of(1), 20);
    EXPECT_EQ(confirmed_of(2), 20);
    EXPECT_EQ(sends[0], 1);
    EXPECT_EQ(sends[1], 0);
    holds_key[0] = false;
    release_some(1, 0);
    expect_all();
    end_keys();
}

/* The sink that keeps the order gets many of a key at once: they come back. */
static void one_that_fails_holds_no_other(void)
{
    begin_keys(1);
    holds_key[0] = true;
    put_many(200, 0);
    put_many(20, 1);
    ce_loop_poll(loop);
    for (unsigned i = 0; i < 20; i++) {
        release_some(1, 100);
        ce_loop_advance(loop, 500);
    }
    EXPECT_EQ(confirmed_of(1), 20);
    holds_key[0] = false;
    release_some(1, 0);
    expect_all();
    end_keys();
}

static void pipelined_ones_do_too(void)
{
    pipelined = true;
    one_that_fails_holds_no_other();
    pipelined = false;
}

/* What comes while others of its key stand with the source. */
static void what_comes_later_stays_behind(void)
{
    begin_keys(1);
    holds_key[0] = true;
    put_many(40, 0);
    put_of(1);
    ce_loop_advance(loop, 5000);
    put_many(40, 0);
    put_of(1);
    ce_loop_advance(loop, 5000);
    EXPECT_EQ(confirmed_of(1), 2);
    holds_key[0] = false;
    release_some(1, 0);
    expect_all();
    end_keys();
}

/* Memory is bounded: others wait, then. */
static void so_many_may_stand_there(void)
{
    begin_keys(1);
    holds_key[0] = true;
    put_many(CE_YARD_MAX - 100, 0);
    put_of(1);
    ce_loop_advance(loop, 60000);
    EXPECT_EQ(confirmed_of(1), 1);
    put_many(200, 0);
    put_of(1);
    ce_loop_advance(loop, 60000);
    EXPECT_EQ(confirmed_of(1), 1);
    end_keys();
}

static void what_stands_there_is_left_to_the_next_start(void)
{
    begin_keys(1);
    holds_key[0] = true;
    put_many(100, 0);
    put_of(1);
    ce_loop_advance(loop, 5000);
    EXPECT_EQ(ce_inbox_count(inbox), 100);
    end_keys();
}

static void the_end_waits_for_what_stands_there(void)
{
    begin_keys(1);
    holds_key[0] = true;
    put_many(100, 0);
    put_of(1);
    ce_loop_advance(loop, 5000);
    ce_inbox_receiver_finish(from);
    ce_loop_advance(loop, 5000);
    EXPECT(!ended);
    holds_key[0] = false;
    release_some(1, 0);
    expect_all();
    EXPECT(ended);
    end_keys();
}

/* Its events would pass those of their keys that stand with the source. */
static void a_batch_waits_until_nothing_stands_there(void)
{
    begin_keys(1);
    holds_key[0] = true;
    put_many(40, 0);
    put_of(1);
    put_batch(8);
    put_of(2);
    ce_loop_advance(loop, 5000);
    EXPECT_EQ(confirmed_of(1), 1);
    EXPECT_EQ(confirmed_of(2), 0);
    holds_key[0] = false;
    release_some(1, 0);
    expect_all();
    end_keys();
}

/* --- several sinks --- */

static void of_several_sinks_each_goes_on(void)
{
    const ce_retry_config c = { .base_ms = 50,
                                .cap_ms = 1000,
                                .one_per_key = true };

    forget_all(1);
    begin();
    open_for("x", "y");
    receive_both(CREDIT);
    sink = sinks[0];
    ce_mem_decide(sink, decide, NULL);
    REQUIRE_OK(ce_retry_stage(&retry, &sink->stage, loop, &c));
    REQUIRE_OK(lines[0]->ops->start(lines[0], retry, NULL));
    REQUIRE_OK(lines[1]->ops->start(lines[1], &sinks[1]->stage, NULL));
    holds_key[0] = true;
    put_many(100, 0);
    put_many(20, 1);
    ce_loop_advance(loop, 5000);
    EXPECT_EQ(confirmed_of(1), 20);
    EXPECT_EQ(ce_mem_count(sinks[1]), 120);
    EXPECT_EQ(ce_inbox_count(inbox), 100);
    holds_key[0] = false;
    release_some(1, 0);
    ce_loop_advance(loop, 5000);
    EXPECT_EQ(confirmed_of(0), 100);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    retry->ops->close(retry);
    finish();
}

/* --- many are --- */

static void lack_memory(void)
{
    if (poor && pick(3) == 0)
        ce_memory_fail_at(pick(40));
}

static void step(void)
{
    switch (pick(7)) {
    case 6:
        if (events + 8 < EVENTS && batches)
            put_batch(1 + pick(8));
        break;
    case 0:
    case 1:
        if (events + 8 < EVENTS)
            put_many(1 + pick(8), pick(KEYS));
        break;
    case 2:
        holds_key[pick(KEYS)] = pick(3) > 0;
        break;
    case 3:
        release_some(1 + pick(4), fails_percent);
        break;
    case 4:
        fails_percent = pick(2) ? pick(80) : 0;
        break;
    case 5:
        lack_memory();
        ce_loop_advance(loop, pick(1500));
        break;
    }
    lack_memory();
    ce_loop_poll(loop);
    ce_memory_heal();
}

static void calm_down(void)
{
    fails_percent = 0;
    memset(holds_key, 0, sizeof holds_key);
    release_some(1, 0);
    expect_all();
}

static void run_all(void)
{
    for (unsigned i = 1; i <= SEEDS; i++) {
        unsigned failures = CU_get_number_of_failures();

        pipelined = i % 2;
        batches = i % 3 == 0;
        begin_keys(i * 0x9e3779b97f4a7c15u);
        for (unsigned k = 0; k < STEPS; k++)
            step();
        calm_down();
        end_keys();
        if (CU_get_number_of_failures() > failures)
            fprintf(stderr, "seed %u: ", i);
    }
    pipelined = batches = false;
}

static void every_run_keeps_the_order_of_each(void)
{
    run_all();
}

static void every_run_survives_a_lack_of_memory(void)
{
    poor = true;
    run_all();
    poor = false;
}

TESTS("keys", TEST(one_that_gets_no_answer_holds_no_other),
      TEST(one_that_fails_holds_no_other), TEST(pipelined_ones_do_too),
      TEST(what_comes_later_stays_behind), TEST(so_many_may_stand_there),
      TEST(what_stands_there_is_left_to_the_next_start),
      TEST(the_end_waits_for_what_stands_there),
      TEST(a_batch_waits_until_nothing_stands_there),
      TEST(of_several_sinks_each_goes_on),
      TEST(every_run_keeps_the_order_of_each),
      TEST(every_run_survives_a_lack_of_memory))
