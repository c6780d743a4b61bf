/* SPDX-License-Identifier: Apache-2.0 */
/* Trying again with little memory, and without any. */
#include "tests/support/memory.h"
#include "tests/core/stages/retry_rig.h"

/* Leaves something behind in the delivery's memory, as senders do. */
static void litter(ce_stage *s, ce_delivery *d)
{
    static size_t most;

    if (ce_arena_used(d->arena) > most)
        most = ce_arena_used(d->arena);
    REQUIRE_CMP(most, <, 10000);
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
    REQUIRE_OK(ce_retry_stage(&s, &dirty, rig.loop, &c));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
    for (unsigned i = 0; i < 1000; i++)
        ce_mem_script(rig.sink, ce_mem_undelivered);
    arrive("1", NULL);
    ce_loop_advance(rig.loop, 1000 * 1000);
    EXPECT_EQ(ce_mem_settled(rig.source), 1);
    EXPECT_EQ(ce_mem_count(rig.sink), 1001);
    ce_rig_close(&rig, NULL);
}

static void without_memory_it_does_not_open(void)
{
    ce_retry_config c = usual();
    ce_stage *s;

    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_retry_stage(&s, NULL, NULL, &c), CE_ENOMEM);
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
            EXPECT_EQ(settlements(n), 1);
        ce_loop_advance(rig.loop, 1000);
    }
    ce_rig_close(&rig, NULL);
}

TESTS("retry memory", TEST(a_thousand_attempts_need_the_memory_of_one),
      TEST(without_memory_it_does_not_open),
      TEST(without_memory_events_stay_with_their_source))
