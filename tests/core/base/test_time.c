/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 timestamps: what is one, which instant, and how they are written. */
#include "tests/support/ce_test.h"
#include "core/base/time.h"

static void valid_timestamps_are_read(void)
{
    static const struct {
        const char *name, *text;
        long long seconds;
        long nanos;
    } rows[] = {
        { "CORE-24 UTC", "1970-01-01T00:00:00Z", 0, 0 },
        { "CORE-24 offset", "1970-01-01T01:00:00+01:00", 0, 0 },
        { "CORE-24 negative offset", "1969-12-31T18:30:00-05:30", 0, 0 },
        { "CORE-24 leap day", "2024-02-29T12:00:00Z", 1709208000, 0 },
        { "CORE-24 leap day of 2000", "2000-02-29T00:00:00Z", 951782400, 0 },
        { "CORE-26 one digit", "1970-01-01T00:00:00.5Z", 0, 500000000 },
        { "CORE-26 nine digits", "1970-01-01T00:00:00.000000001Z", 0, 1 },
        { "CORE-26 more digits", "1970-01-01T00:00:00.1234567899Z", 0,
          123456789 },
        { "CORE-26 minus zero", "1970-01-01T00:00:00-00:00", 0, 0 },
        { "CORE-26 lower case", "1970-01-01t00:00:00z", 0, 0 },
        { "CORE-27 leap second", "2016-12-31T23:59:60Z", 1483228800, 0 },
        { "before the epoch", "1969-12-31T23:59:59Z", -1, 0 },
        { "first year", "0000-01-01T00:00:00Z", -62167219200, 0 },
        { "last second", "9999-12-31T23:59:59Z", 253402300799, 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct timespec t;

        EXPECT_OK_ROW(rows[i].name,
                      ce_time_parse(ce_slice_of(rows[i].text), &t));
        EXPECT_EQ_ROW(rows[i].name, t.tv_sec, rows[i].seconds);
        EXPECT_EQ_ROW(rows[i].name, t.tv_nsec, rows[i].nanos);
    }
}

static void everything_else_is_refused(void)
{
    static const char *const rows[] = {
        "",
        "yesterday",
        "2024-05-01",
        "2024-05-01T12:34:56",
        "2024-05-01T12:34:56+05",
        "2024-05-01T12:34:56+0500",
        "2024-05-01T12:34:56+xx:00",
        "2024-05-01T12:34:56+25:00",
        "2024-05-01T12:34:56+01:60",
        "2024-13-01T12:34:56Z",
        "2024-00-01T12:34:56Z",
        "2024-05-00T12:34:56Z",
        "2024-04-31T12:34:56Z",
        "2100-02-29T12:34:56Z",
        "2023-02-29T12:34:56Z",
        "2024-05-01T24:00:00Z",
        "2024-05-01T12:60:00Z",
        "2024-05-01T12:34:61Z",
        "12024-05-01T12:34:56Z",
        "2024-5-1T12:34:56Z",
        "2024-05-01T1:34:56Z",
        "2024-05-01T12:34Z",
        "2024-05-01 12:34:56Z",
        "2024-05-01T12:34:56.Z",
        "2024-05-01T12:34:56,5Z",
        "2024-05-01T12:34:56Z ",
        " 2024-05-01T12:34:56Z",
        "2024-05-01T12:34:56ZZ",
        "2024/05/01T12:34:56Z",
        "-024-05-01T12:34:56Z",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct timespec t;

        EXPECT_STATUS_ROW(rows[i], ce_time_parse(ce_slice_of(rows[i]), &t),
                          CE_ESYNTAX);
    }
}

static void a_cut_text_is_never_read_beyond_its_end(void)
{
    ce_slice whole = CE_SLICE("2024-05-01T12:34:56.789+02:00");

    for (size_t len = 0; len < whole.len; len++) {
        char *copy = malloc(len + !len);
        struct timespec t;

        REQUIRE(copy != NULL);
        memcpy(copy, whole.ptr, len);
        EXPECT_STATUS(ce_time_parse((ce_slice){ copy, len }, &t), CE_ESYNTAX);
        free(copy);
    }
}

static void instants_are_written_with_the_digits_they_need(void)
{
    static const struct {
        struct timespec at;
        const char *text;
    } rows[] = {
        { { 0, 0 }, "1970-01-01T00:00:00Z" },
        { { -1, 500000000 }, "1969-12-31T23:59:59.5Z" },
        { { 1709208000, 123000000 }, "2024-02-29T12:00:00.123Z" },
        { { 1, 1 }, "1970-01-01T00:00:01.000000001Z" },
        { { -62167219200, 0 }, "0000-01-01T00:00:00Z" },
        { { 253402300799, 0 }, "9999-12-31T23:59:59Z" },
        { { 253402300800, 0 }, "" },
        { { -62167219201, 0 }, "" },
        { { 0, -1 }, "" },
        { { 0, 1000000000 }, "" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[CE_TIME_MAX];
        size_t len = ce_time_format(rows[i].at, text);

        EXPECT_TEXT(ce_slice_of(text), rows[i].text);
        EXPECT_EQ(len, strlen(rows[i].text));
    }
}

TESTS("time", TEST(valid_timestamps_are_read), TEST(everything_else_is_refused),
      TEST(a_cut_text_is_never_read_beyond_its_end),
      TEST(instants_are_written_with_the_digits_they_need))
