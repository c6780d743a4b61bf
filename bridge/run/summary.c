/* SPDX-License-Identifier: Apache-2.0 */
/* Adds up the results of workers. */
#include "bridge/run/summary.h"

static void add_worker(br_summary *sum, br_worker *w)
{
    const br_worker_end *end = br_worker_result(w);
    const br_route *route = br_worker_route(w);

    sum->delivered += atomic_load(&route->meter.delivered);
    sum->dead_lettered += atomic_load(&route->meter.dead_lettered);
    sum->lost += atomic_load(&route->lost);
    sum->refused += end->tally.refused;
    sum->undelivered += end->tally.undelivered;
    sum->stuck = sum->stuck || end->stuck;
    sum->failed = sum->failed || end->failed;
    sum->sink_gone = sum->sink_gone || end->sink_gone;
    /* At its end a source has nothing more to lose: it ended by itself, or
     * the route was to take no more. */
    if (end->can_take_again || end->is_at_end)
        sum->returned += end->tally.returned;
    else
        sum->lost += end->tally.returned;
}

void br_summary_add(br_summary *sum, const br_crew *c)
{
    for (unsigned i = 0; i < c->count; i++)
        add_worker(sum, c->workers[i]);
}
