/* SPDX-License-Identifier: Apache-2.0 */
/* Settles as filtered what the route does not want. */
#include "core/stages/stages.h"

#include <cloudevents/alloc.h>

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

static void close_stage(ce_stage *stage)
{
    ce_free(stage);
}

static const ce_stage_ops ops = {
    .name = "filter",
    .push = push,
    .close = close_stage,
};

ce_status ce_filter_stage(ce_stage **out, ce_stage *next, const ce_filter *f)
{
    filter *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return CE_ENOMEM;
    s->stage = (ce_stage){ &ops, next };
    s->filter = f;
    *out = &s->stage;
    return CE_OK;
}
