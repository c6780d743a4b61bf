/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the inbox: what comes back is what was kept. */
#include "tests/support/ce_test.h"

#include "core/inbox/store.h"

#include <string.h>
#include <time.h>

static ce_buf record;
static ce_delivery back;

static void begin(const ce_origin *origin)
{
    ce_message m = { .mode = CE_MODE_NONE, .body = CE_SLICE("1") };

    record = (ce_buf){ NULL, 0, 0 };
    REQUIRE_OK(ce_record_write(&m, origin, NULL, &record));
    back = (ce_delivery){ .arena = ce_arena_new() };
}

static void end(void)
{
    ce_arena_free(back.arena);
    ce_buf_free(&record);
}

static void the_origin_comes_back(void)
{
    const ce_origin origin = { .topic = CE_SLICE("t"),
                               .partition = 3,
                               .offset = 7,
                               .timestamp_ms = 1767323045678,
                               .retain = CE_RETAIN_YES };

    begin(&origin);
    REQUIRE_OK(ce_record_read(ce_buf_slice(&record), &back));
    EXPECT_TEXT(back.origin.topic, "t");
    EXPECT_EQ(back.origin.partition, 3);
    EXPECT_EQ(back.origin.offset, 7);
    EXPECT_EQ(back.origin.timestamp_ms, 1767323045678);
    EXPECT_EQ(back.origin.retain, CE_RETAIN_YES);
    end();
}

static void a_name_is_that_of_one_record(void)
{
    const ce_origin origin = { .partition = -1 };
    uint64_t name[2], again[2], others[4][2], now = (uint64_t)time(NULL) * 1000;
    ce_slice bytes;

    begin(&origin);
    bytes = ce_buf_slice(&record);
    ce_record_name(bytes, 1, 2, name);
    EXPECT_CMP((name[0] >> 16) + 60000, >=, now);
    EXPECT_CMP(name[0] >> 16, <, now + 60000);
    ce_record_name(bytes, 1, 2, again);
    EXPECT(memcmp(name, again, sizeof name) == 0);
    ce_record_name(bytes, 1, 3, others[0]);
    ce_record_name(bytes, 2, 2, others[1]);
    record.ptr[record.len - 1]++;
    ce_record_name(bytes, 1, 2, others[2]);
    record.ptr[0] = 1;
    ce_record_name(bytes, 1, 2, others[3]);
    for (unsigned i = 0; i < COUNT(others); i++)
        EXPECT(others[i][1] != name[1]);
    end();
}

/* An inbox outlives an upgrade of the program. */
static void a_record_of_the_first_version_is_read(void)
{
    const ce_origin origin = { .topic = CE_SLICE("t"), .partition = -1 };

    begin(&origin);
    record.ptr[0] = 1;
    record.len -= 16 + 9;
    REQUIRE_OK(ce_record_read(ce_buf_slice(&record), &back));
    EXPECT_TEXT(back.origin.topic, "t");
    EXPECT_EQ(back.origin.timestamp_ms, 0);
    EXPECT_EQ(back.origin.retain, CE_RETAIN_UNKNOWN);
    end();
}

static void a_record_of_the_second_version_is_read(void)
{
    begin(&(ce_origin){ .partition = -1, .timestamp_ms = 5 });
    record.ptr[0] = 2;
    record.len -= 16;
    REQUIRE_OK(ce_record_read(ce_buf_slice(&record), &back));
    EXPECT_EQ(back.origin.timestamp_ms, 5);
    end();
}

/* A record of this version as it was first written: sixteen bytes a line, and a
 * length that is neither one of turns nor of words. */
