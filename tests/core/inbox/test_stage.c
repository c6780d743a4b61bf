/* SPDX-License-Identifier: Apache-2.0 */
/* A chain that ends in an inbox hears that its events are stored, or not. */
#include "core/inbox/store.h"
#include "tests/core/inbox/inbox_rig.h"

static ce_receiver *source;
static ce_stage *stage;

static void a_chain_before_it_hears_stored(void)
{
    ce_stage *s;

    begin();
    source = ce_mem_receiver(loop, "mem://before");
    REQUIRE_OK(ce_inbox_stage(&s, inbox, loop));
    REQUIRE_OK(source->ops->start(source, s, NULL));
    for (unsigned i = 0; i < 5; i++) {
        char id[8];

        snprintf(id, sizeof id, "%u", i);
        REQUIRE_CMP(ce_mem_arrive_event(source, id, NULL), >=, 0);
        EXPECT_EQ(ce_mem_outcome_of(source, 0)->settlements, (i > 2));
        if (i == 2)
            ce_loop_poll(loop);
    }
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_settled(source), 5);
    for (int i = 0; i < 5; i++) {
        EXPECT_VERDICT(ce_mem_outcome_of(source, i)->result, CE_ACK);
        EXPECT_EQ(ce_mem_outcome_of(source, i)->result.fate, CE_STORED);
    }
    EXPECT_EQ(ce_inbox_count(inbox), 5);
    reopen();
    receive(10);
    ce_loop_poll(loop);
    EXPECT(got(0, 0, 5));
    stop_receiving();
    s->ops->close(s);
    ce_mem_close_receiver(source);
    finish();
}

static void begin_before_a_full_one(const char *uri)
{
    begin();
    ce_inbox_close(inbox);
    open_inbox_of(64 << 10);
    while (!ce_inbox_is_high(inbox))
        REQUIRE_OK(put(0, NULL));
    source = ce_mem_receiver(loop, uri);
    REQUIRE_OK(ce_inbox_stage(&stage, inbox, loop));
    REQUIRE_OK(source->ops->start(source, stage, NULL));
}

static void finish_before_a_full_one(void)
{
    stage->ops->close(stage);
    ce_mem_close_receiver(source);
    finish();
}

static int arrive(unsigned number)
{
    char id[8];

    snprintf(id, sizeof id, "%u", number);
    return ce_mem_arrive_event(source, id, NULL);
}

static void a_caller_before_a_full_one_hears_undelivered(void)
{
    int n;

    begin_before_a_full_one("mem://before?interactive=true");
    n = arrive(1);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_outcome_of(source, n)->settlements, 1);
    EXPECT_VERDICT(ce_mem_outcome_of(source, n)->result, CE_UNDELIVERED);
    finish_before_a_full_one();
}

/* What comes when there is room stands behind what came before. */
static void others_wait_in_their_order_for_room(void)
{
    unsigned before;

    begin_before_a_full_one("mem://before");
    before = (unsigned)ce_inbox_count(inbox);
    arrive(1);
    arrive(2);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_settled(source), 0);
    receive(1000);
    ce_loop_poll(loop);
    arrive(3);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_settled(source), 0);
    ce_loop_advance(loop, 100);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_settled(source), 3);
    EXPECT_EQ(ce_mem_outcome_of(source, 2)->result.fate, CE_STORED);
    EXPECT(got(before, 1, 3));
    stop_receiving();
    finish_before_a_full_one();
}

static void a_stop_gives_back_what_waits(void)
{
    begin_before_a_full_one("mem://before");
    arrive(1);
    ce_loop_poll(loop);
    stage->ops->stop(stage);
    EXPECT_VERDICT(ce_mem_outcome_of(source, 0)->result, CE_UNDELIVERED);
    arrive(2);
    ce_loop_poll(loop);
    EXPECT_VERDICT(ce_mem_outcome_of(source, 1)->result, CE_UNDELIVERED);
    finish_before_a_full_one();
}

TESTS("inbox stage", TEST(a_chain_before_it_hears_stored),
      TEST(a_caller_before_a_full_one_hears_undelivered),
      TEST(others_wait_in_their_order_for_room),
      TEST(a_stop_gives_back_what_waits))
