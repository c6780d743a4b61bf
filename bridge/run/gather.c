/* SPDX-License-Identifier: Apache-2.0 */
/* From the meters of workers to the rows of the metrics. */
#include "bridge/run/gather.h"

#include <string.h>

#include "bridge/watch/metrics.h"

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* What is gathered: one route, from all of its workers. */
typedef struct harvest {
    const br_route_plan *plan;
    br_worker *const *workers;
    ce_arena *arena;
    ce_status status;
} harvest;

typedef const ce_meter *pick_fn(const br_route *r, unsigned index);

static const ce_meter *pick_all(const br_route *r, unsigned index)
{
    (void)index;
    return &r->meter;
}

static const ce_meter *pick_spread(const br_route *r, unsigned index)
{
    (void)index;
    return &r->spread;
}

static const ce_meter *pick_sink(const br_route *r, unsigned index)
{
    return &r->sinks[index].meter;
}

static const ce_meter *pick_letters(const br_route *r, unsigned index)
{
    (void)index;
    return &r->letters.meter;
}

static br_meters gather(harvest *h, pick_fn *pick, unsigned index)
{
    unsigned count = h->plan->workers;
    const ce_meter **meters = ce_arena_alloc(h->arena, count * sizeof *meters);

    if (!meters) {
        h->status = CE_ENOMEM;
        return (br_meters){ NULL, 0 };
    }
    for (unsigned w = 0; w < count; w++)
        meters[w] = pick(br_worker_route(h->workers[w]), index);
    return (br_meters){ meters, count };
}

/* Where there is one sink, the route counts its events. */
static br_metrics_sink gather_sink(harvest *h, unsigned index)
{
    br_metrics_sink s = {
        .name = br_worker_route(h->workers[0])->sinks[index].sink,
        .own = gather(h, pick_sink, index),
    };

    s.flow = h->plan->sinks > 1 ? s.own : gather(h, pick_all, 0);
    return s;
}

static br_metrics_sink gather_letters(harvest *h)
{
    br_meters own = gather(h, pick_letters, 0);

    return (br_metrics_sink){ "dead_letter", own, own };
}

/* An inbox counts what it is given: what is read from it may have come in an
 * earlier run. */
static uint64_t received_by(const harvest *h)
{
    bool has_inbox = br_route_has_inbox(h->plan);
    uint64_t n = 0;

    for (unsigned w = 0; w < h->plan->workers; w++) {
        const br_route *r = br_worker_route(h->workers[w]);

        n += load(has_inbox ? &r->stored : &r->meter.received);
    }
    return n;
}

static ce_gauges *const *gather_gauges(harvest *h)
{
    unsigned count = h->plan->workers;
    ce_gauges **all = ce_arena_alloc(h->arena, 2 * count * sizeof *all);

    if (!all)
        h->status = CE_ENOMEM;
    for (unsigned w = 0; all && w < count; w++) {
        all[2 * w] = br_worker_route(h->workers[w])->gauges;
        all[2 * w + 1] = br_worker_route(h->workers[w])->inbox_gauges;
    }
    return all;
}

static br_metrics_route gather_route(harvest *h)
{
    const br_route_plan *p = h->plan;
    unsigned count = p->sinks + (p->dead_letter.transport != NULL);
    br_metrics_sink *sinks = ce_arena_alloc(h->arena, count * sizeof *sinks);
    br_metrics_route r = { .name = p->name,
                           .all = gather(h, pick_all, 0),
                           .received = received_by(h),
                           .gauges = gather_gauges(h),
                           .gauge_count = 2 * p->workers,
                           .sinks = sinks,
                           .sink_count = count,
                           .fanned = p->sinks };

    if (!sinks) {
        h->status = CE_ENOMEM;
        return r;
    }
    if (p->sinks > 1)
        r.spread = gather(h, pick_spread, 0);
    for (unsigned i = 0; i < p->sinks; i++)
        sinks[i] = gather_sink(h, i);
    if (count > p->sinks)
        sinks[p->sinks] = gather_letters(h);
    return r;
}

static ce_status write_routes(const br_team *t, ce_arena *arena, ce_buf *out)
{
    br_metrics_route *routes = ce_arena_alloc(arena, t->count * sizeof *routes);
    harvest h = { NULL, NULL, arena, CE_OK };

    if (!routes && t->count)
        return CE_ENOMEM;
    for (unsigned i = 0; i < t->count; i++) {
        h.plan = t->crews[i]->plan;
        h.workers = t->crews[i]->workers;
        routes[i] = gather_route(&h);
    }
    if (h.status != CE_OK)
        return h.status;
    return br_metrics_write(routes, t->count, t->config.board, out);
}

ce_status br_gather_metrics(const br_team *t, ce_buf *out)
{
    ce_arena *arena = ce_arena_new();
    ce_status status;

    if (!arena)
        return CE_ENOMEM;
    status = write_routes(t, arena, out);
    ce_arena_free(arena);
    return status;
}

static void add_waiting(void *arg, const ce_gauge *g)
{
    uint64_t *sum = arg;

    *sum += g->waits ? g->value : 0;
}

static void add_progress(const br_crew *crew, br_progress_counts *c)
{
    for (unsigned i = 0; i < crew->count; i++) {
        const br_route *r = br_worker_route(crew->workers[i]);

        c->delivered += load(&r->meter.delivered);
        c->in_flight += load(&r->meter.in_flight);
        ce_gauges_each(r->gauges, add_waiting, &c->waiting);
        ce_gauges_each(r->inbox_gauges, add_waiting, &c->waiting);
    }
}

br_progress_counts br_gather_progress(const br_team *t)
{
    br_progress_counts c = { 0, 0, 0 };

    for (unsigned i = 0; i < t->count; i++)
        add_progress(t->crews[i], &c);
    return c;
}
