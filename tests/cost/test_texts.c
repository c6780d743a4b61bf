/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions and templates: long ones, and short ones over long values. */
#include <cloudevents/cesql.h>

#include "core/event/attr.h"
#include "core/template/template.h"
#include "tests/support/cost.h"

/* --- CESQL --- */

static void sql_read(void *text)
{
    ce_arena *arena = ce_arena_new();
    ce_event e = { .data_kind = CE_DATA_NONE };
    ce_sql *q;

    if (ce_sql_compile(&q, ce_buf_slice(text), NULL) == CE_OK)
        (void)ce_sql_eval(q, &e, arena);
    ce_sql_free(q);
    ce_arena_free(arena);
}

static void long_expressions_cost_no_square(void)
{
    static const text_cost rows[] = {
        { "CESQL, list", 3000, sql_read, "1 IN (0", ",2", ")" },
        { "CESQL, sums", 1500, sql_read, "CONCAT('a'", ",1+2", ") = ''" },
        { "CESQL, string", 2000, sql_read, "'", "a\\'", "' = ''" },
        { "CESQL, blanks", 6000, sql_read, "1", " ", "= 1" },
        { "CESQL, brackets", 6000, sql_read, "", "(", "" },
    };

    expect_no_square_of_texts(rows, COUNT(rows));
}

static const char *expression;

/* The value is what a peer has sent: that of the attribute "x". */
static void value_read(void *text)
{
    ce_arena *arena = ce_arena_new();
    ce_attr x = { CE_SLICE("x"), ce_buf_slice(text), CE_STRING };
    ce_event e = { .attrs = { &x, 1, 1 }, .data_kind = CE_DATA_NONE };
    ce_sql *q;

    REQUIRE_OK(ce_sql_compile(&q, ce_slice_of(expression), NULL));
    for (int i = 0; i < 10; i++)
        (void)ce_sql_eval(q, &e, arena);
    ce_sql_free(q);
    ce_arena_free(arena);
}

static void long_values_cost_expressions_no_square(void)
{
    static const char *const rows[] = {
        "x LIKE '%a%a%aa%aac'",
        "x LIKE '%aaaaaaaaaaaaaaaaaaaaaaaac%'",
        "LENGTH(TRIM(UPPER(x))) = 1",
        "SUBSTRING(x, -1) = RIGHT(x, 100000)",
        "CONCAT_WS(x, 'a', 'b', 'c') = LEFT(x, 100000)",
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        expression = rows[i];
        expect_no_square_of_texts(
            &(text_cost){ rows[i], 3000, value_read, "", "aab", "" }, 1);
    }
}

static void *many_attributes(unsigned count)
{
    ce_arena *arena = ce_arena_new();
    ce_event *e = ce_arena_alloc(arena, sizeof *e);

    *e = (ce_event){ .arena = arena };
    for (unsigned i = 0; i < count; i++)
        REQUIRE_OK(ce_attrs_add(&e->attrs, arena,
                                (ce_attr){ ce_arena_printf(arena, "a%u", i),
                                           CE_SLICE("v"), CE_STRING }));
    return e;
}

static void attributes_read(void *event)
{
    ce_arena *arena = ce_arena_new();
    ce_event *e = event;
    ce_sql *q;

    REQUIRE_OK(ce_sql_compile(&q, ce_slice_of(expression), NULL));
    for (int i = 0; i < 10; i++)
        (void)ce_sql_eval(q, e, arena);
    EXPECT_STATUS(ce_event_check(e, NULL), CE_EINVAL);
    ce_sql_free(q);
    ce_arena_free(arena);
}

static void attributes_drop(void *event)
{
    ce_arena_free(((ce_event *)event)->arena);
}

static void many_attributes_cost_expressions_no_square(void)
{
    expression = "EXISTS z OR EXISTS y OR a1 = x";
    expect_no_square(&(cost){ expression, 3000, many_attributes,
                              attributes_read, attributes_drop },
                     1);
}

/* --- templates --- */

static ce_delivery delivery_of(ce_slice body)
{
    return (ce_delivery){ .message = { .body = body, .key = CE_SLICE("k") },
                          .origin = { .topic = CE_SLICE("a/b") },
                          .arena = ce_arena_new() };
}

static void expand(const char *text, ce_slice body)
{
    static const ce_text_place places[] = { CE_IN_TEXT, CE_IN_REFERENCE,
                                            CE_IN_PATH };
    ce_delivery d = delivery_of(body);

    for (size_t i = 0; i < COUNT(places); i++) {
        ce_template *t = NULL;
        ce_slice out;

        if (ce_template_compile(&t, text, places[i], NULL) == CE_OK)
            (void)ce_template_expand(t, &d, NULL, &out, NULL);
        ce_template_free(t);
    }
    ce_arena_free(d.arena);
}

static void template_read(void *text)
{
    expand(cost_string(text), CE_SLICE("{}"));
}

static void long_templates_cost_no_square(void)
{
    static const text_cost rows[] = {
        { "template, placeholders", 2000, template_read, "", "{topic[1]|key}/",
          "" },
        { "template, braces", 5000, template_read, "", "{{}}", "" },
        { "template, choices", 5000, template_read, "{id", "|subject",
          "|\"x\"}" },
        { "template, quotes", 50000, template_read, "{", "\"", "" },
    };

    expect_no_square_of_texts(rows, COUNT(rows));
}

static void body_read(void *text)
{
    expand("{data/x/1}{data/y|data/x}{data}", ce_buf_slice(text));
}

static void long_bodies_cost_templates_no_square(void)
{
    static const text_cost rows[] = {
        { "body, members", 5000, body_read, "{", "\"m%u\":\"\\u00e4\",",
          "\"x\":[1,2]}" },
        { "body, escapes", 5000, body_read, "{\"x\":[0,\"", "\\u00e4", "\"]}" },
    };

    expect_no_square_of_texts(rows, COUNT(rows));
}

TESTS("cost/texts", TEST(long_expressions_cost_no_square),
      TEST(long_values_cost_expressions_no_square),
      TEST(many_attributes_cost_expressions_no_square),
      TEST(long_templates_cost_no_square),
      TEST(long_bodies_cost_templates_no_square))
