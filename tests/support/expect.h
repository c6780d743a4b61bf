/* SPDX-License-Identifier: Apache-2.0 */
/* What a test expects. Each macro names the value that the test got first and
 * the wanted one second; a failure reports both with file and line.
 *
 * EXPECT_... goes on after a failure. EXPECT_..._ROW does so too and names the
 * row of a table. REQUIRE_... ends the test function: what follows makes no
 * sense without it. Use the plain EXPECT and REQUIRE for what is only true or
 * false. Each argument is evaluated once. */
#ifndef CE_TESTS_SUPPORT_EXPECT_H
#define CE_TESTS_SUPPORT_EXPECT_H

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/error.h>
#include <cloudevents/result.h>
#include <cloudevents/slice.h>

/* Where an expectation stands, and what it says there. */
typedef struct ce_test_at {
    const char *row; /* NULL: no row of a table */
    const char *text;
    const char *file;
    unsigned line;
    bool fatal;
} ce_test_at;

#define CE_TEST_AT(row, text, fatal)                                           \
    (&(const ce_test_at){ (row), (text), __FILE__, __LINE__, (fatal) })

/* A number or a pointer of any type, so that two of them can be compared by
 * value and be shown. */
typedef struct ce_test_value {
    enum { CE_TEST_SIGNED, CE_TEST_UNSIGNED, CE_TEST_REAL, CE_TEST_POINTER } is;
    union {
        int64_t number;
        uint64_t natural;
        double real;
        const volatile void *pointer;
    };
} ce_test_value;

ce_test_value ce_test_signed(int64_t number);
ce_test_value ce_test_unsigned(uint64_t number);
ce_test_value ce_test_real(double number);
ce_test_value ce_test_pointer(const volatile void *pointer);

/* Enums come as numbers. (The formatter does not know _Generic.) */
/* clang-format off */
#define CE_TEST_VALUE(value)                                                   \
    _Generic((value),                                                          \
        bool: ce_test_unsigned,                                                \
        char: ce_test_signed,                                                  \
        signed char: ce_test_signed,                                           \
        unsigned char: ce_test_unsigned,                                       \
        short: ce_test_signed,                                                 \
        unsigned short: ce_test_unsigned,                                      \
        int: ce_test_signed,                                                   \
        unsigned: ce_test_unsigned,                                            \
        long: ce_test_signed,                                                  \
        unsigned long: ce_test_unsigned,                                       \
        long long: ce_test_signed,                                             \
        unsigned long long: ce_test_unsigned,                                  \
        float: ce_test_real,                                                   \
        double: ce_test_real,                                                  \
        default: ce_test_pointer)(value)
/* clang-format on */

void ce_test_true(const ce_test_at *at, bool condition);
/* OP is a C operator: == != < <= > >= */
void ce_test_compare(const ce_test_at *at, ce_test_value got, const char *op,
                     ce_test_value want);
void ce_test_str(const ce_test_at *at, const char *got, const char *want);
void ce_test_text(const ce_test_at *at, ce_slice got, ce_slice want);
void ce_test_contains(const ce_test_at *at, const char *text, const char *part);
void ce_test_lacks(const ce_test_at *at, const char *text, const char *part);
void ce_test_starts(const ce_test_at *at, const char *text, const char *start);
void ce_test_status(const ce_test_at *at, ce_status got, ce_status want);
void ce_test_result(const ce_test_at *at, ce_result got, ce_verdict want);
void ce_test_verdict(const ce_test_at *at, ce_verdict got, ce_verdict want);
/* Its argument: a slice, or a string for one. */
ce_slice ce_test_slice(ce_slice s);

