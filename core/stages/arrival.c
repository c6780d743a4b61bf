/* SPDX-License-Identifier: Apache-2.0 */
/* Marks what comes by: it stands before a sink. */
#include "core/pipeline/arrival.h"

#include <cloudevents/alloc.h>

#include "core/stages/stages.h"

static void push(ce_stage *s, ce_delivery *d)
{
    ce_arrival_mark(d);
    ce_push(s->next, d);
}

static void close_stage(ce_stage *s)
{
    ce_free(s);
}

static const ce_stage_ops ops = {
    .name = "arrival",
    .push = push,
    .close = close_stage,
};

ce_status ce_arrival_stage(ce_stage **out, ce_stage *next)
{
    ce_stage *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return CE_ENOMEM;
    *s = (ce_stage){ &ops, next };
    *out = s;
    return CE_OK;
}
