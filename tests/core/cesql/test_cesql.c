/* SPDX-License-Identifier: Apache-2.0 */
/* CESQL requirement by requirement, with what its TCK leaves out (TCK-07):
 * text beyond ASCII, precedence, overflow, errors of the parser, and depth. */
#include "tests/support/ce_test.h"

static ce_event *new_event(void)
{
    ce_event *e = ce_event_blank();

    REQUIRE(e != NULL);
    REQUIRE_OK(ce_event_set(e, "id", "1", NULL));
    REQUIRE_OK(ce_event_set(e, "source", "/s", NULL));
    REQUIRE_OK(ce_event_set(e, "type", "com.example", NULL));
    REQUIRE_OK(ce_event_set(e, "time", "2018-04-26T14:48:09+02:00", NULL));
    REQUIRE_OK(ce_event_set(e, "1a", "digit", NULL));
    REQUIRE_OK(ce_event_set(e, "in", "keyword", NULL));
    REQUIRE_OK(ce_event_set(e, "five", "5", NULL));
    REQUIRE_OK(ce_event_set_integer(e, "n", 42, NULL));
    REQUIRE_OK(ce_event_set_boolean(e, "b", true, NULL));
    REQUIRE_OK(
        ce_event_set_slice(e, CE_SLICE("uri"), CE_SLICE("a:b"), CE_URI, NULL));
    return e;
}

/* The value as a literal, and the error behind a '!'. */
static void evaluate(const char *text, char out[200])
{
    static const char *const errors[] = {
        "",          " !parse",    " !math",       " !cast",
        " !missing", " !function", " !evaluation", " !generic"
    };
    ce_arena *arena = ce_arena_new();
    ce_event *e = new_event(), *before = ce_event_clone(e);
    ce_error err = { CE_OK, "" };
    ce_sql *q = NULL;
    ce_sql_value v = { .error = CE_SQL_PARSE };

    if (ce_sql_compile(&q, ce_slice_of(text), &err) == CE_OK)
        v = ce_sql_eval(q, e, arena);
    else {
        EXPECT_ROW(text, !q);
        EXPECT_STATUS_ROW(text, err.status, CE_ESYNTAX);
        EXPECT_ROW(text, err.text[0]);
    }
    if (!q)
        snprintf(out, 200, "!parse");
    else if (v.type == CE_SQL_STRING)
        snprintf(out, 200, "'%.*s'%s", CE_ARG(v.string), errors[v.error]);
    else if (v.type == CE_SQL_INTEGER)
        snprintf(out, 200, "%d%s", (int)v.integer, errors[v.error]);
    else
        snprintf(out, 200, "%s%s", v.boolean ? "true" : "false",
                 errors[v.error]);
    /* SQL-58 */
    EXPECT_ROW(text, ce_event_equal(e, before));
    ce_sql_free(q);
    ce_event_free(e);
    ce_event_free(before);
    ce_arena_free(arena);
}

typedef struct row {
    const char *name, *text, *value;
} row;

static void check(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char got[200];

        evaluate(rows[i].text, got);
        if (strcmp(got, rows[i].value) != 0)
            fprintf(stderr, "%s is %s: ", rows[i].text, got);
        EXPECT_STR_ROW(rows[i].name, got, rows[i].value);
    }
}

