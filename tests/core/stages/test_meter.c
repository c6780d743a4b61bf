/* SPDX-License-Identifier: Apache-2.0 */
/* What goes in comes out, and everything is counted once. */
#include "tests/support/ce_test.h"
#include "tests/support/memory.h"
#include "tests/support/rig.h"

static ce_rig rig;
static ce_meter meter;

static void open_stage(void)
{
    ce_stage *s;

    ce_rig_open(&rig, NULL);
    memset(&meter, 0, sizeof meter);
    REQUIRE_OK(ce_meter_stage(&s, rig.top, &meter));
    ce_rig_add(&rig, s);
    ce_rig_start(&rig);
}

static bool balances(void)
{
    return meter.received == meter.delivered + meter.refused +
                                 meter.undelivered + meter.filtered +
                                 meter.dead_lettered + meter.duplicates;
}

static void every_result_is_counted_in_its_place(void)
{
    static const struct {
        const char *name;
        ce_result result;
        size_t offset;
    } rows[] = {
        { "delivered",
          { .fate = CE_DELIVERED },
          offsetof(ce_meter, delivered) },
        { "stored", { .fate = CE_STORED }, offsetof(ce_meter, delivered) },
        { "filtered", { .fate = CE_FILTERED }, offsetof(ce_meter, filtered) },
        { "duplicate",
          { .fate = CE_DUPLICATE },
          offsetof(ce_meter, duplicates) },
        { "dead letter",
          { .fate = CE_DEAD_LETTERED },
          offsetof(ce_meter, dead_lettered) },
        { "refused", { .verdict = CE_NACK }, offsetof(ce_meter, refused) },
        { "malformed",
          { .verdict = CE_NACK, .malformed = true },
          offsetof(ce_meter, refused) },
        { "undelivered",
          { .verdict = CE_UNDELIVERED },
          offsetof(ce_meter, undelivered) },
        { "given up",
          { .verdict = CE_UNDELIVERED, .exhausted = true },
          offsetof(ce_meter, undelivered) },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const atomic_uint_fast64_t *counter;

        open_stage();
        counter = (const void *)((const char *)&meter + rows[i].offset);
        ce_mem_script(rig.sink, (ce_mem_answer){ rows[i].result, 0, 0 });
        REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", NULL), >=, 0);
        EXPECT_EQ_ROW(rows[i].name, *counter, 1);
        EXPECT_EQ_ROW(rows[i].name, meter.received, 1);
        EXPECT_EQ_ROW(rows[i].name, meter.in_flight, 0);
        EXPECT_ROW(rows[i].name, balances());
        ce_rig_close(&rig, NULL);
    }
}

static void what_is_out_is_in_flight(void)
{
    open_stage();
    ce_mem_always(rig.sink, ce_mem_hold);
    for (unsigned i = 0; i < 5; i++)
        REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", NULL), >=, 0);
    EXPECT_EQ(meter.in_flight, 5);
    EXPECT_EQ(meter.received, 5);
    EXPECT_EQ(meter.received_bytes, 5 * strlen("data"));
    EXPECT_EQ(meter.delivered, 0);
    ce_mem_release(rig.sink, 3, ce_rig_ack());
    EXPECT_EQ(meter.in_flight, 4);
    EXPECT_EQ(meter.delivered, 1);
    ce_mem_release_all(rig.sink, ce_rig_nack(1, "no"));
    EXPECT_EQ(meter.in_flight, 0);
    EXPECT_EQ(meter.refused, 4);
    EXPECT(balances());
    ce_rig_close(&rig, NULL);
}

static void the_result_passes_as_it_is(void)
{
    ce_result r = ce_rig_undelivered(503, 1234);
    const ce_mem_outcome *o;

    r.attempts = 3;
    r.exhausted = true;
    open_stage();
    ce_mem_script(rig.sink, (ce_mem_answer){ r, 0, 0 });
    o = ce_rig_outcome(&rig, ce_mem_arrive_event(rig.source, "1", NULL));
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT_EQ(o->result.code, 503);
    EXPECT_EQ(o->result.retry_after_ms, 1234);
    EXPECT_EQ(o->result.attempts, 3);
    EXPECT(o->result.exhausted);
    EXPECT_STR(o->result.reason, "not now");
    ce_rig_close(&rig, NULL);
}

static void every_latency_lies_in_one_bucket(void)
{
    uint64_t sum = 0;

    open_stage();
    for (unsigned i = 0; i < 100; i++)
        REQUIRE_CMP(ce_mem_arrive_event(rig.source, "1", NULL), >=, 0);
    for (unsigned i = 0; i < CE_METER_BUCKETS; i++)
        sum += meter.buckets[i];
    EXPECT_EQ(sum, 100);
    ce_rig_close(&rig, NULL);
}

static void the_bounds_ascend(void)
{
    for (unsigned i = 1; i < CE_METER_BUCKETS - 1; i++)
        EXPECT_CMP(ce_meter_bounds_us[i], >, ce_meter_bounds_us[i - 1]);
}

static void without_memory_it_does_not_open(void)
{
    ce_stage *s;

    ce_memory_watch();
    ce_memory_fail_from(0);
    EXPECT_STATUS(ce_meter_stage(&s, NULL, &meter), CE_ENOMEM);
    ce_memory_unwatch();
}

TESTS("meter", TEST(every_result_is_counted_in_its_place),
      TEST(what_is_out_is_in_flight), TEST(the_result_passes_as_it_is),
      TEST(every_latency_lies_in_one_bucket), TEST(the_bounds_ascend),
      TEST(without_memory_it_does_not_open))
