/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluates a compiled expression. What fails gives the zero value of its own
 * type and hands the error up; nothing is computed from it (CESQL 4.1). */
#include "core/cesql/sql.h"

#include <cloudevents/alloc.h>

typedef struct scope {
    const ce_event *event;
    ce_arena *arena;
} scope;

static ce_sql_value eval(const ce_sql_node *n, const scope *s);

/* --- operands --- */

static ce_sql_value eval_as(const ce_sql_node *n, ce_sql_type type,
                            const scope *s)
{
    ce_sql_value v = eval(n, s);

    return v.error ? v : ce_sql_cast(v, type, s->arena);
}

/* Types that CESQL does not have are Strings. */
static ce_sql_value eval_attribute(const ce_sql_node *n, const scope *s)
{
    const ce_attr *a = ce_attrs_find(&s->event->attrs, n->text);
    int32_t integer;
    bool boolean;

    if (!a)
        return ce_sql_failed(CE_SQL_BOOLEAN, CE_SQL_MISSING_ATTRIBUTE);
    if (a->type == CE_INTEGER && ce_attr_integer(a, &integer) == CE_OK)
        return ce_sql_integer(integer);
    if (a->type == CE_BOOLEAN && ce_attr_boolean(a, &boolean) == CE_OK)
        return ce_sql_boolean(boolean);
    return ce_sql_string(a->text);
}

/* --- unary operators --- */

static ce_sql_value wrapped(int64_t value)
{
    ce_sql_value v = ce_sql_integer((int32_t)(uint32_t)(uint64_t)value);

    if (value < INT32_MIN || value > INT32_MAX)
        v.error = CE_SQL_MATH;
    return v;
}

static ce_sql_value eval_not(const ce_sql_node *n, const scope *s)
{
    ce_sql_value v = eval_as(n->left, CE_SQL_BOOLEAN, s);

    if (v.error)
        return ce_sql_failed(CE_SQL_BOOLEAN, v.error);
    return ce_sql_boolean(!v.boolean);
}

static ce_sql_value eval_negate(const ce_sql_node *n, const scope *s)
{
    ce_sql_value v = eval_as(n->left, CE_SQL_INTEGER, s);

    if (v.error)
        return ce_sql_failed(CE_SQL_INTEGER, v.error);
    return wrapped(-(int64_t)v.integer);
}

static ce_sql_value eval_like(const ce_sql_node *n, const scope *s)
{
    ce_sql_value v = eval_as(n->left, CE_SQL_STRING, s);

    if (v.error)
        return ce_sql_failed(CE_SQL_BOOLEAN, v.error);
    return ce_sql_boolean(ce_sql_like(v.string, n->text) != n->negated);
}

/* --- binary operators --- */

static bool is_same(ce_sql_value a, ce_sql_value b)
{
    switch (a.type) {
    case CE_SQL_BOOLEAN:
        return a.boolean == b.boolean;
    case CE_SQL_INTEGER:
        return a.integer == b.integer;
    case CE_SQL_STRING:
        break;
    }
    return ce_slice_eq(a.string, b.string);
}

static ce_sql_value eval_in(const ce_sql_node *n, const scope *s)
{
    ce_sql_value left = eval(n->left, s);

    if (left.error)
        return ce_sql_failed(CE_SQL_BOOLEAN, left.error);
    for (const ce_sql_node *e = n->list; e; e = e->next) {
        ce_sql_value v = eval_as(e, left.type, s);

        if (v.error)
            return ce_sql_failed(CE_SQL_BOOLEAN, v.error);
        if (is_same(left, v))
            return ce_sql_boolean(!n->negated);
    }
    return ce_sql_boolean(n->negated);
}

static ce_sql_value eval_logic(const ce_sql_node *n, const scope *s)
{
    ce_sql_value left = eval_as(n->left, CE_SQL_BOOLEAN, s), right;

    if (left.error)
        return ce_sql_failed(CE_SQL_BOOLEAN, left.error);
    if (n->op != CE_TOKEN_XOR && left.boolean == (n->op == CE_TOKEN_OR))
        return left;
    right = eval_as(n->right, CE_SQL_BOOLEAN, s);
    if (right.error)
        return ce_sql_failed(CE_SQL_BOOLEAN, right.error);
    if (n->op == CE_TOKEN_XOR)
        return ce_sql_boolean(left.boolean != right.boolean);
    return right;
}

static ce_sql_value eval_equal(const ce_sql_node *n, const scope *s)
{
    ce_sql_value left = eval(n->left, s), right;

    if (left.error)
        return ce_sql_failed(CE_SQL_BOOLEAN, left.error);
    right = eval(n->right, s);
    if (!right.error)
        left = ce_sql_cast(left, right.type, s->arena);
    if (right.error || left.error)
        return ce_sql_failed(CE_SQL_BOOLEAN,
                             right.error ? right.error : left.error);
    return ce_sql_boolean(is_same(left, right) == (n->op == CE_TOKEN_EQUAL));
}

static ce_sql_value divide(int64_t a, int64_t b, bool remainder)
{
    if (b == 0)
        return ce_sql_failed(CE_SQL_INTEGER, CE_SQL_MATH);
    return wrapped(remainder ? a % b : a / b);
}

