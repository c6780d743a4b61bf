/* SPDX-License-Identifier: Apache-2.0 */
/* A chain that ends in an inbox hears that its events are stored, or not. */
#include "tests/core/inbox/inbox_rig.h"

static void a_chain_before_it_hears_stored(void)
{
    ce_receiver *source;
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

static void a_chain_before_a_full_one_hears_undelivered(void)
{
    ce_receiver *source;
    ce_stage *s;
    int n;

    begin();
    ce_inbox_close(inbox);
    open_inbox_of(64 << 10);
    while (!ce_inbox_is_high(inbox))
        REQUIRE_OK(put(0, NULL));
    source = ce_mem_receiver(loop, "mem://before");
    REQUIRE_OK(ce_inbox_stage(&s, inbox, loop));
    REQUIRE_OK(source->ops->start(source, s, NULL));
    n = ce_mem_arrive_event(source, "1", NULL);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_outcome_of(source, n)->settlements, 1);
    EXPECT_VERDICT(ce_mem_outcome_of(source, n)->result, CE_UNDELIVERED);
    s->ops->close(s);
    ce_mem_close_receiver(source);
    finish();
}

TESTS("inbox stage", TEST(a_chain_before_it_hears_stored),
      TEST(a_chain_before_a_full_one_hears_undelivered))