static const char kept[] =
    "\x03\x01\xff\xff\xff\xff\xff\xff\xff\xff\x10\x00\x00\x00\x74\x68"
    "\x72\x65\x65\x20\x77\x6f\x72\x64\x73\x20\x6d\x6f\x72\x65\xff\xff"
    "\xff\xff\xff\xff\xff\xff\x03\x00\x00\x00\x61\x2f\x62\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x02\x00"
    "\x00\x00\x69\x64\x01\x00\x00\x00\x31\x00\x04\x00\x00\x00\x74\x79"
    "\x70\x65\x01\x00\x00\x00\x74\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x01\xe0\x0a\x5b\x1d\xa2\x01\x00\x00\x6d\x40\xbc\x0e"
    "\xa3\x18\xe1\x36";

static void a_record_that_an_earlier_build_has_written_is_read(void)
{
    begin(&(ce_origin){ .partition = -1 });
    REQUIRE_OK(ce_record_read((ce_slice){ kept, sizeof kept - 1 }, &back));
    EXPECT_TEXT(back.message.body, "three words more");
    EXPECT_TEXT(back.origin.topic, "a/b");
    REQUIRE_EQ(back.message.attrs.len, 2);
    EXPECT_TEXT(back.message.attrs.at[1].name, "type");
    EXPECT_TEXT(back.message.attrs.at[1].text, "t");
    end();
}

/* Behind the version each bit counts. */
static void a_changed_record_is_not_read(void)
{
    begin(&(ce_origin){ .topic = CE_SLICE("topic"), .partition = -1 });
    for (size_t bit = 8; bit < 8 * record.len; bit++) {
        record.ptr[bit / 8] ^= (char)(1 << bit % 8);
        EXPECT_STATUS(ce_record_read(ce_buf_slice(&record), &back), CE_ESYNTAX);
        record.ptr[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t len = 1; len < record.len; len++)
        EXPECT_STATUS(ce_record_read((ce_slice){ record.ptr, len }, &back),
                      CE_ESYNTAX);
    REQUIRE_OK(ce_record_read(ce_buf_slice(&record), &back));
    end();
}

static void a_record_of_a_later_version_is_refused(void)
{
    begin(&(ce_origin){ .partition = -1 });
    record.ptr[0] = 4;
    EXPECT_STATUS(ce_record_read(ce_buf_slice(&record), &back), CE_ENOTSUP);
    end();
}

static void a_message_in_flight_takes_no_more_than_it_needs(void)
{
    enum { METADATA = 9 };
    ce_attr some[METADATA];
    ce_origin origin = { .partition = -1, .metadata = { some, METADATA, 0 } };

    for (unsigned i = 0; i < METADATA; i++)
        some[i] = (ce_attr){ CE_SLICE("name"), CE_SLICE("text"), CE_STRING };
    begin(&origin);
    REQUIRE_OK(ce_record_read(ce_buf_slice(&record), &back));
    REQUIRE_EQ(back.origin.metadata.len, METADATA);
    EXPECT_CMP(ce_arena_used(back.arena), <=, (METADATA + 1) * sizeof *some);
    end();
}

/* Where the number of attributes stands in a record without any. */
static void a_number_of_attributes_that_cannot_be_is_refused(void)
{
    static const size_t behind = 4 + 8 + 1 + 8 + 8;

    begin(&(ce_origin){ .partition = -1 });
    record.ptr[0] = 2; /* the last version without a sum */
    memset(record.ptr + record.len - behind, 0xff, 4);
    EXPECT_STATUS(ce_record_read(ce_buf_slice(&record), &back), CE_ESYNTAX);
    EXPECT_CMP(ce_arena_used(back.arena), <, 10000);
    end();
}

TESTS("record", TEST(the_origin_comes_back), TEST(a_name_is_that_of_one_record),
      TEST(a_record_of_the_first_version_is_read),
      TEST(a_record_of_the_second_version_is_read),
      TEST(a_record_that_an_earlier_build_has_written_is_read),
      TEST(a_changed_record_is_not_read),
      TEST(a_record_of_a_later_version_is_refused),
      TEST(a_message_in_flight_takes_no_more_than_it_needs),
      TEST(a_number_of_attributes_that_cannot_be_is_refused))
