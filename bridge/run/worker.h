/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one route on the loop of a thread, from start to end. */
#ifndef CE_BRIDGE_RUN_WORKER_H
#define CE_BRIDGE_RUN_WORKER_H

#include "bridge/run/route.h"
#include "bridge/run/thread.h"

typedef struct br_worker br_worker;

/* How a worker has ended. */
typedef struct br_worker_end {
    bool failed;         /* it could not start: ERROR says why */
    bool stuck;          /* something did not settle: it must not be closed */
    bool is_at_end;      /* by itself: its source was at its end */
    bool sink_gone;      /* ... or the reader of its sink is gone */
    bool can_take_again; /* what it handed back, as its source is now */
    br_tally tally;
    ce_error error;
} br_worker_end;

/* CHANGED is posted on OWNER when the worker has started, or ended. */
typedef struct br_worker_config {
    const br_route_plan *plan;
    unsigned number; /* among the workers of the route, from 0 */
    uint64_t grace_ms;
    br_readiness *board;
    ce_loop *owner;
    ce_task *changed;
    br_worker *beside; /* it lives on the same thread; NULL: on one of its own,
                          which waits at SINKS_STARTED */
    pthread_barrier_t *sinks_started; /* of all threads */
} br_worker_config;

/* Opens the route's endpoints; nothing runs yet. */
ce_status br_worker_open(br_worker **out, const br_worker_config *c,
                         ce_error *err);
/* Starts its thread with all that live there, unless it runs. CHANGED is posted
 * even when the route cannot start. */
void br_worker_start(br_worker *w);
/* Stops the intake, drains for the grace time, and ends. Any thread. */
void br_worker_stop(br_worker *w);
/* A stop from now on drains for so long. Any thread. */
void br_worker_set_grace(br_worker *w, uint64_t ms);
/* Whether all its endpoints are open, or were. Any thread. */
bool br_worker_is_started(br_worker *w);
/* Has the running loop of W post ANSWERED on OWNER, where the same task is
 * given each time. OWNER's thread only. */
void br_worker_ask(br_worker *w, ce_task *answered);
/* Whether it runs and has not answered. Any thread. */
bool br_worker_is_silent(br_worker *w);
/* Returns how W has ended; NULL while something is not settled. CHANGED is
 * posted when this is known, and again when W is closed. Any thread. */
const br_worker_end *br_worker_result(br_worker *w);
/* Whether W has closed its endpoints: their last words to a peer, such as a
 * commit, may take time after all is settled. Any thread. */
bool br_worker_is_closed(br_worker *w);
/* Call only if it was never started, or has ended and is not stuck. */
void br_worker_close(br_worker *w);

/* Read only the atomic counters of what this returns: the rest belongs to the
 * worker's thread. Any thread. */
const br_route *br_worker_route(const br_worker *w);

#endif
