/* SPDX-License-Identifier: Apache-2.0 */
/* Ends a route after so many events, and takes no more than those. */
#include "bridge/run/report.h"

#include <cloudevents/alloc.h>

typedef struct limit {
    ce_stage stage;
    uint64_t count, passed, confirmed;
    br_tally *tally;
    ce_task *enough;
    ce_loop *loop;
} limit;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    limit *s = h->self;

    if (r->verdict == CE_ACK)
        s->confirmed++;
    else
        s->passed--;
    if (s->confirmed == s->count)
        ce_loop_post(s->loop, s->enough);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    limit *s = (limit *)stage;

    if (s->passed == s->count) {
        s->tally->stopping = true;
        ce_settle_undelivered(d, 0, 0, "shutting down");
        return;
    }
    s->passed++;
    ce_delivery_hook(d, settled, s, 0);
    ce_push(stage->next, d);
}

static void close_stage(ce_stage *stage)
{
    ce_free(stage);
}

static const ce_stage_ops ops = {
    .name = "limit",
    .push = push,
    .close = close_stage,
};

ce_status br_limit_stage(ce_stage **out, ce_stage *next, uint64_t count,
                         br_tally *tally, ce_task *enough, ce_loop *loop)
{
    limit *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return CE_ENOMEM;
    s->stage = (ce_stage){ &ops, next };
    s->count = count;
    s->tally = tally;
    s->enough = enough;
    s->loop = loop;
    *out = &s->stage;
    return CE_OK;
}
