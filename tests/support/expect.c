/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what a test got with what it wants, and shows both. */
#include "tests/support/expect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Enough for two documents of this length and the names around them. CUnit
 * keeps a copy. */
enum { SHOWN_MAX = 1500, REPORT_MAX = 4096 };

static void check(const ce_test_at *at, bool ok, const char *fmt, ...)
    CE_PRINTF(3, 4);

/* FMT says what the test got instead. */
static void check(const ce_test_at *at, bool ok, const char *fmt, ...)
{
    char said[REPORT_MAX], report[REPORT_MAX + 1024];
    va_list args;

    if (ok) {
        CU_assertImplementation(CU_TRUE, at->line, at->text, at->file, "",
                                CU_FALSE);
        return;
    }
    va_start(args, fmt);
    vsnprintf(said, sizeof said, fmt, args);
    va_end(args);
    snprintf(report, sizeof report, "%s%s%s%s%s%s", at->row ? "row \"" : "",
             at->row ? at->row : "", at->row ? "\": " : "", at->text,
             *said ? ": " : "", said);
    CU_assertImplementation(CU_FALSE, at->line, report, at->file, "",
                            at->fatal ? CU_TRUE : CU_FALSE);
}

void ce_test_true(const ce_test_at *at, bool condition)
{
    check(at, condition, "%s", "");
}

ce_test_value ce_test_signed(int64_t number)
{
    return (ce_test_value){ .is = CE_TEST_SIGNED, .number = number };
}

ce_test_value ce_test_unsigned(uint64_t number)
{
    return (ce_test_value){ .is = CE_TEST_UNSIGNED, .natural = number };
}

ce_test_value ce_test_real(double number)
{
    return (ce_test_value){ .is = CE_TEST_REAL, .real = number };
}

ce_test_value ce_test_pointer(const volatile void *pointer)
{
    return (ce_test_value){ .is = CE_TEST_POINTER, .pointer = pointer };
}

ce_slice ce_test_slice(ce_slice s)
{
    return s;
}

static double real_of(ce_test_value v)
{
    if (v.is == CE_TEST_REAL)
        return v.real;
    return v.is == CE_TEST_SIGNED ? (double)v.number : (double)v.natural;
}

/* -1: A is below, 0: equal, 1: above. */
static int order_of_naturals(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* By value, so that -1 is below every unsigned number. */
static int order(ce_test_value a, ce_test_value b)
{
    if (a.is == CE_TEST_POINTER && b.is == CE_TEST_POINTER)
        return order_of_naturals((uintptr_t)a.pointer, (uintptr_t)b.pointer);
    if (a.is == CE_TEST_REAL || b.is == CE_TEST_REAL) {
        double x = real_of(a), y = real_of(b);

        return (x > y) - (x < y);
    }
    bool below_a = a.is == CE_TEST_SIGNED && a.number < 0;
    bool below_b = b.is == CE_TEST_SIGNED && b.number < 0;

    if (below_a != below_b)
        return below_a ? -1 : 1;
    return order_of_naturals(a.natural, b.natural);
}

static bool holds(int order, const char *op)
{
    if (!strcmp(op, "=="))
        return order == 0;
    if (!strcmp(op, "!="))
        return order != 0;
    if (op[0] == '<')
        return order < 0 || (order == 0 && op[1] == '=');
    return order > 0 || (order == 0 && op[1] == '=');
}

static const char *show(char *out, size_t size, ce_test_value v)
{
    switch (v.is) {
    case CE_TEST_SIGNED:
        snprintf(out, size, "%" PRId64, v.number);
        break;
    case CE_TEST_UNSIGNED:
        snprintf(out, size, "%" PRIu64, v.natural);
        break;
    case CE_TEST_REAL:
        snprintf(out, size, "%.17g", v.real);
        break;
    case CE_TEST_POINTER:
        snprintf(out, size, "%p", (const void *)(uintptr_t)v.pointer);
        break;
    }
    return out;
}

void ce_test_compare(const ce_test_at *at, ce_test_value got, const char *op,
                     ce_test_value want)
{
    const char *other = strcmp(op, "==") ? op : "";
    char left[32], right[32];

    check(at, holds(order(got, want), op), "got %s, want %s%s%s",
          show(left, sizeof left, got), other, *other ? " " : "",
          show(right, sizeof right, want));
}

static size_t first_difference(ce_slice a, ce_slice b)
{
    size_t i = 0;

    while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i])
        i++;
    return i;
}

/* The quotes, so that absent does not look like an empty text. */
static const char *quote(ce_slice s)
{
    return s.ptr ? "\"" : "";
}

static ce_slice shown(ce_slice s)
{
    if (!s.ptr)
        return CE_SLICE("(absent)");
    return (ce_slice){ s.ptr, s.len < SHOWN_MAX ? s.len : SHOWN_MAX };
}

void ce_test_text(const ce_test_at *at, ce_slice got, ce_slice want)
{
    bool ok = !got.ptr == !want.ptr && ce_slice_eq(got, want);

    check(at, ok,
          "got %s%.*s%s, want %s%.*s%s (%zu and %zu bytes; they differ from "
          "byte %zu)",
          quote(got), CE_ARG(shown(got)), quote(got), quote(want),
          CE_ARG(shown(want)), quote(want), got.len, want.len,
          ok ? 0 : first_difference(got, want));
}

void ce_test_str(const ce_test_at *at, const char *got, const char *want)
{
    ce_test_text(at, ce_slice_of(got), ce_slice_of(want));
}

void ce_test_contains(const ce_test_at *at, const char *text, const char *part)
{
    check(at, text && part && strstr(text, part), "got \"%.*s\"", SHOWN_MAX,
          text ? text : "(absent)");
}

void ce_test_lacks(const ce_test_at *at, const char *text, const char *part)
{
    check(at, text && part && !strstr(text, part), "got \"%.*s\"", SHOWN_MAX,
          text ? text : "(absent)");
}

void ce_test_starts(const ce_test_at *at, const char *text, const char *start)
{
    check(at, text && start && !strncmp(text, start, strlen(start)),
          "got \"%.*s\"", SHOWN_MAX, text ? text : "(absent)");
}

void ce_test_status(const ce_test_at *at, ce_status got, ce_status want)
{
    check(at, got == want, "got %s, want %s", ce_status_name(got),
          ce_status_name(want));
}

static const char *name_of(ce_verdict verdict)
{
    switch (verdict) {
    case CE_ACK:
        return "ACK";
    case CE_UNDELIVERED:
        return "UNDELIVERED";
    case CE_NACK:
        return "NACK";
    }
    return "no verdict";
}

void ce_test_result(const ce_test_at *at, ce_result got, ce_verdict want)
{
    check(at, got.verdict == want, "got %s (code %d, \"%s\"), want %s",
          name_of(got.verdict), got.code, got.reason, name_of(want));
}

void ce_test_verdict(const ce_test_at *at, ce_verdict got, ce_verdict want)
{
    check(at, got == want, "got %s, want %s", name_of(got), name_of(want));
}
