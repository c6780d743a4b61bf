/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of attributes. They are short, so that looking one up is linear; only
 * the search for duplicates has to bear a list that was made to be long. */
#include "core/event/attr.h"

#include <cloudevents/alloc.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Most names differ in their length, or begin with another letter. */
static bool same(ce_slice a, ce_slice b)
{
    if (a.len != b.len || a.len == 0)
        return a.len == b.len;
    return *a.ptr == *b.ptr && memcmp(a.ptr, b.ptr, a.len) == 0;
}

const ce_attr *ce_attrs_find(const ce_attrs *attrs, ce_slice name)
{
    for (unsigned i = 0; i < attrs->len; i++)
        if (same(attrs->at[i].name, name))
            return &attrs->at[i];
    return NULL;
}

static bool grow(ce_attrs *attrs, ce_arena *arena)
{
    unsigned cap = attrs->len < 8 ? 16 : attrs->len * 2;
    ce_attr *grown = ce_arena_alloc(arena, cap * sizeof *grown);

    if (!grown)
        return false;
    if (attrs->len)
        memcpy(grown, attrs->at, attrs->len * sizeof *grown);
    attrs->at = grown;
    attrs->cap = cap;
    return true;
}

ce_attr *ce_attrs_push(ce_attrs *attrs, ce_arena *arena)
{
    if (attrs->len >= attrs->cap && !grow(attrs, arena))
        return NULL;
    return &attrs->at[attrs->len++];
}

ce_status ce_attrs_add(ce_attrs *attrs, ce_arena *arena, ce_attr attr)
{
    ce_attr *a = ce_attrs_push(attrs, arena);

    if (!a)
        return CE_ENOMEM;
    *a = attr;
    return CE_OK;
}

enum { FEW = 64 };

static int by_name(const void *a, const void *b)
{
    const ce_slice *x = a, *y = b;

    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->ptr, y->ptr, x->len);
}

/* What to do with a name that is there again. */
typedef ce_status again_fn(void *arg, ce_slice name);

/* Only an attack has so many attributes. */
static ce_status again_sorted(const ce_attrs *attrs, again_fn *fn, void *arg)
{
    ce_slice *names = ce_alloc(attrs->len * sizeof *names);
    ce_status status = CE_OK;

    if (!names)
        return CE_ENOMEM;
    for (unsigned i = 0; i < attrs->len; i++)
        names[i] = attrs->at[i].name;
    qsort(names, attrs->len, sizeof *names, by_name);
    for (unsigned i = 1; i < attrs->len && status == CE_OK; i++)
        if (ce_slice_eq(names[i - 1], names[i]))
            status = fn(arg, names[i]);
    ce_free(names);
    return status;
}

static bool was_before(const ce_attrs *attrs, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (same(attrs->at[i].name, attrs->at[k].name))
            return true;
    return false;
}

/* One of 64 bits. The names that the specification defines have different
 * ones: most names need not be compared with those before them. */
static uint64_t bit_of(ce_slice name)
{
    unsigned sum = (unsigned)name.len * 5;

    if (name.len > 0)
        sum += (unsigned char)name.ptr[name.len / 2];
    return (uint64_t)1 << sum % 64;
}

static ce_status again(const ce_attrs *attrs, again_fn *fn, void *arg)
{
    ce_status status = CE_OK;
    uint64_t seen = 0;

    if (attrs->len > FEW)
        return again_sorted(attrs, fn, arg);
    for (unsigned i = 0; i < attrs->len && status == CE_OK; i++) {
        uint64_t bit = bit_of(attrs->at[i].name);

        if ((seen & bit) && was_before(attrs, i))
            status = fn(arg, attrs->at[i].name);
        seen |= bit;
    }
    return status;
}

typedef struct finder {
    ce_finding_fn *fn;
    void *arg;
} finder;

static ce_status tell(void *arg, ce_slice name)
{
    const finder *f = arg;
    ce_error err;

    ce_attr_fail(&err, name, "given more than once", (ce_slice){ NULL, 0 });
    return f->fn(f->arg, &err);
}

ce_status ce_attrs_twice(const ce_attrs *attrs, ce_finding_fn *fn, void *arg)
{
    return again(attrs, tell, &(finder){ fn, arg });
}

static ce_status note(void *arg, ce_slice name)
{
    *(ce_slice *)arg = name;
    return CE_OK;
}

ce_status ce_attrs_find_twice(const ce_attrs *attrs, ce_slice *name)
{
    *name = (ce_slice){ NULL, 0 };
    return again(attrs, note, name);
}