static ce_sql_value compute(ce_sql_token_kind op, int64_t a, int64_t b)
{
    switch (op) {
    case CE_TOKEN_LESS:
        return ce_sql_boolean(a < b);
    case CE_TOKEN_LESS_EQUAL:
        return ce_sql_boolean(a <= b);
    case CE_TOKEN_GREATER:
        return ce_sql_boolean(a > b);
    case CE_TOKEN_GREATER_EQUAL:
        return ce_sql_boolean(a >= b);
    case CE_TOKEN_PLUS:
        return wrapped(a + b);
    case CE_TOKEN_MINUS:
        return wrapped(a - b);
    case CE_TOKEN_STAR:
        return wrapped(a * b);
    default:
        return divide(a, b, op == CE_TOKEN_PERCENT);
    }
}

static bool is_comparison(ce_sql_token_kind op)
{
    return op >= CE_TOKEN_LESS && op <= CE_TOKEN_GREATER_EQUAL;
}

static ce_sql_value eval_integers(const ce_sql_node *n, const scope *s)
{
    ce_sql_type type = is_comparison(n->op) ? CE_SQL_BOOLEAN : CE_SQL_INTEGER;
    ce_sql_value left = eval_as(n->left, CE_SQL_INTEGER, s), right;

    if (left.error)
        return ce_sql_failed(type, left.error);
    right = eval_as(n->right, CE_SQL_INTEGER, s);
    if (right.error)
        return ce_sql_failed(type, right.error);
    return compute(n->op, left.integer, right.integer);
}

static ce_sql_value eval_binary(const ce_sql_node *n, const scope *s)
{
    switch (n->op) {
    case CE_TOKEN_AND:
    case CE_TOKEN_OR:
    case CE_TOKEN_XOR:
        return eval_logic(n, s);
    case CE_TOKEN_EQUAL:
    case CE_TOKEN_UNEQUAL:
        return eval_equal(n, s);
    default:
        return eval_integers(n, s);
    }
}

/* --- functions --- */

static ce_sql_value eval_argument(const ce_sql_node *n, char takes,
                                  const scope *s)
{
    if (takes == 'x')
        return eval(n, s);
    return eval_as(n, takes == 'i' ? CE_SQL_INTEGER : CE_SQL_STRING, s);
}

static ce_sql_value eval_call(const ce_sql_node *n, const scope *s)
{
    const ce_sql_function *f = n->function;
    const char *takes;
    ce_sql_value *args;
    unsigned i = 0;

    if (!f)
        return ce_sql_failed(CE_SQL_BOOLEAN, CE_SQL_MISSING_FUNCTION);
    args = ce_arena_alloc(s->arena, (n->count + 1) * sizeof *args);
    if (!args)
        return ce_sql_failed(f->gives, CE_SQL_GENERIC);
    takes = f->takes;
    for (const ce_sql_node *a = n->list; a; a = a->next, i++) {
        args[i] = eval_argument(a, *takes, s);
        if (args[i].error)
            return ce_sql_failed(f->gives, args[i].error);
        if (takes[1])
            takes++;
    }
    return f->call(args, n->count, s->arena);
}

static ce_sql_value eval(const ce_sql_node *n, const scope *s)
{
    switch (n->kind) {
    case CE_NODE_LITERAL:
        return n->value;
    case CE_NODE_ATTRIBUTE:
        return eval_attribute(n, s);
    case CE_NODE_EXISTS:
        return ce_sql_boolean(ce_attrs_find(&s->event->attrs, n->text));
    case CE_NODE_NOT:
        return eval_not(n, s);
    case CE_NODE_NEGATE:
        return eval_negate(n, s);
    case CE_NODE_LIKE:
        return eval_like(n, s);
    case CE_NODE_IN:
        return eval_in(n, s);
    case CE_NODE_CALL:
        return eval_call(n, s);
    case CE_NODE_BINARY:
        break;
    }
    return eval_binary(n, s);
}

/* --- the public face --- */

static ce_status compile(ce_sql *q, ce_slice text, ce_error *err)
{
    q->arena = ce_arena_new();
    if (!q->arena || ce_arena_copy(q->arena, text, &q->text) != CE_OK)
        return ce_no_memory(err);
    return ce_sql_parse(&q->root, q->text, q->arena, err);
}

ce_status ce_sql_compile(ce_sql **out, ce_slice text, ce_error *err)
{
    ce_sql *q = ce_alloc_zeroed(sizeof *q);
    ce_status status;

    *out = NULL;
    if (!q)
        return ce_no_memory(err);
    if (!text.ptr)
        text = CE_SLICE("");
    status = compile(q, text, err);
    if (status != CE_OK) {
        ce_sql_free(q);
        return status;
    }
    *out = q;
    return CE_OK;
}

ce_sql_value ce_sql_eval(const ce_sql *q, const ce_event *e, ce_arena *arena)
{
    return eval(q->root, &(scope){ e, arena });
}

void ce_sql_free(ce_sql *q)
{
    if (!q)
        return;
    if (q->arena)
        ce_arena_free(q->arena);
    ce_free(q);
}
