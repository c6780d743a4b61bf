/* SPDX-License-Identifier: Apache-2.0 */
/* Counts every event on its way down and every result on its way back. */
#include "core/stages/stages.h"

#include <uv.h>

#include "core/pipeline/yard.h"

/* From half a millisecond, a round trip to a broker nearby, to a minute, which
 * an event only takes that is tried again. */
const uint32_t ce_meter_bounds_us[CE_METER_BUCKETS - 1] = {
    500,    1000,   2500,    5000,    10000,    25000,    50000,
    100000, 250000, 1000000, 5000000, 10000000, 60000000,
};

typedef struct meter meter;

/* An event in flight, in its delivery's arena. */
typedef struct passage {
    meter *stage;
    struct passage *older, *newer;
    uint64_t came_us;
} passage;

struct meter {
    ce_stage stage;
    ce_meter *counts;
    passage *oldest, *newest;
};

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

/* --- the oldest in flight --- */

static void publish_oldest(meter *s)
{
    atomic_store_explicit(&s->counts->oldest_us,
                          s->oldest ? s->oldest->came_us : 0,
                          memory_order_relaxed);
}

static void enter(meter *s, passage *p)
{
    p->older = s->newest;
    if (s->newest)
        s->newest->newer = p;
    else
        s->oldest = p;
    s->newest = p;
    if (s->oldest == p)
        publish_oldest(s);
}

static void leave(meter *s, passage *p)
{
    if (p->newer)
        p->newer->older = p->older;
    else
        s->newest = p->older;
    if (p->older) {
        p->older->newer = p->newer;
        return;
    }
    s->oldest = p->newer;
    publish_oldest(s);
}

/* --- the stage --- */

static void settled(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    passage *p = h->self;
    meter *s = p->stage;

    /* What its source has taken back comes again, and has its result then. */
    if (!ce_yard_has(d)) {
        add(counter_of(s->counts, r), 1);
        observe(s->counts, uv_hrtime() / 1000 - p->came_us);
    }
    atomic_fetch_sub_explicit(&s->counts->in_flight, 1, memory_order_relaxed);
    leave(s, p);
    ce_settle(d, r);
}

static void push(ce_stage *stage, ce_delivery *d)
{
    meter *s = (meter *)stage;
    passage *p = ce_arena_alloc(d->arena, sizeof *p);

    if (!p) {
        ce_settle_undelivered(d, 0, 0, "out of memory");
        return;
    }
    *p = (passage){ .stage = s, .came_us = uv_hrtime() / 1000 };
    enter(s, p);
    if (!ce_yard_had(d)) {
        add(&s->counts->received, 1);
        add(&s->counts->received_bytes, d->message.body.len);
    }
    add(&s->counts->in_flight, 1);
    ce_delivery_hook(d, settled, p, 0);
    ce_push(stage->next, d);
}

static const ce_stage_ops ops = {
    .name = "meter",
    .push = push,
    .close = ce_stage_free,
};

ce_status ce_meter_stage(ce_stage **out, ce_stage *next, ce_meter *counts)
{
    meter *s = ce_stage_new(sizeof *s, &ops, next);

    if (!s)
        return CE_ENOMEM;
    s->counts = counts;
    *out = &s->stage;
    return CE_OK;
}