static void the_language_is_that_of_the_grammar(void)
{
    static const row rows[] = {
        { "SQL-01 keywords", "nOt False aNd eXiSTS id", "true" },
        { "SQL-01 LIKE and IN", "'a' LIKe 'a' OR 1 iN (1)", "true" },
        { "SQL-02 white space", "\t1\r\n+ 1 ", "2" },
        { "SQL-02 no other white space", "1\v+ 1", "!parse" },
        { "SQL-02 no comments but arithmetic", "3 -- n", "45" },
        { "SQL-03 NOT LIKE", "'a' NOT LIKE 'b'", "true" },
        { "SQL-03 NOT IN", "1 NOT IN (2, 3)", "true" },
        { "SQL-03 parentheses", "2 * (3 + 4)", "14" },
        { "SQL-04 operators", "5 % 3 * 4 / 2 - 1", "3" },
        { "SQL-04 not equal", "1 != 2 AND 1 <> 2", "true" },
        { "SQL-04 XOR", "true XOR true", "false" },
        { "SQL-04 no ==", "id == 1", "!parse" },
        { "SQL-04 no ||", "'a' || 'b'", "!parse" },
        { "SQL-05 upper case", "ID = '1'", "true" },
        { "SQL-05 a digit within", "EXISTS a1b2", "false" },
        { "SQL-06 a keyword is no name", "in = 'keyword'", "!parse" },
        { "SQL-06 a number is no name", "1 = 'x'", "false" },
        { "SQL-07 least", "-2147483648", "-2147483648" },
        { "SQL-07 most", "2147483647", "2147483647" },
        { "SQL-07 too large", "2147483648", "!parse" },
        { "SQL-07 underscore", "1_000", "!parse" },
        { "SQL-08 4-1", "4-1", "3" },
        { "SQL-08 4--1", "4--1", "5" },
        { "SQL-08 4 - -1", "4 - -1", "5" },
        { "SQL-08 --10", "--10", "10" },
        { "SQL-09 single quotes", "'a\"b'", "'a\"b'" },
        { "SQL-09 double quotes", "\"a'b\"", "'a'b'" },
        { "SQL-09 its own quote", "'a\\'b'", "'a'b'" },
        { "SQL-09 another backslash", "'a\\nb'", "'a\\nb'" },
        { "SQL-10 doubled quote", "'a''b'", "'a''b'" },
        { "SQL-11 whatever the case", "lEngTH('ab')", "2" },
        { "SQL-11 no digits", "a1(2)", "!parse" },
        { "SQL-12 an empty list", "id IN ()", "!parse" },
        { "SQL-12 LIKE a number", "id LIKE 123", "!parse" },
        { "SQL-12 LIKE a name", "id LIKE id", "!parse" },
        { "SQL-13 nothing", "", "!parse" },
        { "SQL-13 two expressions", "TRUE TRUE", "!parse" },
        { "SQL-13 semicolon", "id = 'x' ;", "!parse" },
        { "SQL-13 number sign", "# TRUE", "!parse" },
        { "SQL-13 dot", "a.b = 1", "!parse" },
        { "SQL-13 open string", "id = 'x", "!parse" },
        { "SQL-13 open call", "ABC(", "!parse" },
        { "SQL-13 no operand", "NOT", "!parse" },
        { "SQL-13 invalid UTF-8", "'\xFF' = id", "!parse" },
        { "SQL-36 EXISTS takes a name", "EXISTS 'x'", "!parse" },
    };

    check(rows, COUNT(rows));
}

static void values_are_cast_as_the_table_says(void)
{
    static const row rows[] = {
        { "SQL-20 a string", "'a'", "'a'" },
        { "SQL-20 an integer", "1", "1" },
        { "SQL-20 a boolean", "TRUE", "true" },
        { "SQL-21 a time keeps its text", "time",
          "'2018-04-26T14:48:09+02:00'" },
        { "SQL-21 a URI", "uri", "'a:b'" },
        { "SQL-22 an integer", "n", "42" },
        { "SQL-22 a boolean", "b", "true" },
        { "SQL-22 a text stays one", "five", "'5'" },
        { "SQL-23 data", "data = 'x'", "false !missing" },
        { "SQL-24 integer to string", "STRING(-5)", "'-5'" },
        { "SQL-24 zero is false", "BOOL(0)", "false" },
        { "SQL-24 another is true", "BOOL(-2)", "true" },
        { "SQL-24 true is one", "INT(true)", "1" },
        { "SQL-24 boolean to string", "STRING(TRUE)", "'true'" },
        { "SQL-25 plus", "INT('+7')", "7" },
        { "SQL-25 leading zero", "INT('-07')", "-7" },
        { "SQL-25 overflow", "INT('2147483648')", "0 !cast" },
        { "SQL-25 blank", "INT(' 7')", "0 !cast" },
        { "SQL-25 fraction", "INT('5.0')", "0 !cast" },
        { "SQL-25 hexadecimal", "INT('0x10')", "0 !cast" },
        { "SQL-25 underscore", "INT('1_000')", "0 !cast" },
        { "SQL-25 empty", "INT('')", "0 !cast" },
        { "SQL-26 any case", "BOOL('tRuE')", "true" },
        { "SQL-26 another text", "BOOL('1')", "false !cast" },
        { "SQL-27 true is no TRUE", "true = 'TRUE'", "false" },
        { "SQL-27 TRUE is true", "'TRUE' = true", "true" },
        { "SQL-27 01 is 1", "'01' = 1", "true" },
        { "SQL-27 1 is no 01", "1 = '01'", "false" },
        { "SQL-27 to a string", "1 = 'x'", "false" },
        { "SQL-27 to an integer", "'x' = 1", "false !cast" },
        { "SQL-28 texts of numbers", "'5' < '10'", "true" },
        { "SQL-28 other texts", "'a' < 'b'", "false !cast" },
        { "SQL-29 a boolean", "5 + TRUE", "6" },
        { "SQL-29 a text", "'5' * '6'", "30" },
        { "SQL-30 truncation", "-7 / 2", "-3" },
        { "SQL-30 remainder", "-7 % 2", "-1" },
        { "SQL-30 by zero", "7 / 0", "0 !math" },
        { "SQL-30 remainder by zero", "7 % 0", "0 !math" },
        { "SQL-31 plus", "2147483647 + 1", "-2147483648 !math" },
        { "SQL-31 minus", "-2147483648 - 1", "2147483647 !math" },
        { "SQL-31 times", "65536 * 65536", "0 !math" },
        { "SQL-31 negation", "--2147483648", "-2147483648 !math" },
        { "SQL-31 division", "-2147483648 / -1", "-2147483648 !math" },
        { "SQL-31 remainder", "-2147483648 % -1", "0" },
    };

    check(rows, COUNT(rows));
}

