/* SPDX-License-Identifier: Apache-2.0 */
/* Counts every event on its way down and every result on its way back. */
#include "core/stages/stages.h"

#include <cloudevents/alloc.h>

#include <uv.h>

/* From half a millisecond, a round trip to a broker nearby, to a minute, which
 * an event only takes that is tried again. */
const uint32_t ce_meter_bounds_us[CE_METER_BUCKETS - 1] = {
    500,    1000,   2500,    5000,    10000,    25000,    50000,
    100000, 250000, 1000000, 5000000, 10000000, 60000000,
};

typedef struct meter {
    ce_stage stage;
    ce_meter *counts;
} meter;

/* Relaxed: each counter stands alone, and a reader may see them a moment
 * apart. */
static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static atomic_uint_fast64_t *counter_of(ce_meter *m, const ce_result *r)
{
    if (r->verdict == CE_NACK)
        return &m->refused;
    if (r->verdict == CE_UNDELIVERED)
        return &m->undelivered;
    switch (r->fate) {
    case CE_FILTERED:
        return &m->filtered;
    case CE_DUPLICATE:
        return &m->duplicates;
    case CE_DEAD_LETTERED:
        return &m->dead_lettered;
    case CE_STORED:
    case CE_DELIVERED:
        break;
    }
    return &m->delivered;
}

static void observe(ce_meter *m, uint64_t us)
{
    unsigned i = 0;

    while (i < CE_METER_BUCKETS - 1 && us > ce_meter_bounds_us[i])
        i++;
    add(&m->buckets[i], 1);
    add(&m->seconds_us, us);
}

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    meter *s = h->self;

    add(counter_of(s->counts, r), 1);
    atomic_fetch_sub_explicit(&s->counts->in_flight, 1, memory_order_relaxed);
    observe(s->counts, uv_hrtime() / 1000 - h->state);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    meter *s = (meter *)stage;

    add(&s->counts->received, 1);
    add(&s->counts->received_bytes, d->message.body.len);
    add(&s->counts->in_flight, 1);
    ce_delivery_hook(d, settled, s, uv_hrtime() / 1000);
    ce_push(stage->next, d);
}

static void close_stage(ce_stage *stage)
{
    ce_free(stage);
}

static const ce_stage_ops ops = {
    .name = "meter",
    .push = push,
    .close = close_stage,
};

ce_status ce_meter_stage(ce_stage **out, ce_stage *next, ce_meter *counts)
{
    meter *s = ce_alloc_zeroed(sizeof *s);

    if (!s)
        return CE_ENOMEM;
    s->stage = (ce_stage){ &ops, next };
    s->counts = counts;
    *out = &s->stage;
    return CE_OK;
}
