/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of messages, results and replies. */
#include "bindings/mem/parcel.h"

#include <cloudevents/alloc.h>

ce_mem_parcel *ce_mem_parcel_new(void)
{
    ce_mem_parcel *p = ce_alloc_zeroed(sizeof *p);

    if (!p)
        return NULL;
    p->arena = ce_arena_new();
    if (p->arena)
        return p;
    ce_free(p);
    return NULL;
}

void ce_mem_parcel_free(ce_mem_parcel *p)
{
    ce_arena_free(p->arena);
    ce_free(p);
}

static ce_status copy_attribute(ce_arena *arena, ce_attr a, ce_attrs *out)
{
    ce_status status = ce_arena_copy(arena, a.name, &a.name);

    if (status != CE_OK)
        return status;
    status = ce_arena_copy(arena, a.text, &a.text);
    if (status != CE_OK)
        return status;
    return ce_attrs_add(out, arena, a);
}

static ce_status copy_message(ce_arena *arena, const ce_message *m,
                              ce_message *out)
{
    *out = (ce_message){ .mode = m->mode, .format = m->format };
    if (ce_arena_copy(arena, m->body, &out->body) != CE_OK ||
        ce_arena_copy(arena, m->content_type, &out->content_type) != CE_OK ||
        ce_arena_copy(arena, m->key, &out->key) != CE_OK)
        return CE_ENOMEM;
    for (unsigned i = 0; i < m->attrs.len; i++)
        if (copy_attribute(arena, m->attrs.at[i], &out->attrs) != CE_OK)
            return CE_ENOMEM;
    return CE_OK;
}

ce_status ce_mem_parcel_fill(ce_mem_parcel *p, const ce_message *m)
{
    ce_arena_reset(p->arena);
    return copy_message(p->arena, m, &p->message);
}

void ce_mem_parcel_settle(ce_mem_parcel *p, const ce_result *r)
{
    p->result = *r;
    p->result.reply = NULL;
    if (!r->reply)
        return;
    if (copy_message(p->arena, r->reply, &p->reply) == CE_OK)
        p->result.reply = &p->reply;
    else
        ce_result_explain(&p->result, "out of memory for the reply");
}
