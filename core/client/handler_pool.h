/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that handlers run on, and the stage that feeds them.
 *
 * A handler works on a copy of its event. When it does not return in time, the
 * event is settled without it, and its result is dropped. */
#ifndef CE_CORE_CLIENT_HANDLER_POOL_H
#define CE_CORE_CLIENT_HANDLER_POOL_H

#include <stdatomic.h>

#include <cloudevents/client.h>
#include <cloudevents/pipeline.h>

typedef struct ce_handler_pool ce_handler_pool;

typedef struct ce_handler_pool_config {
    const void *owner;
    ce_loop *loop;
    unsigned handlers; /* 0: they run on the loop */
    ce_handler_fn *handler;
    void *arg;
    const ce_middleware *middleware; /* or NULL */
    atomic_uint_fast64_t *received;  /* what a handler began; until the close */
} ce_handler_pool_config;

/* Push events into *STAGE; it belongs to the pool and goes with it. */
ce_status ce_handler_pool_open(ce_handler_pool **out, ce_stage **stage,
                               const ce_handler_pool_config *c, ce_error *err);
/* Returns whether the caller is inside a handler of OWNER's on a thread of a
 * pool. */
bool ce_handler_pool_is_here(const void *owner);
/* Call when the time for the end is over: settles all events that no handler
 * has finished as UNDELIVERED, and all that come later. */
void ce_handler_pool_abandon(ce_handler_pool *w);
/* Call only when nothing is in flight. Threads that are still busy end when
 * they can. */
void ce_handler_pool_close(ce_handler_pool *w);

#endif
