/* SPDX-License-Identifier: Apache-2.0 */
/* Why a filter does not let an event pass, for people. */
#include "core/cesql/filter.h"

#include "core/cesql/sql.h"
#include "core/event/attr.h"

static const char *verb_of(ce_filter_kind kind)
{
    if (kind == CE_FILTER_EXACT)
        return "is not";
    return kind == CE_FILTER_PREFIX ? "does not begin with"
                                    : "does not end with";
}

static ce_status explain_attribute(const ce_filter *f, const ce_event *e,
                                   ce_buf *out)
{
    const ce_attr *a = ce_attrs_find(&e->attrs, f->name);

    if (!a)
        return ce_buf_printf(out, "there is no %.*s", CE_ARG(f->name));
    return ce_buf_printf(out, "%.*s \"%.*s\" %s \"%.*s\"", CE_ARG(f->name),
                         CE_ARG(a->text), verb_of(f->kind), CE_ARG(f->value));
}

static const char *fault_of(ce_sql_error error)
{
    switch (error) {
    case CE_SQL_MATH:
        return "cannot be calculated";
    case CE_SQL_CAST:
        return "uses a value that has no meaning in the other type";
    case CE_SQL_MISSING_ATTRIBUTE:
        return "uses an attribute that the event does not have";
    case CE_SQL_MISSING_FUNCTION:
        return "calls a function that there is not";
    case CE_SQL_FUNCTION_EVALUATION:
        return "gives a function what it does not take";
    default:
        return "cannot be evaluated";
    }
}

static ce_status explain_sql(const ce_filter *f, const ce_event *e,
                             ce_arena *arena, ce_buf *out)
{
    ce_arena_mark mark = ce_arena_marked(arena);
    ce_sql_value v = ce_sql_eval(f->sql, e, arena);
    const char *what = "is false";

    ce_arena_rewind(arena, mark);
    if (v.error)
        what = fault_of(v.error);
    else if (v.type != CE_SQL_BOOLEAN)
        what = "is neither true nor false";
    return ce_buf_printf(out, "%.*s %s", CE_ARG(f->sql->text), what);
}

static ce_status explain_all(const ce_filter *f, const ce_event *e,
                             ce_arena *arena, ce_buf *out)
{
    bool passes = true;

    for (unsigned i = 0; i < f->len; i++) {
        ce_status status = ce_filter_decide(f->parts[i], e, arena, &passes);

        if (status != CE_OK)
            return status;
        if (!passes)
            return ce_filter_explain(f->parts[i], e, arena, out);
    }
    return CE_OK;
}

static ce_status explain_any(const ce_filter *f, const ce_event *e,
                             ce_arena *arena, ce_buf *out)
{
    for (unsigned i = 0; i < f->len; i++) {
        ce_status status = i ? ce_buf_append(out, CE_SLICE(", and ")) : CE_OK;

        if (status == CE_OK)
            status = ce_filter_explain(f->parts[i], e, arena, out);
        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

ce_status ce_filter_explain(const ce_filter *f, const ce_event *e,
                            ce_arena *arena, ce_buf *out)
{
    switch (f->kind) {
    case CE_FILTER_SQL:
        return explain_sql(f, e, arena, out);
    case CE_FILTER_ALL:
        return explain_all(f, e, arena, out);
    case CE_FILTER_ANY:
        return explain_any(f, e, arena, out);
    case CE_FILTER_NOT:
        return ce_buf_append(out, CE_SLICE("what \"not\" excludes is true"));
    default:
        return explain_attribute(f, e, out);
    }
}
