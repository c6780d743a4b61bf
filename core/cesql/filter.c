/* SPDX-License-Identifier: Apache-2.0 */
/* The filter dialects of the Subscriptions API, 3.2.4. */
#include "core/cesql/filter.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/grow.h"
#include "core/event/attr.h"

/* Matching recurses, so the depth bounds the stack. Filters that people write
 * are a few levels deep. */
enum { DEPTH_MAX = 64 };

static ce_filter *new_filter(ce_filter_kind kind)
{
    ce_filter *f = ce_alloc_zeroed(sizeof *f);

    if (f) {
        f->kind = kind;
        f->depth = 1;
    }
    return f;
}

/* --- making --- */

static ce_status check_leaf(ce_filter_kind kind, ce_slice name, ce_slice value,
                            ce_error *err)
{
    static const ce_slice none = { NULL, 0 };

    if (kind != CE_FILTER_EXACT && kind != CE_FILTER_PREFIX &&
        kind != CE_FILTER_SUFFIX)
        return ce_fail(err, CE_EINVAL, "not a filter of an attribute");
    if (!ce_name_is_valid(name))
        return ce_attr_fail(err, name, "not the name of an attribute", none);
    if (value.len == 0)
        return ce_attr_fail(err, name, "a filter's value may not be empty",
                            none);
    return CE_OK;
}

ce_status ce_filter_attribute(ce_filter **out, ce_filter_kind kind,
                              ce_slice name, ce_slice value, ce_error *err)
{
    ce_status status = check_leaf(kind, name, value, err);
    ce_filter *f;

    *out = NULL;
    if (status != CE_OK)
        return status;
    f = new_filter(kind);
    if (!f)
        return ce_no_memory(err);
    f->text = ce_alloc(name.len + value.len);
    if (!f->text) {
        ce_free(f);
        return ce_no_memory(err);
    }
    memcpy(f->text, name.ptr, name.len);
    memcpy(f->text + name.len, value.ptr, value.len);
    f->name = (ce_slice){ f->text, name.len };
    f->value = (ce_slice){ f->text + name.len, value.len };
    *out = f;
    return CE_OK;
}

ce_status ce_filter_sql(ce_filter **out, ce_slice text, ce_error *err)
{
    ce_filter *f = new_filter(CE_FILTER_SQL);
    ce_status status;

    *out = NULL;
    if (!f)
        return ce_no_memory(err);
    status = ce_sql_compile(&f->sql, text, err);
    if (status != CE_OK) {
        ce_filter_free(f);
        return status;
    }
    *out = f;
    return CE_OK;
}

ce_status ce_filter_group(ce_filter **out, ce_filter_kind kind, ce_error *err)
{
    *out = NULL;
    if (kind != CE_FILTER_ALL && kind != CE_FILTER_ANY && kind != CE_FILTER_NOT)
        return ce_fail(err, CE_EINVAL, "not a group of filters");
    *out = new_filter(kind);
    return *out ? CE_OK : ce_no_memory(err);
}

static ce_status check_part(const ce_filter *group, const ce_filter *part,
                            ce_error *err)
{
    if (group->kind != CE_FILTER_ALL && group->kind != CE_FILTER_ANY &&
        group->kind != CE_FILTER_NOT)
        return ce_fail(err, CE_EINVAL, "only all, any and not have parts");
    if (group->kind == CE_FILTER_NOT && group->len == 1)
        return ce_fail(err, CE_EINVAL, "not has exactly one part");
    if (part->depth >= DEPTH_MAX)
        return ce_fail(err, CE_EINVAL, "filters nested deeper than %d",
                       DEPTH_MAX);
    return CE_OK;
}

ce_status ce_filter_add(ce_filter *group, ce_filter *part, ce_error *err)
{
    ce_status status = check_part(group, part, err);
    ce_filter **grown = NULL;

    if (status == CE_OK) {
        grown = ce_grow(group->parts, group->len, sizeof *grown);
        if (!grown)
            status = ce_no_memory(err);
    }
    if (status != CE_OK) {
        ce_filter_free(part);
        return status;
    }
    group->parts = grown;
    group->parts[group->len++] = part;
    if (group->depth <= part->depth)
        group->depth = part->depth + 1;
    return CE_OK;
}

void ce_filter_free(ce_filter *f)
{
    if (!f)
        return;
    for (unsigned i = 0; i < f->len; i++)
        ce_filter_free(f->parts[i]);
    ce_free(f->parts);
    ce_sql_free(f->sql);
    ce_free(f->text);
    ce_free(f);
}

/* --- matching --- */

/* A missing attribute matches nothing. */
static bool match_attribute(const ce_filter *f, const ce_event *e)
{
    const ce_attr *a = ce_attrs_find(&e->attrs, f->name);

    if (!a)
        return false;
    if (f->kind == CE_FILTER_EXACT)
        return ce_slice_eq(a->text, f->value);
    if (f->kind == CE_FILTER_PREFIX)
        return ce_slice_starts(a->text, f->value);
    return a->text.len >= f->value.len &&
           ce_slice_eq(ce_slice_skip(a->text, a->text.len - f->value.len),
                       f->value);
}

/* Only true without an error passes (CESQL 1.2). */
static ce_status decide_sql(const ce_filter *f, const ce_event *e,
                            ce_arena *arena, bool *passes)
{
    ce_arena_mark mark = ce_arena_marked(arena);
    ce_sql_value v = ce_sql_eval(f->sql, e, arena);

    ce_arena_rewind(arena, mark);
    *passes = v.type == CE_SQL_BOOLEAN && v.boolean && !v.error;
    /* No function of the language fails in this way but for memory. */
    return v.error == CE_SQL_GENERIC ? CE_ENOMEM : CE_OK;
}

/* Stops at the first part that settles it. */
static ce_status decide_group(const ce_filter *f, const ce_event *e,
                              ce_arena *arena, bool *passes)
{
    bool stops_at = f->kind == CE_FILTER_ANY;

    *passes = !stops_at;
    for (unsigned i = 0; i < f->len && *passes != stops_at; i++) {
        ce_status status = ce_filter_decide(f->parts[i], e, arena, passes);

        if (status != CE_OK)
            return status;
    }
    if (f->kind == CE_FILTER_NOT)
        *passes = f->len > 0 && !*passes;
    return CE_OK;
}

ce_status ce_filter_decide(const ce_filter *f, const ce_event *e,
                           ce_arena *arena, bool *passes)
{
    switch (f->kind) {
    case CE_FILTER_SQL:
        return decide_sql(f, e, arena, passes);
    case CE_FILTER_ALL:
    case CE_FILTER_ANY:
    case CE_FILTER_NOT:
        return decide_group(f, e, arena, passes);
    default:
        *passes = match_attribute(f, e);
        return CE_OK;
    }
}

bool ce_filter_match(const ce_filter *f, const ce_event *e, ce_arena *arena)
{
    bool passes = false;

    return ce_filter_decide(f, e, arena, &passes) == CE_OK && passes;
}
