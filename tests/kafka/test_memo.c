/* SPDX-License-Identifier: Apache-2.0 */
/* What one owner of a partition has done its next owner knows. */
#include "bindings/kafka/memo.h"
#include "tests/support/ce_test.h"

static ce_kafka_ledger *ledger_at(int64_t offset)
{
    ce_kafka_ledger *l = ce_kafka_ledger_new("t", 3);

    REQUIRE(l != NULL);
    ce_kafka_ledger_begin(l, offset);
    return l;
}

static ce_kafka_mark mark(int64_t offset)
{
    return (ce_kafka_mark){ offset, 1700000000000 + offset, 300 };
}

/* Reads COUNT records, and settles those for which IS_DONE. */
static void read_some(ce_kafka_ledger *l, int64_t from, int64_t count,
                      bool (*is_done)(int64_t offset))
{
    for (int64_t offset = from; offset < from + count; offset++) {
        ce_kafka_mark m = mark(offset);
        uint64_t pos;

        if (ce_kafka_ledger_read(l, &m) != CE_KAFKA_NEW)
            continue;
        REQUIRE_OK(ce_kafka_ledger_open(l, &m, &pos));
        if (is_done(offset))
            ce_kafka_ledger_settle(l, pos);
    }
}

/* Reads one record, and opens it if it is new. */
static ce_kafka_seen see(ce_kafka_ledger *l, int64_t offset)
{
    ce_kafka_mark m = mark(offset);
    ce_kafka_seen seen = ce_kafka_ledger_read(l, &m);
    uint64_t pos;

    if (seen == CE_KAFKA_NEW)
        REQUIRE_OK(ce_kafka_ledger_open(l, &m, &pos));
    return seen;
}

static ce_kafka_ledger *next_owner(const ce_kafka_ledger *l)
{
    char text[CE_KAFKA_MEMO_MAX + 1];
    size_t len = ce_kafka_memo_write(l, text, sizeof text);
    ce_kafka_ledger *next = ledger_at(l->safe);

    EXPECT_CMP(len, <=, CE_KAFKA_MEMO_MAX);
    EXPECT(ce_kafka_memo_read(next, text, len));
    return next;
}

static bool all_but_a_few(int64_t offset)
{
    return offset != 1005 && offset != 1020 && offset != 1021;
}

static bool every_third(int64_t offset)
{
    return offset % 3 == 0;
}

static bool by_chance(int64_t offset)
{
    return (uint64_t)offset * 2654435761u % 7 < 3;
}

static bool none(int64_t offset)
{
    (void)offset;
    return false;
}

static void the_next_owner_knows_what_is_done(void)
{
    static const struct {
        const char *name;
        bool (*is_done)(int64_t offset);
    } rows[] = { { "all but a few", all_but_a_few },
                 { "every third", every_third },
                 { "by chance", by_chance },
                 { "none", none } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_ledger *l = ledger_at(1000), *next;

        read_some(l, 1000, 500, rows[i].is_done);
        next = next_owner(l);
        for (int64_t offset = l->safe; offset < 1600; offset++) {
            bool is_done = offset < 1500 && rows[i].is_done(offset);

            EXPECT_EQ_ROW(rows[i].name, see(next, offset),
                          is_done ? CE_KAFKA_KNOWN : CE_KAFKA_NEW);
        }
        ce_kafka_ledger_free(l);
        ce_kafka_ledger_free(next);
    }
}

/* It has read a part of it, and goes in its turn. */
static void the_owner_after_that_knows_it_too(void)
{
    ce_kafka_ledger *l = ledger_at(1000), *next, *last;

    read_some(l, 1000, 500, all_but_a_few);
    next = next_owner(l);
    read_some(next, 1005, 10, none);
    last = next_owner(next);
    for (int64_t offset = 1005; offset < 1500; offset++)
        EXPECT_EQ(see(last, offset),
                  all_but_a_few(offset) ? CE_KAFKA_KNOWN : CE_KAFKA_NEW);
    ce_kafka_ledger_free(l);
    ce_kafka_ledger_free(next);
    ce_kafka_ledger_free(last);
}

static void the_last_record_below_is_known_again(void)
{
    ce_kafka_ledger *l = ledger_at(1000), *next;

    l->born_s = 1700000123;
    read_some(l, 1000, 10, all_but_a_few);
    next = next_owner(l);
    EXPECT_EQ(next->below.offset, 1004);
    EXPECT_EQ(next->below.time_ms, 1700000001004);
    EXPECT_EQ(next->below.size, 300);
    EXPECT_EQ(next->born_s, 1700000123);
    ce_kafka_ledger_free(l);
    ce_kafka_ledger_free(next);
}

