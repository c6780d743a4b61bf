/* SPDX-License-Identifier: Apache-2.0 */
/* A message that goes from loop to loop with its own memory. */
#include "bindings/mem/mem.h"

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

static ce_status copy_message(ce_arena *arena, const ce_message *m,
                              ce_message *out)
{
    ce_status status = ce_arena_copy(arena, m->body, &out->body);

    out->mode = m->mode;
    out->format = m->format;
    out->attrs = (ce_attrs){ NULL, 0, 0 };
    if (status == CE_OK)
        status = ce_arena_copy(arena, m->content_type, &out->content_type);
    if (status == CE_OK)
        status = ce_arena_copy(arena, m->key, &out->key);
    for (unsigned i = 0; i < m->attrs.len && status == CE_OK; i++) {
        ce_attr a = m->attrs.at[i];

        status = ce_arena_copy(arena, a.name, &a.name);
        if (status == CE_OK)
            status = ce_arena_copy(arena, a.text, &a.text);
        if (status == CE_OK)
            status = ce_attrs_add(&out->attrs, arena, a);
    }
    return status;
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

void ce_mem_queue_add(ce_mem_queue *q, ce_mem_parcel *p)
{
    p->next = NULL;
    if (q->last)
        q->last->next = p;
    else
        q->first = p;
    q->last = p;
}

ce_mem_parcel *ce_mem_queue_take(ce_mem_queue *q)
{
    ce_mem_parcel *p = q->first;

    if (!p)
        return NULL;
    q->first = p->next;
    if (!q->first)
        q->last = NULL;
    return p;
}
