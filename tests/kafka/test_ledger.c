/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the order of the results, no offset passes a record without one. */
#include "bindings/kafka/ledger.h"
#include "tests/support/ce_test.h"

#define NOT_YET CE_KAFKA_UNMOVED

static ce_kafka_ledger *new_ledger(void)
{
    ce_kafka_ledger *l = ce_kafka_ledger_new("t", 3);

    REQUIRE(l != NULL);
    return l;
}

static void gives_out_only_the_settled_prefix(void)
{
    static const struct {
        const char *name;
        unsigned order[3];
        int64_t safe[3];
    } rows[] = {
        { "in order", { 0, 1, 2 }, { 11, 12, 21 } },
        { "reversed", { 2, 1, 0 }, { NOT_YET, NOT_YET, 21 } },
        { "middle first", { 1, 0, 2 }, { NOT_YET, 12, 21 } },
        { "last first", { 2, 0, 1 }, { NOT_YET, 11, 21 } },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        static const int64_t offsets[] = { 10, 11, 20 };
        ce_kafka_ledger *l = new_ledger();
        uint64_t pos[3];

        for (size_t k = 0; k < 3; k++)
            REQUIRE_OK(ce_kafka_ledger_open(l, offsets[k], &pos[k]));
        for (size_t k = 0; k < 3; k++) {
            ce_kafka_ledger_settle(l, pos[rows[i].order[k]]);
            EXPECT_EQ_ROW(rows[i].name, ce_kafka_ledger_take(l),
                          rows[i].safe[k]);
        }
        EXPECT_EQ_ROW(rows[i].name, l->out, 0);
        ce_kafka_ledger_free(l);
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

enum { RECORDS = 3000, WINDOW = 500 };

typedef struct record {
    int64_t offset;
    uint64_t pos;
    bool settled;
} record;

static record records[RECORDS];

/* What the ledger must say: the end of the settled prefix. */
static int64_t expected(unsigned opened)
{
    int64_t safe = NOT_YET;

    for (unsigned i = 0; i < opened && records[i].settled; i++)
        safe = records[i].offset + 1;
    return safe;
}

static void settle_one_of(ce_kafka_ledger *l, unsigned opened, uint32_t *random)
{
    unsigned i = next_random(random) % opened;

    while (records[i].settled)
        i = (i + 1) % opened;
    records[i].settled = true;
    ce_kafka_ledger_settle(l, records[i].pos);
}

static void random_life(uint32_t seed)
{
    ce_kafka_ledger *l = new_ledger();
    unsigned opened = 0, out = 0;
    int64_t offset = 0, safe = NOT_YET, taken;

    memset(records, 0, sizeof records);
    while (opened < RECORDS || out > 0) {
        if (opened < RECORDS && out < WINDOW && next_random(&seed) % 2) {
            /* Compacted topics have gaps. */
            offset += 1 + next_random(&seed) % 3;
            records[opened].offset = offset;
            REQUIRE_OK(ce_kafka_ledger_open(l, offset, &records[opened].pos));
            opened++;
            out++;
        } else if (out > 0) {
            settle_one_of(l, opened, &seed);
            out--;
        }
        taken = ce_kafka_ledger_take(l);
        REQUIRE(taken == NOT_YET || taken > safe);
        if (taken != NOT_YET)
            safe = taken;
        REQUIRE_EQ(safe, expected(opened));
    }
    EXPECT_EQ(safe, offset + 1);
    ce_kafka_ledger_free(l);
}

static void random_orders_never_pass_an_open_record(void)
{
    for (uint32_t seed = 1; seed <= 5; seed++)
        random_life(seed);
}

static void an_undelivered_record_holds_the_offset(void)
{
    ce_kafka_ledger *l = new_ledger();
    uint64_t pos[4];

    for (int64_t k = 0; k < 4; k++)
        REQUIRE_OK(ce_kafka_ledger_open(l, 100 + k, &pos[k]));
    ce_kafka_ledger_settle(l, pos[0]);
    ce_kafka_ledger_keep(l, pos[1]);
    ce_kafka_ledger_settle(l, pos[2]);
    ce_kafka_ledger_settle(l, pos[3]);
    EXPECT_EQ(ce_kafka_ledger_take(l), 101);
    EXPECT(l->again);
    EXPECT_EQ(l->out, 0);
    EXPECT_EQ(ce_kafka_ledger_rewind(l), 101);
    EXPECT(!l->again);
    /* The second reading begins with the record that was kept. */
    REQUIRE_OK(ce_kafka_ledger_open(l, 101, &pos[0]));
    ce_kafka_ledger_settle(l, pos[0]);
    EXPECT_EQ(ce_kafka_ledger_take(l), 102);
    ce_kafka_ledger_free(l);
}

static void refuses_more_rows_than_it_may_remember(void)
{
    ce_kafka_ledger *l = new_ledger();
    uint64_t first, pos;
    int64_t offset = 0;

    REQUIRE_OK(ce_kafka_ledger_open(l, offset++, &first));
    while (offset < CE_KAFKA_ROWS_MAX) {
        REQUIRE_OK(ce_kafka_ledger_open(l, offset++, &pos));
        ce_kafka_ledger_settle(l, pos);
    }
    EXPECT_STATUS(ce_kafka_ledger_open(l, offset, &pos), CE_EAGAIN);
    EXPECT_EQ(ce_kafka_ledger_take(l), NOT_YET);
    ce_kafka_ledger_settle(l, first);
    EXPECT_EQ(ce_kafka_ledger_take(l), CE_KAFKA_ROWS_MAX);
    EXPECT_OK(ce_kafka_ledger_open(l, offset, &pos));
    ce_kafka_ledger_free(l);
}

static void an_offset_that_goes_back_is_no_record_that_was_seen(void)
{
    static const struct {
        const char *name;
        int64_t read[3];
        bool fits;
    } rows[] = {
        { "dense", { 0, 1, 2 }, true },
        { "compacted", { 0, 7, 30 }, true },
        { "made again", { 0, 7, 0 }, false },
        { "has lost its end", { 0, 7, 5 }, false },
        { "the same again", { 0, 7, 7 }, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_ledger *l = new_ledger();

        EXPECT(ce_kafka_ledger_read(l, rows[i].read[0]));
        EXPECT(ce_kafka_ledger_read(l, rows[i].read[1]));
        EXPECT_EQ_ROW(rows[i].name, ce_kafka_ledger_read(l, rows[i].read[2]),
                      rows[i].fits);
        ce_kafka_ledger_free(l);
    }
}

static void what_a_rewinding_brings_again_was_asked_for(void)
{
    ce_kafka_ledger *l = new_ledger();
    uint64_t pos[2];

    EXPECT(ce_kafka_ledger_read(l, 7));
    REQUIRE_OK(ce_kafka_ledger_open(l, 7, &pos[0]));
    EXPECT(ce_kafka_ledger_read(l, 8));
    REQUIRE_OK(ce_kafka_ledger_open(l, 8, &pos[1]));
    /* Read, and left for later: never opened. */
    EXPECT(ce_kafka_ledger_read(l, 9));
    ce_kafka_ledger_keep(l, pos[0]);
    ce_kafka_ledger_settle(l, pos[1]);
    EXPECT_EQ(ce_kafka_ledger_rewind(l), 7);
    EXPECT(ce_kafka_ledger_read(l, 7));
    EXPECT(!ce_kafka_ledger_read(l, 7));
    ce_kafka_ledger_free(l);
}

TESTS("kafka/ledger", TEST(gives_out_only_the_settled_prefix),
      TEST(random_orders_never_pass_an_open_record),
      TEST(an_undelivered_record_holds_the_offset),
      TEST(refuses_more_rows_than_it_may_remember),
      TEST(an_offset_that_goes_back_is_no_record_that_was_seen),
      TEST(what_a_rewinding_brings_again_was_asked_for))