static void what_has_no_place_is_left_out(void)
{
    ce_kafka_ledger *l = ledger_at(0), *next;
    char text[101];
    size_t len;
    ce_kafka_mark m = mark(3);

    read_some(l, 0, 20000, every_third);
    /* The first is done. */
    EXPECT_EQ(l->safe, 1);
    len = ce_kafka_memo_write(l, text, sizeof text);
    EXPECT_CMP(len, <=, 100);
    next = ledger_at(1);
    REQUIRE(ce_kafka_memo_read(next, text, len));
    EXPECT_EQ(ce_kafka_ledger_read(next, &m), CE_KAFKA_KNOWN);
    m = mark(19998);
    EXPECT_EQ(ce_kafka_ledger_read(next, &m), CE_KAFKA_NEW);
    ce_kafka_ledger_free(next);
    next = next_owner(l);
    ce_kafka_ledger_free(next);
    ce_kafka_ledger_free(l);
}

/* What copies the offsets of a group to another topic, partition or cluster
 * copies the text beside them. */
static void it_means_nothing_beside_another_offset(void)
{
    static const struct {
        const char *name, *topic;
        int32_t partition;
        int64_t off;
        bool is_read;
    } rows[] = { { "its own", "t", 3, 0, true },
                 { "a lower offset", "t", 3, -10, false },
                 { "a higher offset", "t", 3, 10, false },
                 { "another topic", "source.t", 3, 0, false },
                 { "another partition", "t", 4, 0, false } };
    ce_kafka_ledger *l = ledger_at(1000);
    char text[CE_KAFKA_MEMO_MAX + 1];
    size_t len;

    read_some(l, 1000, 500, all_but_a_few);
    len = ce_kafka_memo_write(l, text, sizeof text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_ledger *at =
            ce_kafka_ledger_new(rows[i].topic, rows[i].partition);

        REQUIRE(at != NULL);
        ce_kafka_ledger_begin(at, l->safe + rows[i].off);
        EXPECT_EQ_ROW(rows[i].name, ce_kafka_memo_read(at, text, len),
                      rows[i].is_read);
        EXPECT_EQ_ROW(rows[i].name, at->done.count > 0, rows[i].is_read);
        EXPECT_EQ_ROW(rows[i].name, at->below.offset != CE_KAFKA_NOWHERE,
                      rows[i].is_read);
        ce_kafka_ledger_free(at);
    }
    ce_kafka_ledger_free(l);
}

static void what_others_wrote_means_nothing(void)
{
    static const char *const rows[] = { "", "ce2", "ce2:", "ce1:AAAA",
                                        "consumer-1" };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_ledger *l = ledger_at(0);

        EXPECT_EQ_ROW(rows[i], ce_kafka_memo_read(l, rows[i], strlen(rows[i])),
                      false);
        ce_kafka_ledger_free(l);
    }
}

/* Writes the numbers before the mark, as L has them. */
static size_t write_head(const ce_kafka_ledger *l, char *text, size_t size)
{
    enum { MARK = 3 }; /* without one it is three zeros */

    return ce_kafka_memo_write(l, text, size) - MARK;
}

static void what_is_damaged_means_nothing(void)
{
    static const char *const rows[] = {
        "",     "A",    "AA", "AAAB", "AAABA", "A!A", "AAAgggggggggggggB",
        "BAAA", "AAAg",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_ledger *l = ledger_at(0);
        char text[128];
        size_t len = write_head(l, text, sizeof text);

        len += (size_t)snprintf(text + len, sizeof text - len, "%s", rows[i]);
        EXPECT_EQ_ROW(rows[i], ce_kafka_memo_read(l, text, len), false);
        EXPECT_EQ_ROW(rows[i], l->done.count, 0);
        EXPECT_EQ_ROW(rows[i], l->below.offset, CE_KAFKA_NOWHERE);
        ce_kafka_ledger_free(l);
    }
}

static void any_text_is_read_safely(void)
{
    uint32_t seed = 1;
    unsigned known = 0;

    for (unsigned round = 0; round < 20000; round++) {
        ce_kafka_ledger *l = ledger_at(5);
        char text[128];
        size_t head = write_head(l, text, sizeof text);
        size_t len = head + round % 60;

        for (size_t i = head; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] =
                "ABCDEFGghijklmnopqrstuvwxyz0123456789-_"[seed >> 16 & 31];
        }
        if (ce_kafka_memo_read(l, text, len))
            for (unsigned i = 0; i < l->done.count; i++, known++)
                EXPECT(l->done.runs[i].from >= 5 &&
                       l->done.runs[i].to > l->done.runs[i].from);
        ce_kafka_ledger_free(l);
    }
    EXPECT(known > 0);
}

TESTS("kafka/memo", TEST(the_next_owner_knows_what_is_done),
      TEST(the_owner_after_that_knows_it_too),
      TEST(the_last_record_below_is_known_again),
      TEST(what_has_no_place_is_left_out),
      TEST(it_means_nothing_beside_another_offset),
      TEST(what_others_wrote_means_nothing),
      TEST(what_is_damaged_means_nothing), TEST(any_text_is_read_safely))
