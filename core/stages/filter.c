/* SPDX-License-Identifier: Apache-2.0 */
/* Settles as filtered what the route does not want. */
#include "core/stages/stages.h"

#include "core/cesql/filter.h"

typedef struct filter {
    ce_stage stage;
    const ce_filter *filter;
} filter;

static void push(ce_stage *stage, ce_delivery *d)
{
    filter *s = (filter *)stage;
    ce_error err = { CE_EINVAL, "not a CloudEvent" };
    const ce_event *e = ce_delivery_event(d, &err);
    bool passes = false;

    /* Without memory the event is not decided: neither dropped nor refused. */
    if (!e && err.status != CE_ENOMEM)
        ce_settle_malformed(d, 0, err.text);
    else if (!e || ce_filter_decide(s->filter, e, d->arena, &passes) != CE_OK)
        ce_settle_undelivered(d, 0, 0, "out of memory");
    else if (passes)
        ce_push(stage->next, d);
    else
        ce_settle_ack(d, CE_FILTERED);
}

static const ce_stage_ops ops = {
    .name = "filter",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_filter_stage(ce_stage **out, ce_stage *next, const ce_filter *f)
{
    filter *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->filter = f;
    *out = &s->stage;
    return CE_OK;
}
