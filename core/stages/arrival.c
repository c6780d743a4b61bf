/* SPDX-License-Identifier: Apache-2.0 */
/* Marks what comes by: it stands before a sink. */
#include "core/pipeline/arrival.h"

#include "core/stages/stages.h"

static void push(ce_stage *s, ce_delivery *d)
{
    ce_arrival_mark(d);
    ce_push(s->next, d);
}

static const ce_stage_ops ops = {
    .name = "arrival",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_arrival_stage(ce_stage **out, ce_stage *next)
{
    ce_stage *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    *out = s;
    return CE_OK;
}