static void operators_are_as_specified(void)
{
    static const row rows[] = {
        { "SQL-32 equality", "'a' = 'A'", "false" },
        { "SQL-32 LIKE", "'a' LIKE 'A'", "false" },
        { "SQL-33 any run", "'abc' LIKE 'a%c%'", "true" },
        { "SQL-33 one character", "'a\xC3\xA4z' LIKE 'a_z'", "true" },
        { "SQL-33 escapes", "'a%_' LIKE 'a\\%\\_'", "true" },
        { "SQL-33 everything else is literal", "'abc' LIKE 'a.*'", "false" },
        { "SQL-33 an integer", "n LIKE '4_'", "true" },
        { "SQL-34 backslash", "'a\\b' LIKE 'a\\b'", "true" },
        { "SQL-34 two of them", "'\\%' LIKE '\\\\%'", "true" },
        { "SQL-35 casts to the left", "'TRUE' IN (TRUE)", "false" },
        { "SQL-35 an integer", "1 IN ('2', '1')", "true" },
        { "SQL-36 a required attribute", "EXISTS specversion", "true" },
        { "SQL-36 one that is not there", "EXISTS missing", "false" },
        { "SQL-40 times before plus", "1 + 2 * 3", "7" },
        { "SQL-40 plus before less", "1 + 1 < 3", "true" },
        { "SQL-40 comparison before AND", "1 = 1 AND 2 = 2", "true" },
        { "SQL-40 minus before LIKE", "-1 LIKE '-1'", "true" },
        { "SQL-41 NOT before equality", "NOT 1 = 2", "false" },
        { "SQL-41 NOT before LIKE", "NOT 'a' LIKE 'b'", "false !cast" },
        { "SQL-41 NOT before IN", "NOT true IN (false)", "true" },
        { "SQL-41 NOT EXISTS", "NOT EXISTS missing", "true" },
        { "SQL-42 to the right", "false AND false OR true", "false" },
        { "SQL-43 AND", "false AND (1 != 1 / 0)", "false" },
        { "SQL-43 OR", "true OR nothing()", "true" },
        { "SQL-43 XOR does not", "true XOR nothing()", "false !function" },
    };

    check(rows, COUNT(rows));
}

static void errors_come_with_a_value(void)
{
    static const row rows[] = {
        { "SQL-50 parse", "(", "!parse" },
        { "SQL-50 SQL-51 math", "1 / 0", "0 !math" },
        { "SQL-50 SQL-51 cast", "INT('x')", "0 !cast" },
        { "SQL-50 SQL-51 missing", "missing + 1", "0 !missing" },
        { "SQL-50 SQL-51 function", "nothing()", "false !function" },
        { "SQL-50 SQL-51 evaluation", "LEFT('abc', -1)", "'abc' !evaluation" },
        { "SQL-52 equal", "missing = 2", "false !missing" },
        { "SQL-52 not equal", "missing != 2", "false !missing" },
        { "SQL-52 times", "missing * 5", "0 !missing" },
        { "SQL-52 divided by it", "1 / missing", "0 !missing" },
        { "SQL-52 minus", "-missing", "0 !missing" },
        { "SQL-52 NOT", "NOT missing", "false !missing" },
        { "SQL-52 a function", "LENGTH(missing)", "0 !missing" },
        { "SQL-52 a text", "CONCAT('a', missing)", "'' !missing" },
        { "SQL-53 alone", "missing", "false !missing" },
        { "SQL-54 arity", "ABS(1, 2)", "false !function" },
        { "SQL-55 at the first error", "missing = 'x' OR 1 / 0 = 1",
          "false !missing" },
        { "SQL-56 zero value of the operator", "(1 / 0) = 0", "false !math" },
        { "SQL-56 passes it on", "missing = 'x' OR true", "false !missing" },
    };

    check(rows, COUNT(rows));
}

