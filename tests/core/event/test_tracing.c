/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of W3C Trace Context. */
#include "tests/support/ce_test.h"

#include "core/event/tracing.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define ZEROS "0000000000000000"
#define X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X32 X32 X32 X32 X32 X32 X32 X32

typedef struct row {
    const char *text;
    bool valid;
} row;

static void a_traceparent_has_two_ids_and_flags(void)
{
    static const row rows[] = {
        { "00-" TRACE "-" PARENT "-01", true },
        { "00-" TRACE "-" PARENT "-ff", true },
        { "01-" TRACE "-" PARENT "-01", true },
        { "cc-" TRACE "-" PARENT "-01-what", true },
        { "00-" TRACE "-" PARENT "-01-what", false },
        { "01-" TRACE "-" PARENT "-01what", false },
        { "ff-" TRACE "-" PARENT "-01", false },
        { "0x-" TRACE "-" PARENT "-01", false },
        { "00-" TRACE "-" PARENT "-1", false },
        { "00-" TRACE "-" PARENT "-0g", false },
        { "00_" TRACE "-" PARENT "-01", false },
        { "00-" TRACE "_" PARENT "-01", false },
        { "00-" TRACE "-" PARENT "_01", false },
        { "00-" ZEROS ZEROS "-" PARENT "-01", false },
        { "00-" TRACE "-" ZEROS "-01", false },
        { "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01", false },
        { "00-" TRACE "-00F067AA0BA902B7-01", false },
        { " 00-" TRACE "-" PARENT "-01", false },
        { "", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].text,
                      ce_traceparent_is_valid(ce_slice_of(rows[i].text)),
                      rows[i].valid);
}

static void a_tracestate_is_a_list_of_keys_and_values(void)
{
    static const row rows[] = {
        { "a=1", true },
        { "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", true },
        { "a=1 , \tb=2", true },
        { "a=1,,b=2", true },
        { "a-_*/9=1", true },
        { "0tenant@system=1", true },
        { "a=x y", true },
        { X256 "=" X32, true },
        { "a=" X256, true },
        { "", false },
        { " ", false },
        { "a", false },
        { "=1", false },
        { "a=", false },
        { "A=1", false },
        { "0a=1", false },
        { "@a=1", false },
        { "a@=1", false },
        { "a@0=1", false },
        { "a@b@c=1", false },
        { "a b=1", false },
        { "a=1=2", false },
        { "a=\x7f", false },
        { "a=\xc3\xa4", false },
        { "x" X256 "=1", false },
        { "a=x" X256, false },
        { X256 "=" X256, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].text,
                      ce_tracestate_is_valid(ce_slice_of(rows[i].text)),
                      rows[i].valid);
}

/* "a=1,a=1,...", without a comma at the end. */
static bool is_valid_with(unsigned members)
{
    char text[200];
    size_t len = members * 4 - 1;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "a=1,"[i % 4];
    REQUIRE_CMP(len, <=, sizeof text);
    return ce_tracestate_is_valid((ce_slice){ text, len });
}

static void a_tracestate_has_32_members_at_most(void)
{
    EXPECT(is_valid_with(32));
    EXPECT(!is_valid_with(33));
}

TESTS("tracing", TEST(a_traceparent_has_two_ids_and_flags),
      TEST(a_tracestate_is_a_list_of_keys_and_values),
      TEST(a_tracestate_has_32_members_at_most))
