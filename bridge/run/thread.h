/* SPDX-License-Identifier: Apache-2.0 */
/* A thread with a loop, and the workers that live there together. All of them
 * are there before it starts; it ends when all of them have ended. */
#ifndef CE_BRIDGE_RUN_THREAD_H
#define CE_BRIDGE_RUN_THREAD_H

#include <pthread.h>

#include "bridge/run/plan.h"

typedef struct br_thread br_thread;

/* The steps of a thread's life. Each is taken by all tenants before the next,
 * on the thread. */
typedef enum br_thread_step {
    BR_START_SINKS,
    BR_START_SOURCES, /* when those of all threads have started their sinks */
    BR_CLOSE,         /* the loop has ended */
    BR_DONE           /* all are closed: the thread is about to end */
} br_thread_step;

typedef struct br_tenant br_tenant;
struct br_tenant {
    const br_route_plan *route;
    void (*take_step)(br_tenant *t, br_thread_step step);
    br_tenant *next; /* the thread's */
};

/* Makes the loop and the thread, which waits for its start: there is nothing
 * left then that could fail. SINKS_STARTED is waited at, once. */
ce_status br_thread_open(br_thread **out, pthread_barrier_t *sinks_started,
                         ce_error *err);
ce_loop *br_thread_loop(const br_thread *t);
/* Adds a tenant before the start. */
void br_thread_enter(br_thread *t, br_tenant *tenant);
/* Starts it, if it has not been. */
void br_thread_start(br_thread *t);
/* Call once when a tenant needs the loop no more. Loop thread. */
void br_thread_finish(br_thread *t);
/* Returns whether it was started, and waits for its end then: call it when a
 * tenant is done. */
bool br_thread_join(br_thread *t);
/* Call when the tenant has taken its tasks from the loop, and the thread was
 * joined. The last one that leaves closes the loop and frees T. */
void br_thread_leave(br_thread *t, br_tenant *tenant);

#endif
