/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/claims.h"

#include <string.h>

#include "core/base/grow.h"

static int compare_paths(ce_slice a, ce_slice b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

    return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* How many stand before PATH and RANK. Own paths have rank 0, those for health
 * rank 2, and equal ones the order of their arrival. */
static size_t place(const ce_http_claims *c, ce_slice path, int rank)
{
    size_t from = 0, to = c->len;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const ce_http_claim *at = &c->at[middle];
        int order = compare_paths(at->path, path);

        if (order < 0 || (order == 0 && 2 * at->is_health < rank))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static ce_status add(ce_http_claims *c, ce_http_member *m, const char *text,
                     bool is_health)
{
    ce_slice path = ce_slice_of(text);
    ce_http_claim *grown = ce_grow(c->at, c->len, sizeof *grown);
    size_t i;

    if (!grown)
        return CE_ENOMEM;
    c->at = grown;
    i = place(c, path, 2 * is_health + 1);
    memmove(&grown[i + 1], &grown[i], (c->len - i) * sizeof *grown);
    grown[i] = (ce_http_claim){ path, is_health, m };
    c->len++;
    return CE_OK;
}

ce_status ce_http_claims_add(ce_http_claims *c, ce_http_member *m)
{
    ce_status status = add(c, m, m->path, false);

    if (status == CE_OK && m->health_path)
        status = add(c, m, m->health_path, true);
    if (status != CE_OK)
        ce_http_claims_remove(c, m);
    return status;
}

void ce_http_claims_remove(ce_http_claims *c, const ce_http_member *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->len; i++)
        if (c->at[i].member != m)
            c->at[kept++] = c->at[i];
    c->len = kept;
    if (kept)
        return;
    ce_free(c->at);
    c->at = NULL;
}

const ce_http_claim *ce_http_claims_find(const ce_http_claims *c, ce_slice path)
{
    size_t i = place(c, path, 0);

    return i < c->len && ce_slice_eq(c->at[i].path, path) ? &c->at[i] : NULL;
}
