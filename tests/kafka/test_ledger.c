/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the order of the results, no offset passes a record without one,
 * and nothing that is done is read as new. */
#include "bindings/kafka/ledger.h"
#include "tests/support/ce_test.h"

#include <cloudevents/alloc.h>

static ce_kafka_mark mark(int64_t offset)
{
    return (
        ce_kafka_mark){ .offset = offset, .time_ms = 1000 + offset, .size = 7 };
}

static ce_kafka_ledger *new_ledger(void)
{
    ce_kafka_ledger *l = ce_kafka_ledger_new("t", 3);

    REQUIRE(l != NULL);
    return l;
}

static ce_kafka_seen see(ce_kafka_ledger *l, int64_t offset)
{
    ce_kafka_mark m = mark(offset);

    return ce_kafka_ledger_read(l, &m);
}

/* Reads a new record, and returns the position of its row. */
static uint64_t take(ce_kafka_ledger *l, int64_t offset)
{
    ce_kafka_mark m = mark(offset);
    uint64_t pos = 0;

    REQUIRE_EQ(ce_kafka_ledger_read(l, &m), CE_KAFKA_NEW);
    REQUIRE_OK(ce_kafka_ledger_open(l, &m, &pos));
    return pos;
}

static void gives_out_only_the_settled_prefix(void)
{
    static const struct {
        const char *name;
        unsigned order[3];
        int64_t safe[3];
    } rows[] = {
        { "in order", { 0, 1, 2 }, { 11, 12, 21 } },
        { "reversed", { 2, 1, 0 }, { 10, 10, 21 } },
        { "middle first", { 1, 0, 2 }, { 10, 12, 21 } },
        { "last first", { 2, 0, 1 }, { 10, 11, 21 } },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        static const int64_t offsets[] = { 10, 11, 20 };
        ce_kafka_ledger *l = new_ledger();
        uint64_t pos[3];

        for (size_t k = 0; k < 3; k++)
            pos[k] = take(l, offsets[k]);
        for (size_t k = 0; k < 3; k++) {
            ce_kafka_ledger_settle(l, pos[rows[i].order[k]]);
            EXPECT_EQ_ROW(rows[i].name, l->safe, rows[i].safe[k]);
            EXPECT(l->moved);
        }
        EXPECT_EQ_ROW(rows[i].name, l->out, 0);
        EXPECT_EQ_ROW(rows[i].name, l->below.offset, 20);
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
    int64_t safe = opened ? records[0].offset : CE_KAFKA_NOWHERE;

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
    int64_t offset = 0;

    memset(records, 0, sizeof records);
    while (opened < RECORDS || out > 0) {
        if (opened < RECORDS && out < WINDOW && next_random(&seed) % 2) {
            /* Compacted topics have gaps. */
            offset += 1 + next_random(&seed) % 3;
            records[opened].offset = offset;
            records[opened].pos = take(l, offset);
            opened++;
            out++;
        } else if (out > 0) {
            settle_one_of(l, opened, &seed);
            out--;
        }
        REQUIRE_EQ(l->safe, expected(opened));
    }
    EXPECT_EQ(l->safe, offset + 1);
    ce_kafka_ledger_free(l);
}

static void random_orders_never_pass_an_open_record(void)
{
    for (uint32_t seed = 1; seed <= 5; seed++)
        random_life(seed);
}

static void only_what_was_not_delivered_is_read_again(void)
{
    ce_kafka_ledger *l = new_ledger();
    uint64_t pos[5];

    for (int64_t k = 0; k < 5; k++)
        pos[k] = take(l, 100 + k);
    ce_kafka_ledger_settle(l, pos[0]);
    ce_kafka_ledger_keep(l, pos[1]);
    ce_kafka_ledger_settle(l, pos[2]);
    ce_kafka_ledger_keep(l, pos[4]);
    EXPECT_EQ(l->safe, 101);
    EXPECT(l->again);
    EXPECT_EQ(ce_kafka_ledger_unread(l), 101);
    /* With one record still on its way. */
    ce_kafka_ledger_seek(l, 101);
    EXPECT(!l->again);
    pos[1] = take(l, 101);
    EXPECT_EQ(see(l, 102), CE_KAFKA_KNOWN);
    EXPECT_EQ(see(l, 103), CE_KAFKA_KNOWN);
    pos[4] = take(l, 104);
    take(l, 105);
    ce_kafka_ledger_settle(l, pos[1]);
    EXPECT_EQ(l->safe, 103);
    ce_kafka_ledger_settle(l, pos[4]);
    ce_kafka_ledger_settle(l, pos[3]);
    EXPECT_EQ(l->safe, 105);
    ce_kafka_ledger_free(l);
}

static void what_compaction_has_removed_is_waited_for_no_more(void)
{
    ce_kafka_ledger *l = new_ledger();
    uint64_t first = take(l, 7), second = take(l, 8);

    ce_kafka_ledger_keep(l, first);
    ce_kafka_ledger_keep(l, second);
    ce_kafka_ledger_seek(l, ce_kafka_ledger_unread(l));
    second = take(l, 8);
    EXPECT_EQ(l->safe, 8);
    ce_kafka_ledger_settle(l, second);
    EXPECT_EQ(l->safe, 9);
    ce_kafka_ledger_free(l);
}

static void what_was_never_read_is_read_from_where_it_begins(void)
{
    ce_kafka_ledger *l = new_ledger();

    ce_kafka_ledger_begin(l, 1000);
    EXPECT_EQ(see(l, 1000), CE_KAFKA_NEW);
    /* Without credit no row was opened. */
    EXPECT_EQ(ce_kafka_ledger_unread(l), 1000);
    ce_kafka_ledger_free(l);
}

static void refuses_more_rows_than_it_may_remember(void)
{
    ce_kafka_ledger *l = new_ledger();
    ce_kafka_mark m;
    uint64_t first, pos;
    int64_t offset = 0;

    first = take(l, offset++);
    while (offset < CE_KAFKA_ROWS_MAX)
        ce_kafka_ledger_settle(l, take(l, offset++));
    EXPECT(ce_kafka_ledger_is_full(l));
    m = mark(offset);
    EXPECT_EQ(ce_kafka_ledger_read(l, &m), CE_KAFKA_NEW);
    EXPECT_STATUS(ce_kafka_ledger_open(l, &m, &pos), CE_EAGAIN);
    EXPECT_EQ(l->safe, 0);
    ce_kafka_ledger_settle(l, first);
    EXPECT_EQ(l->safe, CE_KAFKA_ROWS_MAX);
    EXPECT_OK(ce_kafka_ledger_open(l, &m, &pos));
    ce_kafka_ledger_free(l);
}

static void an_offset_that_goes_back_is_no_record_that_was_seen(void)
{
    static const struct {
        const char *name;
        int64_t read[3];
        ce_kafka_seen seen;
    } rows[] = {
        { "dense", { 0, 1, 2 }, CE_KAFKA_NEW },
        { "compacted", { 0, 7, 30 }, CE_KAFKA_NEW },
        { "made again", { 0, 7, 0 }, CE_KAFKA_STRANGE },
        { "has lost its end", { 0, 7, 5 }, CE_KAFKA_STRANGE },
        { "the same again", { 0, 7, 7 }, CE_KAFKA_STRANGE },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_ledger *l = new_ledger();

        take(l, rows[i].read[0]);
        take(l, rows[i].read[1]);
        EXPECT_EQ_ROW(rows[i].name, see(l, rows[i].read[2]), rows[i].seen);
        ce_kafka_ledger_free(l);
    }
}

static void another_record_at_an_old_offset_is_noticed(void)
{
    static const struct {
        const char *name;
        ce_kafka_mark comes;
        ce_kafka_seen seen;
    } rows[] = {
        { "the same", { 9, 1009, 7 }, CE_KAFKA_KNOWN },
        { "of another time", { 9, 5000, 7 }, CE_KAFKA_STRANGE },
        { "of another size", { 9, 1009, 8 }, CE_KAFKA_STRANGE },
        { "compacted away", { 10, 5000, 8 }, CE_KAFKA_NEW },
        { "the log begins again", { 0, 5000, 7 }, CE_KAFKA_STRANGE },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_ledger *l = new_ledger();

        ce_kafka_ledger_begin(l, 10);
        l->proof = mark(9);
        ce_kafka_ledger_seek(l, 9);
        EXPECT_EQ_ROW(rows[i].name, ce_kafka_ledger_read(l, &rows[i].comes),
                      rows[i].seen);
        ce_kafka_ledger_free(l);
    }
}

static void counts_what_is_neither_done_nor_on_its_way(void)
{
    ce_kafka_ledger *l = new_ledger();
    uint64_t kept;

    ce_kafka_ledger_begin(l, 10);
    take(l, 10);
    kept = take(l, 11);
    ce_kafka_ledger_settle(l, take(l, 12));
    ce_kafka_ledger_keep(l, kept);
    EXPECT_EQ(ce_kafka_ledger_undone(l, 10, 13), 1);
    EXPECT_EQ(ce_kafka_ledger_undone(l, 11, 20), 8);
    ce_kafka_ledger_free(l);
}

/* A former owner left 12 done, and 11 is dropped: its partition is paused. */
static void what_is_dropped_is_not_passed(void)
{
    ce_kafka_ledger *l = new_ledger();
    uint64_t ten;

    ce_kafka_ledger_begin(l, 10);
    l->done.runs = ce_alloc(sizeof *l->done.runs);
    REQUIRE(l->done.runs != NULL);
    l->done.runs[0] = (ce_kafka_run){ 12, 13 };
    l->done.count = 1;
    ten = take(l, 10);
    EXPECT_EQ(see(l, 11), CE_KAFKA_NEW);
    EXPECT_EQ(see(l, 12), CE_KAFKA_NEW);
    ce_kafka_ledger_settle(l, ten);
    EXPECT_EQ(l->safe, 11);
    EXPECT_EQ(ce_kafka_ledger_unread(l), 11);
    ce_kafka_ledger_seek(l, 11);
    ce_kafka_ledger_settle(l, take(l, 11));
    EXPECT_EQ(see(l, 12), CE_KAFKA_KNOWN);
    EXPECT_EQ(l->safe, 13);
    ce_kafka_ledger_free(l);
}

TESTS("kafka/ledger", TEST(what_is_dropped_is_not_passed),
      TEST(gives_out_only_the_settled_prefix),
      TEST(random_orders_never_pass_an_open_record),
      TEST(only_what_was_not_delivered_is_read_again),
      TEST(what_compaction_has_removed_is_waited_for_no_more),
      TEST(what_was_never_read_is_read_from_where_it_begins),
      TEST(refuses_more_rows_than_it_may_remember),
      TEST(an_offset_that_goes_back_is_no_record_that_was_seen),
      TEST(another_record_at_an_old_offset_is_noticed),
      TEST(counts_what_is_neither_done_nor_on_its_way))
