/* SPDX-License-Identifier: Apache-2.0 */
/* What the sink's connection changes. */
#include "tests/core/stages/retry_rig.h"

static void add_with(const ce_retry_config *c)
{
    ce_stage *s;

    REQUIRE_OK(ce_retry_stage(&s, rig.top, rig.loop, c));
    ce_rig_add(&rig, s);
}

static void the_sink_s_recovery_ends_the_waiting(void)
{
    ce_retry_config c = { .base_ms = 3600000, .cap_ms = 3600000 };
    ce_health health;
    unsigned before;

    ce_rig_open(&rig, NULL);
    ce_health_init(&health, rig.loop, "sink");
    c.sink = &health;
    add_with(&c);
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
    EXPECT_EQ(ce_mem_settled(rig.source), 50);
    EXPECT_EQ(ce_mem_count(rig.sink), before + 50);
    ce_rig_close(&rig, NULL);
    EXPECT_EQ(health.watches, NULL);
}

/* A sink that has not answered yet has refused nothing. */
static void nothing_is_an_attempt_before_the_first_connection(void)
{
    ce_retry_config c = usual();
    ce_health health;
    int first, second;

    for (unsigned comes_up = 0; comes_up < 2; comes_up++) {
        ce_rig_open(&rig, NULL);
        ce_health_init(&health, rig.loop, "sink");
        c.sink = &health;
        c.max_attempts = 1;
        add_with(&c);
        ce_rig_start(&rig);
        first = arrive("1", "a");
        second = arrive("2", "a");
        ce_loop_advance(rig.loop, 60000);
        EXPECT_EQ(ce_mem_count(rig.sink), 0);
        ce_mem_always(rig.sink, comes_up ? ce_mem_ack : ce_mem_undelivered);
        if (comes_up)
            ce_health_up(&health);
        else
            ce_health_down(&health, "connection refused");
        ce_loop_advance(rig.loop, comes_up ? 1 : 1000);
        EXPECT_STR(ce_mem_ids(rig.sink), "1 2");
        EXPECT_VERDICT(verdict(first), comes_up ? CE_ACK : CE_UNDELIVERED);
        EXPECT_VERDICT(verdict(second), comes_up ? CE_ACK : CE_UNDELIVERED);
        EXPECT_EQ(ce_rig_outcome(&rig, first)->result.exhausted, !comes_up);
        ce_rig_close(&rig, NULL);
    }
}

static void what_a_sink_asks_for(bool is_up, uint32_t ms)
{
    static ce_health health;
    ce_retry_config c = { .base_ms = 100, .cap_ms = 100, .max_age_ms = 2000 };

    ce_rig_open(&rig, NULL);
    ce_health_init(&health, rig.loop, "sink");
    c.sink = &health;
    add_with(&c);
    ce_rig_start(&rig);
    if (is_up)
        ce_health_up(&health);
    else
        ce_health_down(&health, "away");
    ce_mem_always(rig.sink, (ce_mem_answer){ ce_rig_undelivered(0, ms), 0, 0 });
}

/* Only a peer can know that it takes nothing before an event is too old. */
static void a_sink_that_is_away_has_a_last_attempt_at_the_end(void)
{
    static const struct {
        const char *name;
        bool is_up;
        uint32_t ms;
        unsigned attempts;
        uint64_t end_ms;
    } rows[] = {
        { "as long as is left", false, 2000, 2, 2000 },
        { "longer", false, 60000, 2, 2000 },
        { "a part of it", false, 1500, 3, 2000 },
        { "a peer asks for it", true, 2000, 1, 0 },
        { "a peer asks for less", true, 1500, 2, 1500 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t start;
        int n;

        what_a_sink_asks_for(rows[i].is_up, rows[i].ms);
        start = ce_loop_now_ms(rig.loop);
        n = arrive("1", NULL);
        ce_loop_advance(rig.loop, 10000);
        EXPECT_EQ_ROW(rows[i].name, settlements(n), 1);
        EXPECT_ROW(rows[i].name, ce_rig_outcome(&rig, n)->result.exhausted);
        EXPECT_EQ_ROW(rows[i].name, ce_mem_count(rig.sink), rows[i].attempts);
        EXPECT_EQ_ROW(rows[i].name,
                      ce_mem_sent_at(rig.sink, rows[i].attempts - 1)->at_ms,
                      start + rows[i].end_ms);
        ce_rig_close(&rig, NULL);
    }
}

TESTS("retry, sink", TEST(the_sink_s_recovery_ends_the_waiting),
      TEST(nothing_is_an_attempt_before_the_first_connection),
      TEST(a_sink_that_is_away_has_a_last_attempt_at_the_end))