static void functions_are_as_specified(void)
{
    static const row rows[] = {
        { "SQL-60 CONCAT of nothing", "CONCAT()", "''" },
        { "SQL-60 CONCAT", "CONCAT('a', 1, true)", "'a1true'" },
        { "SQL-60 CONCAT_WS", "CONCAT_WS(', ', 'a', 'b')", "'a, b'" },
        { "SQL-60 CONCAT_WS of nothing", "CONCAT_WS()", "false !function" },
        { "SQL-60 LOWER", "LOWER('AbC')", "'abc'" },
        { "SQL-61 a character of four bytes", "LENGTH('\xF0\x9F\x98\x80')",
          "1" },
        { "SQL-61 LEFT", "LEFT('\xC3\xA4\xC3\xB6', 1)", "'\xC3\xA4'" },
        { "SQL-61 RIGHT", "RIGHT('\xC3\xA4\xC3\xB6', 1)", "'\xC3\xB6'" },
        { "SQL-61 SUBSTRING", "SUBSTRING('\xC3\xA4\xC3\xB6x', 2, 1)",
          "'\xC3\xB6'" },
        { "SQL-62 other white space",
          "TRIM('\xE3\x80\x80\xE2\x80\xA8 x\xC2\xA0\xC2\x85')", "'x'" },
        { "SQL-62 not U+200B and U+FEFF",
          "LENGTH(TRIM('\xE2\x80\x8Bx\xEF\xBB\xBF'))", "3" },
        { "SQL-62 not U+0001", "LENGTH(TRIM('\x01x'))", "2" },
        { "SQL-63 UPPER", "UPPER('\xC3\xA4')", "'\xC3\x84'" },
        { "SQL-63 one to one", "UPPER('\xC3\x9F')", "'\xC3\x9F'" },
        { "SQL-64 longer than it", "LEFT('abc', 5)", "'abc'" },
        { "SQL-64 RIGHT", "RIGHT('abc', 2)", "'bc'" },
        { "SQL-64 below zero", "RIGHT('abc', -2)", "'abc' !evaluation" },
        { "SQL-65 from the end", "SUBSTRING('abc', -2)", "'bc'" },
        { "SQL-65 zero", "SUBSTRING('abc', 0)", "''" },
        { "SQL-65 beyond", "SUBSTRING('abc', 4)", "'' !evaluation" },
        { "SQL-65 beyond the start", "SUBSTRING('abc', -4)", "'' !evaluation" },
        { "SQL-65 a long length", "SUBSTRING('abc', 2, 2147483647)", "'bc'" },
        { "SQL-65 length below zero", "SUBSTRING('abc', 1, -1)",
          "'' !evaluation" },
        { "SQL-66 ABS", "ABS(-3)", "3" },
        { "SQL-66 ABS overflow", "ABS(-2147483648)", "2147483647 !math" },
        { "SQL-67 INT", "INT('7')", "7" },
        { "SQL-67 BOOL", "BOOL('false')", "false" },
        { "SQL-67 STRING", "STRING(7)", "'7'" },
    };

    check(rows, COUNT(rows));
}

/* SQL-14 */
static void depth_is_bounded(void)
{
    static const char *const units[] = { "(",  "NOT ",  "- ",
                                         "1+", "1 OR ", "ABS(" };

    for (size_t i = 0; i < COUNT(units); i++) {
        ce_buf text = { NULL, 0, 0 };
        ce_sql *q;

        while (text.len < 60000)
            REQUIRE_OK(ce_buf_append(&text, ce_slice_of(units[i])));
        REQUIRE_OK(ce_buf_append(&text, CE_SLICE("1")));
        EXPECT_STATUS_ROW(units[i],
                          ce_sql_compile(&q, ce_buf_slice(&text), NULL),
                          CE_ESYNTAX);
        ce_buf_free(&text);
    }
}

TESTS("cesql", TEST(the_language_is_that_of_the_grammar),
      TEST(values_are_cast_as_the_table_says), TEST(operators_are_as_specified),
      TEST(errors_come_with_a_value), TEST(functions_are_as_specified),
      TEST(depth_is_bounded))