/* The text is made in the outermost macro: there #got is still as written. */
#define CE_TEST_CMP(at, got, op, want)                                         \
    ce_test_compare(at, CE_TEST_VALUE(got), #op, CE_TEST_VALUE(want))
/* clang-format off */
#define CE_TEST_TEXT(at, got, want)                                            \
    ce_test_text(at, (got), _Generic((want),                                   \
        ce_slice: ce_test_slice,                                               \
        default: ce_slice_of)(want))
#define CE_TEST_VERDICT(at, got, want)                                         \
    _Generic((got),                                                            \
        ce_result: ce_test_result,                                             \
        default: ce_test_verdict)(at, (got), (want))
/* clang-format on */

#define EXPECT(condition)                                                      \
    ce_test_true(CE_TEST_AT(NULL, #condition, false), (condition))
#define EXPECT_ROW(row, condition)                                             \
    ce_test_true(CE_TEST_AT(row, #condition, false), (condition))
#define REQUIRE(condition)                                                     \
    ce_test_true(CE_TEST_AT(NULL, #condition, true), (condition))

/* Numbers and pointers. */
#define EXPECT_EQ(got, want)                                                   \
    CE_TEST_CMP(CE_TEST_AT(NULL, #got " == " #want, false), got, ==, want)
#define EXPECT_EQ_ROW(row, got, want)                                          \
    CE_TEST_CMP(CE_TEST_AT(row, #got " == " #want, false), got, ==, want)
#define REQUIRE_EQ(got, want)                                                  \
    CE_TEST_CMP(CE_TEST_AT(NULL, #got " == " #want, true), got, ==, want)
/* Likewise with another operator: EXPECT_CMP(count, >=, 2). */
#define EXPECT_CMP(got, op, want)                                              \
    CE_TEST_CMP(CE_TEST_AT(NULL, #got " " #op " " #want, false), got, op, want)
#define EXPECT_CMP_ROW(row, got, op, want)                                     \
    CE_TEST_CMP(CE_TEST_AT(row, #got " " #op " " #want, false), got, op, want)
#define REQUIRE_CMP(got, op, want)                                             \
    CE_TEST_CMP(CE_TEST_AT(NULL, #got " " #op " " #want, true), got, op, want)

/* C strings; NULL equals NULL only. */
#define EXPECT_STR(got, want)                                                  \
    ce_test_str(CE_TEST_AT(NULL, #got " == " #want, false), (got), (want))
#define EXPECT_STR_ROW(row, got, want)                                         \
    ce_test_str(CE_TEST_AT(row, #got " == " #want, false), (got), (want))
#define REQUIRE_STR(got, want)                                                 \
    ce_test_str(CE_TEST_AT(NULL, #got " == " #want, true), (got), (want))
/* A slice and a slice or C string; absent (NULL) equals absent only. */
#define EXPECT_TEXT(got, want)                                                 \
    CE_TEST_TEXT(CE_TEST_AT(NULL, #got " == " #want, false), got, want)
#define EXPECT_TEXT_ROW(row, got, want)                                        \
    CE_TEST_TEXT(CE_TEST_AT(row, #got " == " #want, false), got, want)
#define REQUIRE_TEXT(got, want)                                                \
    CE_TEST_TEXT(CE_TEST_AT(NULL, #got " == " #want, true), got, want)
/* Whether PART stands in TEXT, two C strings. */
#define EXPECT_CONTAINS(text, part)                                            \
    ce_test_contains(CE_TEST_AT(NULL, #text " contains " #part, false),        \
                     (text), (part))
#define EXPECT_CONTAINS_ROW(row, text, part)                                   \
    ce_test_contains(CE_TEST_AT(row, #text " contains " #part, false), (text), \
                     (part))
#define REQUIRE_CONTAINS(text, part)                                           \
    ce_test_contains(CE_TEST_AT(NULL, #text " contains " #part, true), (text), \
                     (part))
#define EXPECT_LACKS(text, part)                                               \
    ce_test_lacks(CE_TEST_AT(NULL, #text " lacks " #part, false), (text),      \
                  (part))
#define EXPECT_LACKS_ROW(row, text, part)                                      \
    ce_test_lacks(CE_TEST_AT(row, #text " lacks " #part, false), (text), (part))

/* Whether TEXT begins with START, two C strings. */
#define EXPECT_STARTS(text, start)                                             \
    ce_test_starts(CE_TEST_AT(NULL, #text " begins with " #start, false),      \
                   (text), (start))
#define EXPECT_STARTS_ROW(row, text, start)                                    \
    ce_test_starts(CE_TEST_AT(row, #text " begins with " #start, false),       \
                   (text), (start))

/* A ce_status, shown by its name. */
#define EXPECT_STATUS(got, want)                                               \
    ce_test_status(CE_TEST_AT(NULL, #got " == " #want, false), (got), (want))
#define EXPECT_STATUS_ROW(row, got, want)                                      \
    ce_test_status(CE_TEST_AT(row, #got " == " #want, false), (got), (want))
#define REQUIRE_STATUS(got, want)                                              \
    ce_test_status(CE_TEST_AT(NULL, #got " == " #want, true), (got), (want))
#define EXPECT_OK(got)                                                         \
    ce_test_status(CE_TEST_AT(NULL, #got, false), (got), CE_OK)
#define EXPECT_OK_ROW(row, got)                                                \
    ce_test_status(CE_TEST_AT(row, #got, false), (got), CE_OK)
#define REQUIRE_OK(got)                                                        \
    ce_test_status(CE_TEST_AT(NULL, #got, true), (got), CE_OK)
/* A ce_result, shown with its code and reason, or a ce_verdict alone. */
#define EXPECT_VERDICT(got, want)                                              \
    CE_TEST_VERDICT(CE_TEST_AT(NULL, #got " == " #want, false), got, want)
#define EXPECT_VERDICT_ROW(row, got, want)                                     \
    CE_TEST_VERDICT(CE_TEST_AT(row, #got " == " #want, false), got, want)
#define REQUIRE_VERDICT(got, want)                                             \
    CE_TEST_VERDICT(CE_TEST_AT(NULL, #got " == " #want, true), got, want)

#endif
