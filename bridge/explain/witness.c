/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/explain/witness.h"

typedef struct witness {
    ce_stage stage;
    br_testimony *testimony;
    const char *name, *words;
} witness;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    witness *w = h->self;

    if (w->testimony->stage == w->name)
        br_testimony_end(w->testimony, d, r);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    witness *w = (witness *)stage;

    /* A letter that is tried again says nothing new. */
    br_testimony_enter(w->testimony, d, d->insists ? NULL : w->name, w->words);
    ce_delivery_hook(d, settled, w, 0);
    ce_push(stage->next, d);
}

static const ce_stage_ops ops = {
    .name = "witness",
    .push = push,
    .close = ce_stage_free,
};

ce_status br_witness_stage(ce_stage **out, ce_stage *next, br_testimony *t,
                           const char *name, const char *words)
{
    witness *w = ce_stage_new(sizeof *w, &ops, next);

    if (!w)
        return CE_ENOMEM;
    w->testimony = t;
    w->name = name;
    w->words = words;
    *out = &w->stage;
    return CE_OK;
}
