/* SPDX-License-Identifier: Apache-2.0 */
/* Ends a route after so many events, and takes no more than those. */
#include "bridge/run/limit.h"

typedef struct limit {
    ce_stage stage;
    br_limit_config config;
    uint64_t passed; /* in flight or confirmed */
    uint64_t confirmed;
} limit;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    limit *s = h->self;

    if (r->verdict == CE_ACK)
        s->confirmed++;
    else
        s->passed--;
    if (s->confirmed == s->config.count)
        ce_loop_post(s->config.loop, s->config.enough);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    limit *s = (limit *)stage;

    if (s->passed == s->config.count) {
        /* So that the report takes it for one that went back, not for one
         * that was given up. */
        s->config.tally->stopping = true;
        ce_settle_undelivered(d, 0, 0, "shutting down");
        return;
    }
    s->passed++;
    ce_delivery_hook(d, settled, s, 0);
    ce_push(stage->next, d);
}

static const ce_stage_ops ops = {
    .name = "limit",
    .push = push,
    .close = ce_stage_free,
};

ce_status br_limit_stage(ce_stage **out, ce_stage *next,
                         const br_limit_config *c)
{
    limit *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->config = *c;
    *out = &s->stage;
    return CE_OK;
}
