/* SPDX-License-Identifier: Apache-2.0 */
/* Only what the sink has confirmed is a duplicate later. */
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

static ce_rig rig;

static void open_stage(unsigned entries)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    REQUIRE_OK(ce_dedup_stage(&s, rig.top, entries));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static ce_result arrive(const char *id)
{
    int n = ce_mem_arrive_event(rig.source, id, NULL);

    REQUIRE_CMP(n, >=, 0);
    return ce_rig_outcome(&rig, n)->result;
}

static void a_confirmed_event_is_not_sent_again(void)
{
    open_stage(4);
    EXPECT_EQ(arrive("1").fate, CE_DELIVERED);
    EXPECT_EQ(arrive("1").fate, CE_DUPLICATE);
    EXPECT_EQ(ce_mem_count(rig.sink), 1);
    ce_rig_close(&rig, NULL);
}

static void what_failed_is_sent_again(void)
{
    open_stage(4);
    ce_mem_script(rig.sink, ce_mem_undelivered);
    EXPECT_VERDICT(arrive("1"), CE_UNDELIVERED);
    EXPECT_EQ(arrive("1").fate, CE_DELIVERED);
    EXPECT_EQ(ce_mem_count(rig.sink), 2);
    ce_rig_close(&rig, NULL);
}

static void the_oldest_are_forgotten(void)
{
    char id[16];

    open_stage(3);
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "%d", i);
        EXPECT_EQ(arrive(id).fate, CE_DELIVERED);
    }
    EXPECT_EQ(arrive("97").fate, CE_DUPLICATE);
    EXPECT_EQ(arrive("96").fate, CE_DELIVERED);
    ce_rig_close(&rig, NULL);
}

/* As wrap makes it of the place of a record. */
static ce_result arrive_from(int64_t offset, const char *id, const char *body)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), ce_slice_of(id), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_delivery like = { .message = { .mode = CE_MODE_BINARY,
                                      .attrs = { attrs, 4, 4 },
                                      .body = ce_slice_of(body) },
                         .origin = { .topic = CE_SLICE("orders"),
                                     .partition = 3,
                                     .offset = offset } };
    int n = ce_mem_arrive(rig.source, &like);

    REQUIRE_CMP(n, >=, 0);
    return ce_rig_outcome(&rig, n)->result;
}

static void a_topic_that_is_made_again_has_other_events_at_its_places(void)
{
    open_stage(4);
    EXPECT_EQ(arrive_from(7, "orders-3-7", "old").fate, CE_DELIVERED);
    EXPECT_EQ(arrive_from(7, "orders-3-7", "old").fate, CE_DUPLICATE);
    EXPECT_EQ(arrive_from(7, "orders-3-7", "new").fate, CE_DELIVERED);
    EXPECT_EQ(arrive_from(7, "orders-3-7", "new").fate, CE_DUPLICATE);
    /* An id of its sender stands for one event. */
    EXPECT_EQ(arrive_from(7, "orders-77", "old").fate, CE_DELIVERED);
    EXPECT_EQ(arrive_from(8, "orders-77", "new").fate, CE_DUPLICATE);
    ce_rig_close(&rig, NULL);
}

TESTS("dedup", TEST(a_confirmed_event_is_not_sent_again),
      TEST(what_failed_is_sent_again), TEST(the_oldest_are_forgotten),
      TEST(a_topic_that_is_made_again_has_other_events_at_its_places))
