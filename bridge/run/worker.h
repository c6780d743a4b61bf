/* SPDX-License-Identifier: Apache-2.0 */
/* One thread with one loop that runs one route from start to end. */
#ifndef CE_BRIDGE_RUN_WORKER_H
#define CE_BRIDGE_RUN_WORKER_H

#include <pthread.h>

#include "bridge/run/route.h"

typedef struct ce_worker ce_worker;

/* What a worker tells its owner when it has ended. */
typedef struct ce_worker_end {
    bool failed;    /* it could not start: ERROR says why */
    bool stuck;     /* something did not settle: it must not be closed */
    bool is_at_end; /* by itself: its source was at its end */
    ce_tally tally;
    ce_error error;
} ce_worker_end;

/* ENDED is posted on OWNER when the worker has ended. */
typedef struct ce_worker_config {
    const ce_route_plan *plan;
    unsigned number; /* among the workers of the route, from 0 */
    uint64_t grace_ms;
    ce_board *board;
    ce_loop *owner;
    ce_task *ended;
    pthread_barrier_t *sinks_started; /* of all workers */
} ce_worker_config;

/* Opens the route's endpoints; no thread yet. */
ce_status ce_worker_open(ce_worker **out, const ce_worker_config *c,
                         ce_error *err);
ce_status ce_worker_start(ce_worker *w, ce_error *err);
/* Stops the intake, drains for the grace time, and ends. Any thread. */
void ce_worker_stop(ce_worker *w);
/* NULL while it runs. Any thread. */
const ce_worker_end *ce_worker_result(ce_worker *w);
/* It was never started, or it has ended and is not stuck. */
void ce_worker_close(ce_worker *w);

/* For metrics: any thread, atomics only. */
const ce_route *ce_worker_route(const ce_worker *w);

#endif
