/* SPDX-License-Identifier: Apache-2.0 */
/* What the TCK of CESQL leaves open: text beyond ASCII, precedence, overflow,
 * errors of the parser, and depth. */
#include "ce_test.h"

static ce_sql_value evaluate(const char *text, ce_arena *arena)
{
    ce_event *e = ce_event_blank();
    ce_sql_value v;
    ce_sql *q;

    REQUIRE(e && arena);
    REQUIRE(ce_event_set(e, "id", "1", NULL) == CE_OK);
    REQUIRE(ce_sql_compile(&q, ce_slice_of(text), NULL) == CE_OK);
    v = ce_sql_eval(q, e, arena);
    REQUIRE(ce_arena_copy(arena, v.string, &v.string) == CE_OK);
    ce_sql_free(q);
    ce_event_free(e);
    return v;
}

static void integers_are_as_expected(void)
{
    static const struct {
        const char *text;
        int32_t value;
        ce_sql_error error;
    } rows[] = {
        { "4-1", 3, CE_SQL_OK },
        { "4--1", 5, CE_SQL_OK },
        { "-2147483648", INT32_MIN, CE_SQL_OK },
        { "--2147483648", INT32_MIN, CE_SQL_MATH },
        { "2147483647 + 1", INT32_MIN, CE_SQL_MATH },
        { "-2147483648 / -1", INT32_MIN, CE_SQL_MATH },
        { "-2147483648 % -1", 0, CE_SQL_OK },
        { "-7 / 2", -3, CE_SQL_OK },
        { "-7 % 2", -1, CE_SQL_OK },
        { "LENGTH('\xF0\x9F\x98\x80')", 1, CE_SQL_OK },
        { "LENGTH(missing)", 0, CE_SQL_MISSING_ATTRIBUTE },
        { "INT('2147483648')", 0, CE_SQL_CAST },
    };
    ce_arena *arena = ce_arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_sql_value v = evaluate(rows[i].text, arena);

        EXPECT_ROW(rows[i].text, v.type == CE_SQL_INTEGER &&
                                     v.integer == rows[i].value &&
                                     v.error == rows[i].error);
    }
    ce_arena_free(arena);
}

static void booleans_are_as_expected(void)
{
    static const struct {
        const char *text;
        bool value;
        ce_sql_error error;
    } rows[] = {
        { "false AND false OR true", false, CE_SQL_OK },
        { "NOT 1 = 2", false, CE_SQL_OK },
        { "true OR foo()", true, CE_SQL_OK },
        { "foo()", false, CE_SQL_MISSING_FUNCTION },
        { "ID = '1'", true, CE_SQL_OK },
        { "1 = 'x'", false, CE_SQL_OK },
        { "'x' = 1", false, CE_SQL_CAST },
        { "'a\xC3\xA4z' LIKE 'a_z'", true, CE_SQL_OK },
        { "data = 'x'", false, CE_SQL_MISSING_ATTRIBUTE },
        { "missing = 'x' OR true", false, CE_SQL_MISSING_ATTRIBUTE },
    };
    ce_arena *arena = ce_arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_sql_value v = evaluate(rows[i].text, arena);

        EXPECT_ROW(rows[i].text, v.type == CE_SQL_BOOLEAN &&
                                     v.boolean == rows[i].value &&
                                     v.error == rows[i].error);
    }
    ce_arena_free(arena);
}

static void strings_are_cut_between_characters(void)
{
    ce_arena *arena = ce_arena_new();

    EXPECT_TEXT(evaluate("LEFT('\xC3\xA4\xC3\xB6', 1)", arena).string,
                "\xC3\xA4");
    EXPECT_TEXT(evaluate("UPPER('\xC3\xA4')", arena).string, "\xC3\x84");
    EXPECT_TEXT(evaluate("TRIM('\xE3\x80\x80x\xC2\xA0')", arena).string, "x");
    EXPECT_TEXT(evaluate("'a''b'", arena).string, "a''b");
    EXPECT_TEXT(evaluate("SUBSTRING('abc', 2, 2147483647)", arena).string,
                "bc");
    EXPECT(evaluate("SUBSTRING('abc', 1, -1)", arena).error ==
           CE_SQL_FUNCTION_EVALUATION);
    ce_arena_free(arena);
}

static void what_does_not_parse_is_refused(void)
{
    static const char *const rows[] = {
        "",        "TRUE TRUE",  "id = 'x' ;", "id = 'x",    "a.b = 1",
        "id == 1", "x LIKE id",  "x IN ()",    "2147483648", "ABC(",
        "1_000",   "EXISTS 'x'", "a1(2)",      "NOT",        "'\xFF' = id",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_sql *q;
        ce_error err;

        EXPECT_ROW(rows[i], ce_sql_compile(&q, ce_slice_of(rows[i]), &err) ==
                                CE_ESYNTAX);
        EXPECT_ROW(rows[i], !q && err.text[0]);
    }
}

static void depth_is_bounded(void)
{
    static const char *const units[] = { "(",  "NOT ",  "- ",
                                         "1+", "1 OR ", "ABS(" };

    for (size_t i = 0; i < COUNT(units); i++) {
        ce_buf text = { NULL, 0, 0 };
        ce_sql *q;

        while (text.len < 60000)
            REQUIRE(ce_buf_append(&text, ce_slice_of(units[i])) == CE_OK);
        REQUIRE(ce_buf_append(&text, CE_SLICE("1")) == CE_OK);
        EXPECT_ROW(units[i],
                   ce_sql_compile(&q, ce_buf_slice(&text), NULL) == CE_ESYNTAX);
        ce_buf_free(&text);
    }
}

TESTS("cesql", TEST(integers_are_as_expected), TEST(booleans_are_as_expected),
      TEST(strings_are_cut_between_characters),
      TEST(what_does_not_parse_is_refused), TEST(depth_is_bounded))
