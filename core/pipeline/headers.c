/* SPDX-License-Identifier: Apache-2.0 */
/* A batch may have thousands of events, and each looks at the same headers:
 * they are copied once for all of them. */
#include "core/pipeline/headers.h"

/* The arena of FROM stays as it is while a child is out. */
static ce_status share(ce_delivery *from)
{
    ce_attrs *all = ce_arena_alloc(from->arena, sizeof *all);
    ce_status status;

    if (!all)
        return CE_ENOMEM;
    *all = (ce_attrs){ NULL, 0, 0 };
    status = from->headers(from, all);
    if (status == CE_OK)
        from->shared_headers = all;
    return status;
}

ce_status ce_headers_of(ce_delivery *d, ce_attrs *out)
{
    ce_delivery *from = d;
    ce_status status = CE_OK;

    *out = d->origin.metadata;
    while (!from->headers && from->parent)
        from = from->parent;
    if (!from->headers)
        return CE_OK;
    if (from == d) {
        *out = (ce_attrs){ NULL, 0, 0 };
        return d->headers(d, out);
    }
    if (!from->shared_headers)
        status = share(from);
    if (status == CE_OK)
        *out = *from->shared_headers;
    return status;
}
