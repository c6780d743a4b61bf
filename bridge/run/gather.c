/* SPDX-License-Identifier: Apache-2.0 */
/* From the meters of workers to the rows of the metrics. */
#include "bridge/run/gather.h"

#include <string.h>

#include "bridge/watch/metrics.h"

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static br_metrics_sink gather_sink(const br_route_plan *p, unsigned index,
                                   br_worker *const *workers)
{
    br_metrics_sink sum = { ce_settings_label(p->to[index].settings), 0, 0 };

    for (unsigned w = 0; w < p->workers; w++) {
        const ce_meter *m = &br_worker_route(workers[w])->sinks[index].meter;

        sum.retries += load(&m->retries);
        sum.late_replies += load(&m->late_replies);
    }
    return sum;
}

static ce_status gather_route(const br_route_plan *p, br_worker *const *workers,
                              ce_arena *arena, br_metrics_route *out)
{
    const ce_meter **meters =
        ce_arena_alloc(arena, p->workers * sizeof *meters);
    br_metrics_sink *sinks = ce_arena_alloc(arena, p->sinks * sizeof *sinks);

    if (!meters || !sinks)
        return CE_ENOMEM;
    for (unsigned w = 0; w < p->workers; w++)
        meters[w] = &br_worker_route(workers[w])->meter;
    for (unsigned i = 0; i < p->sinks; i++)
        sinks[i] = gather_sink(p, i, workers);
    *out = (br_metrics_route){ p->name, meters, p->workers, sinks, p->sinks };
    return CE_OK;
}

static ce_status write_routes(const br_plan *p, br_worker *const *workers,
                              ce_arena *arena, ce_buf *out)
{
    br_metrics_route *routes = ce_arena_alloc(arena, p->count * sizeof *routes);

    if (!routes)
        return CE_ENOMEM;
    for (unsigned i = 0; i < p->count; i++) {
        const br_route_plan *r = &p->routes[i];

        if (gather_route(r, workers, arena, &routes[i]) != CE_OK)
            return CE_ENOMEM;
        workers += r->workers;
    }
    return br_metrics_write(routes, p->count, out);
}

ce_status br_gather_metrics(const br_plan *p, br_worker *const *workers,
                            ce_buf *out)
{
    ce_arena *arena = ce_arena_new();
    ce_status status;

    if (!arena)
        return CE_ENOMEM;
    status = write_routes(p, workers, arena, out);
    ce_arena_free(arena);
    return status;
}

br_progress_counts br_gather_progress(br_worker *const *workers, unsigned count)
{
    br_progress_counts c = { 0, 0 };

    for (unsigned i = 0; i < count; i++) {
        const ce_meter *m = &br_worker_route(workers[i])->meter;

        c.delivered +=
            atomic_load_explicit(&m->delivered, memory_order_relaxed);
        c.in_flight +=
            atomic_load_explicit(&m->in_flight, memory_order_relaxed);
    }
    return c;
}
