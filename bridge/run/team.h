/* SPDX-License-Identifier: Apache-2.0 */
/* The routes that run, each with its workers, and how they change. Main thread
 * only. */
#ifndef CE_BRIDGE_RUN_TEAM_H
#define CE_BRIDGE_RUN_TEAM_H

#include "bridge/run/worker.h"

/* One route. */
typedef struct br_crew {
    const br_route_plan *plan;
    br_worker **workers;
    unsigned count;                  /* of those that are open */
    pthread_barrier_t sinks_started; /* used only when it starts alone */
    bool is_alone, is_leaving;
    bool has_begun;        /* its threads run */
    const char *disturber; /* the route that makes it leave too, or NULL */
    bool is_guest; /* on the threads of another crew, with which it shares a
                      listener */
    bool is_said;  /* why it could not start */
} br_crew;

/* What all crews are opened with. */
typedef struct br_team_config {
    ce_loop *owner;
    ce_task *changed;
    br_readiness *board;
    uint64_t grace_ms;
} br_team_config;

typedef struct br_team {
    br_team_config config;
    br_crew **crews;
    unsigned count;
    pthread_barrier_t sinks_started; /* of all that start together */
    bool started;
} br_team;

/* Opens a crew for each route of P. Close T after a failure too. */
ce_status br_team_open(br_team *t, const br_plan *p, ce_error *err);
/* Starts all threads: no source is open before all sinks are. */
void br_team_start(br_team *t);
/* Call only when all workers have ended and none is stuck. */
void br_team_close(br_team *t);

/* Opens one more route, whose sinks wait for each other only. After a failure
 * it is not there. */
ce_status br_team_add(br_team *t, const br_route_plan *plan, ce_error *err);
/* Starts those that were added. */
void br_team_start_added(br_team *t);
/* Each route that stops from now on waits so long. */
void br_team_set_grace(br_team *t, uint64_t ms);
/* Removes the crew with this index, which has ended. */
void br_team_remove(br_team *t, unsigned index);

void br_crew_stop(const br_crew *c);
/* Whether its endpoints are open; a route that a reload could not start holds
 * nobody. */
bool br_crew_is_started(const br_crew *c);
/* As br_worker_ask and br_worker_is_silent, for all workers. */
void br_crew_ask(const br_crew *c, ce_task *answered);
bool br_crew_is_silent(const br_crew *c);
/* Whether all of its workers have closed their endpoints. */
bool br_crew_is_closed(const br_crew *c);
/* Whether something of it did not settle: it must not be removed. */
bool br_crew_is_stuck(const br_crew *c);

#endif
