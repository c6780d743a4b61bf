/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what nobody tries again from a sink that nothing gets through to: its
 * caller hears at once when to come again. */
#include "core/stages/stages.h"

typedef struct gate {
    ce_stage stage;
    ce_breaker *breaker;
} gate;

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    gate *s = h->self;

    ce_breaker_heard(s->breaker, h->state, r);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_breaker *b = ((gate *)stage)->breaker;
    uint64_t ms = ce_breaker_wait_ms(b);

    if (ms) {
        ce_breaker_waits(b);
        ce_settle_undelivered(d, 0, (uint32_t)ms, b->flow.reason);
        return;
    }
    ce_delivery_hook(d, settled, stage, ce_breaker_sent(b));
    ce_push(stage->next, d);
}

static void stop(ce_stage *stage)
{
    ce_breaker_stop(((gate *)stage)->breaker);
}

static const ce_stage_ops ops = {
    .name = "gate",
    .push = push,
    .stop = stop,
    .close = ce_stage_free,
};

ce_status ce_gate_stage(ce_stage **out, ce_stage *next, ce_breaker *b)
{
    gate *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->breaker = b;
    *out = &s->stage;
    return CE_OK;
}
