/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of attributes. They are short, so that looking one up is linear; only
 * the search for duplicates has to bear a list that was made to be long. */
#include "attr.h"

#include <cloudevents/alloc.h>

#include <stdlib.h>
#include <string.h>

const ce_attr *ce_attrs_find(const ce_attrs *attrs, ce_slice name)
{
    for (unsigned i = 0; i < attrs->len; i++)
        if (ce_slice_eq(attrs->at[i].name, name))
            return &attrs->at[i];
    return NULL;
}

ce_status ce_attrs_add(ce_attrs *attrs, ce_arena *arena, ce_attr attr)
{
    if (attrs->len >= attrs->cap) {
        unsigned cap = attrs->len < 8 ? 16 : attrs->len * 2;
        ce_attr *grown = ce_arena_alloc(arena, cap * sizeof *grown);

        if (!grown)
            return CE_ENOMEM;
        if (attrs->len)
            memcpy(grown, attrs->at, attrs->len * sizeof *grown);
        attrs->at = grown;
        attrs->cap = cap;
    }
    attrs->at[attrs->len++] = attr;
    return CE_OK;
}

enum { FEW = 64 };

static bool same(ce_slice a, ce_slice b)
{
    if (a.len != b.len || a.len == 0)
        return a.len == b.len;
    return *a.ptr == *b.ptr && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static int by_name(const void *a, const void *b)
{
    const ce_slice *x = a, *y = b;

    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->ptr, y->ptr, x->len);
}

/* Only an attack has so many attributes. */
static ce_status find_twice_sorted(const ce_attrs *attrs, ce_slice *out)
{
    ce_slice *names = ce_alloc(attrs->len * sizeof *names);

    if (!names)
        return CE_ENOMEM;
    for (unsigned i = 0; i < attrs->len; i++)
        names[i] = attrs->at[i].name;
    qsort(names, attrs->len, sizeof *names, by_name);
    for (unsigned i = 1; i < attrs->len && !out->ptr; i++)
        if (ce_slice_eq(names[i - 1], names[i]))
            *out = names[i];
    ce_free(names);
    return CE_OK;
}

ce_status ce_attrs_find_twice(const ce_attrs *attrs, ce_slice *out)
{
    *out = (ce_slice){ NULL, 0 };
    if (attrs->len > FEW)
        return find_twice_sorted(attrs, out);
    for (unsigned i = 1; i < attrs->len; i++)
        for (unsigned k = 0; k < i; k++)
            if (same(attrs->at[i].name, attrs->at[k].name))
                *out = attrs->at[i].name;
    return CE_OK;
}
