/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what nobody tries again from a sink that nothing gets through to: its
 * caller hears at once when to come again. */
#include "core/base/hash.h"
#include "core/stages/stages.h"

enum {
    /* Longer than the pause between probes: who does not come within it after
     * it was told to come again does not come any more. */
    YIELD_MS = 10000,
    /* Then who has to yield may ask again. */
    LATER_MS = 1000
};

typedef struct gate {
    ce_stage stage;
    ce_breaker *breaker;
    uint64_t probe;     /* the event of the last probe, see name_of */
    uint64_t others_ms; /* another was told then to come again; 0: none was */
} gate;

/* A hash is enough: an event that shares it with another yields too. */
static uint64_t name_of(ce_delivery *d)
{
    const ce_event *e = ce_delivery_event(d, NULL);

    if (!e)
        return CE_HASH_START;
    return ce_hash_part(ce_hash_part(CE_HASH_START, ce_event_text(e, "source")),
                        ce_event_text(e, "id"));
}

/* The same event is not the probe twice in a row while others come: one that
 * the sink never takes says nothing of them. */
static bool yields(const gate *s, uint64_t name)
{
    uint64_t now = ce_loop_now_ms(s->breaker->config.loop);

    return name == s->probe && s->others_ms && now - s->others_ms < YIELD_MS;
}

static uint64_t wait_ms(gate *s, ce_delivery *d)
{
    uint64_t ms = ce_breaker_wait_ms(s->breaker), name;

    if (!s->breaker->open)
        return 0;
    name = name_of(d);
    if (!ms && yields(s, name))
        return LATER_MS;
    if (!ms) {
        s->probe = name;
        s->others_ms = 0;
    } else if (name != s->probe) {
        s->others_ms = ce_loop_now_ms(s->breaker->config.loop);
    }
    return ms;
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    gate *s = h->self;

    ce_breaker_heard(s->breaker, h->state, r);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    ce_breaker *b = ((gate *)stage)->breaker;
    uint64_t ms = wait_ms((gate *)stage, d);

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
