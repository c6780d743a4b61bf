/* SPDX-License-Identifier: Apache-2.0 */
/* Shows the replies to a route's requests to a function of the program. */
#include "bridge/run/reply.h"

#include <cloudevents/alloc.h>

typedef struct reply_stage {
    ce_stage stage;
    br_reply_fn *replied;
} reply_stage;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    reply_stage *s = h->self;

    if (r->reply)
        s->replied(r->reply, d->arena);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_delivery_hook(d, settled, stage, 0);
    ce_push(stage->next, d);
}

static void close_stage(ce_stage *stage)
{
    ce_free(stage);
}

static const ce_stage_ops ops = {
    .name = "reply",
    .push = push,
    .close = close_stage,
};

ce_status br_reply_stage(ce_stage **out, ce_stage *next, br_reply_fn *replied)
{
    reply_stage *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return CE_ENOMEM;
    s->stage = (ce_stage){ &ops, next };
    s->replied = replied;
    *out = &s->stage;
    return CE_OK;
}
