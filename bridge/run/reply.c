/* SPDX-License-Identifier: Apache-2.0 */
/* Shows the replies to a route's requests to a function of the program. */
#include "bridge/run/reply.h"

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

static const ce_stage_ops ops = {
    .name = "reply",
    .push = push,
    .close = ce_stage_free,
};

ce_status br_reply_stage(ce_stage **out, ce_stage *next, br_reply_fn *replied)
{
    reply_stage *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->replied = replied;
    *out = &s->stage;
    return CE_OK;
}
