/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions and templates: long ones, and short ones over long values. */
#include <cloudevents/cesql.h>

#include "core/event/attr.h"
#include "core/template/template.h"
#include "tests/support/cost.h"

/* --- CESQL --- */

static void *sql_list(unsigned count)
{
    return cost_text("1 IN (0", ",2", count, ")");
}

static void *sql_sum(unsigned count)
{
    return cost_text("CONCAT('a'", ",1+2", count, ") = ''");
}

static void *sql_string(unsigned count)
{
    return cost_text("'", "a\\'", count, "' = ''");
}

static void *sql_blanks(unsigned count)
{
    return cost_text("1", " ", count, "= 1");
}

static void *sql_brackets(unsigned count)
{
    return cost_text("", "(", count, "");
}

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
    static const cost rows[] = {
        { "CESQL, list", 3000, sql_list, sql_read, cost_drop_text },
        { "CESQL, sums", 1500, sql_sum, sql_read, cost_drop_text },
        { "CESQL, string", 2000, sql_string, sql_read, cost_drop_text },
        { "CESQL, blanks", 6000, sql_blanks, sql_read, cost_drop_text },
        { "CESQL, brackets", 6000, sql_brackets, sql_read, cost_drop_text },
    };

    expect_no_square(rows, COUNT(rows));
}

static const char *expression;

static void *long_value(unsigned count)
{
    return cost_text("", "aab", count, "");
}

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
        expect_no_square(
            &(cost){ rows[i], 3000, long_value, value_read, cost_drop_text },
            1);
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

static void *template_placeholders(unsigned count)
{
    return cost_text("", "{topic[1]|key}/", count, "");
}

static void *template_braces(unsigned count)
{
    return cost_text("", "{{}}", count, "");
}

static void *template_choices(unsigned count)
{
    return cost_text("{id", "|subject", count, "|\"x\"}");
}

static void *template_open(unsigned count)
{
    return cost_text("{", "\"", count, "");
}

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
    REQUIRE_OK(ce_buf_byte(text, '\0'));
    ((ce_buf *)text)->len--;
    expand(((ce_buf *)text)->ptr, CE_SLICE("{}"));
}

static void long_templates_cost_no_square(void)
{
    static const cost rows[] = {
        { "template, placeholders", 2000, template_placeholders, template_read,
          cost_drop_text },
        { "template, braces", 5000, template_braces, template_read,
          cost_drop_text },
        { "template, choices", 5000, template_choices, template_read,
          cost_drop_text },
        { "template, quotes", 50000, template_open, template_read,
          cost_drop_text },
    };

    expect_no_square(rows, COUNT(rows));
}

static void *json_members(unsigned count)
{
    return cost_text("{", "\"m%u\":\"\\u00e4\",", count, "\"x\":[1,2]}");
}

static void *json_escapes(unsigned count)
{
    return cost_text("{\"x\":[0,\"", "\\u00e4", count, "\"]}");
}

static void body_read(void *text)
{
    expand("{data/x/1}{data/y|data/x}{data}", ce_buf_slice(text));
}

static void long_bodies_cost_templates_no_square(void)
{
    static const cost rows[] = {
        { "body, members", 5000, json_members, body_read, cost_drop_text },
        { "body, escapes", 5000, json_escapes, body_read, cost_drop_text },
    };

    expect_no_square(rows, COUNT(rows));
}

TESTS("cost/texts", TEST(long_expressions_cost_no_square),
      TEST(long_values_cost_expressions_no_square),
      TEST(many_attributes_cost_expressions_no_square),
      TEST(long_templates_cost_no_square),
      TEST(long_bodies_cost_templates_no_square))
