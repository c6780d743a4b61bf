/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/headers.h"

typedef struct copying {
    ce_arena *arena;
    ce_attrs *to;
    ce_status status;
} copying;

/* What proves who the sender is goes nowhere. */
static bool is_secret(ce_slice name)
{
    static const char *const names[] = { "Authorization", "Proxy-Authorization",
                                         "Cookie" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ce_slice_eq_nocase(name, ce_slice_of(names[i])))
            return true;
    return false;
}

static bool copy_header(void *arg, ce_slice name, ce_slice value)
{
    copying *c = arg;
    ce_attr a = { name, value, CE_STRING };

    if (is_secret(name))
        return true;
    c->status = ce_arena_copy(c->arena, value, &a.text);
    if (c->status == CE_OK)
        c->status = ce_arena_copy(c->arena, name, &a.name);
    if (c->status == CE_OK)
        c->status = ce_attrs_add(c->to, c->arena, a);
    return c->status == CE_OK;
}

ce_status ce_http_copy_headers(const ce_http_request *r, ce_arena *arena,
                               ce_attrs *out)
{
    copying c = { arena, out, CE_OK };

    ce_http_each_header(r, copy_header, &c);
    return c.status;
}
