/* SPDX-License-Identifier: Apache-2.0 */
/* A list of stages in the order of opening: from the end of a chain to its
 * beginning. */
#include "core/pipeline/chain.h"

#include <cloudevents/alloc.h>

void ce_chain_begin(ce_chain *c, ce_stage *end)
{
    c->top = end;
}

static ce_status reserve(ce_chain *c)
{
    unsigned cap = c->cap ? c->cap * 2 : 16; /* a usual route has fewer */
    ce_stage **grown;

    if (c->count < c->cap)
        return CE_OK;
    grown = ce_realloc(c->stages, cap * sizeof(ce_stage *));
    if (!grown)
        return CE_ENOMEM;
    c->stages = grown;
    c->cap = cap;
    return CE_OK;
}

void ce_chain_add(ce_chain *c, ce_status status)
{
    if (status != CE_OK) {
        if (c->status == CE_OK)
            c->status = status;
        return;
    }
    if (c->status == CE_OK)
        c->status = reserve(c);
    /* The line was evaluated although an earlier one had failed. */
    if (c->status != CE_OK) {
        c->made->ops->close(c->made);
        return;
    }
    c->stages[c->count++] = c->made;
    c->top = c->made;
}

ce_status ce_chain_finish(const ce_chain *c, ce_stage **top, ce_error *err)
{
    if (c->status == CE_ENOMEM)
        return ce_no_memory(err);
    if (c->status != CE_OK)
        return ce_fail(err, c->status, "a stage cannot be made: %s",
                       ce_status_name(c->status));
    *top = c->top;
    return CE_OK;
}

void ce_chain_stop(ce_chain *c)
{
    for (unsigned i = c->count; i-- > 0;)
        if (c->stages[i]->ops->stop)
            c->stages[i]->ops->stop(c->stages[i]);
}

void ce_chain_close(ce_chain *c)
{
    for (unsigned i = c->count; i-- > 0;)
        c->stages[i]->ops->close(c->stages[i]);
    ce_free(c->stages);
    *c = (ce_chain){ 0 };
}
