/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of an event, and behind an empty line an expression. It has the
 * same value each time and in parentheses, and a filter passes what is true. */
#include "core/event/attr.h"
#include "tests/fuzz/pairs.h"

enum { EXPRESSION_MAX = 4096 };

static void read_event(ce_event *e, ce_slice *text, ce_arena *arena)
{
    ce_slice name, value;
    unsigned number = 0;

    *e = (ce_event){ .arena = arena };
    while (next_pair(text, &name, &value)) {
        ce_type type = (ce_type)(number++ % (CE_TIMESTAMP + 1));

        check(ce_attrs_add(&e->attrs, arena, (ce_attr){ name, value, type }) ==
              CE_OK);
    }
}

static bool is_same(ce_sql_value a, ce_sql_value b)
{
    if (a.type != b.type || a.error != b.error)
        return false;
    if (a.type == CE_SQL_BOOLEAN)
        return a.boolean == b.boolean;
    if (a.type == CE_SQL_INTEGER)
        return a.integer == b.integer;
    return ce_slice_eq(a.string, b.string);
}

/* Too deep is the only fault that they can add. */
static void check_in_parentheses(ce_slice text, const ce_event *e,
                                 ce_sql_value value, ce_arena *arena)
{
    ce_slice whole = ce_arena_printf(arena, "(%.*s\n)", CE_ARG(text));
    ce_sql *q;
    ce_error err;

    if (ce_sql_compile(&q, whole, &err) == CE_OK)
        check(is_same(value, ce_sql_eval(q, e, arena)));
    else
        check(strstr(err.text, "nested deeper") != NULL);
    ce_sql_free(q);
}

static void check_filter(ce_slice text, const ce_event *e, ce_sql_value value,
                         ce_arena *arena)
{
    ce_filter *f;
    bool is_true =
        value.type == CE_SQL_BOOLEAN && value.boolean && !value.error;

    check(ce_filter_sql(&f, text, NULL) == CE_OK);
    check(ce_filter_match(f, e, arena) == is_true);
    ce_filter_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice text = { (const char *)bytes, size };
    ce_arena *arena = ce_arena_new();
    ce_event e;
    ce_sql *q;
    ce_error err;

    check(arena != NULL);
    read_event(&e, &text, arena);
    /* printf ends at a NUL, which no expression has. */
    if (text.len > EXPRESSION_MAX ||
        (text.len && memchr(text.ptr, 0, text.len)))
        text = CE_SLICE("1");
    if (ce_sql_compile(&q, text, &err) == CE_OK) {
        ce_sql_value value = ce_sql_eval(q, &e, arena);

        check(is_same(value, ce_sql_eval(q, &e, arena)));
        check_in_parentheses(text, &e, value, arena);
        check_filter(text, &e, value, arena);
    } else {
        check(err.text[0] != '\0');
    }
    ce_sql_free(q);
    ce_arena_free(arena);
    return 0;
}
