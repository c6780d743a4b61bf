/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that handlers run on, and the stage that feeds them.
 *
 * A handler works on a copy of its event, so that nobody has to wait for one
 * that does not return: it is settled without it and not listened to. */
#ifndef CE_CORE_CLIENT_CREW_H
#define CE_CORE_CLIENT_CREW_H

#include <stdatomic.h>

#include <cloudevents/client.h>
#include <cloudevents/pipeline.h>

typedef struct ce_crew ce_crew;

typedef struct ce_crew_config {
    const void *owner;
    ce_loop *loop;
    unsigned handlers; /* 0: they run on the loop */
    ce_handler_fn *handler;
    void *arg;
    const ce_middleware *middleware; /* or NULL */
    atomic_uint_fast64_t *received;  /* counts events; until the close */
} ce_crew_config;

/* *STAGE takes events; it is the crew's. */
ce_status ce_crew_open(ce_crew **out, ce_stage **stage, const ce_crew_config *c,
                       ce_error *err);
/* Whether the caller is inside a handler of OWNER's on a thread of a crew. */
bool ce_crew_is_here(const void *owner);
/* Settles as undelivered what no handler has finished, and whatever comes. */
void ce_crew_abandon(ce_crew *w);
/* Nothing is in flight. Threads that are still busy end when they can. */
void ce_crew_close(ce_crew *w);

#endif
