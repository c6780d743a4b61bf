/* SPDX-License-Identifier: Apache-2.0 */
/* Gives codes of a sink the meaning that they have at that sink: 409 may be
 * "come again" for one service and "never" for another. */
#include "core/stages/stages.h"

typedef struct verdict_stage {
    ce_stage stage;
    const ce_ruling *rulings;
} verdict_stage;

static const ce_ruling *find(const ce_ruling *all, int code)
{
    for (const ce_ruling *i = all; i->code; i++)
        if (i->code == code)
            return i;
    return NULL;
}

static void push(ce_stage *stage, ce_delivery *d);

/* A confirmation stays one: the sink has the event. A refusal of several is
 * none of each. */
static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    verdict_stage *s = h->self;
    const ce_ruling *ruling = find(s->rulings, r->code);
    ce_result ruled = *r;

    if (ruling && r->verdict != CE_ACK) {
        ruled.verdict = ruling->verdict;
        ruled.exhausted = false;
    }
    d->alone = r->shared && ruled.verdict == CE_NACK;
    if (d->alone)
        push(&s->stage, d);
    else
        ce_settle(d, &ruled);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_delivery_hook(d, settled, stage, 0);
    ce_push(stage->next, d);
}

static const ce_stage_ops ops = {
    .name = "verdict",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_verdict_stage(ce_stage **out, ce_stage *next,
                           const ce_ruling *rulings)
{
    verdict_stage *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->rulings = rulings;
    *out = &s->stage;
    return CE_OK;
}
