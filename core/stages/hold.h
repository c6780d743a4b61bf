/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for a connection: a sender refuses at once while its peer is away, but
 * a broker only takes a moment to connect. */
#ifndef CE_CORE_STAGES_HOLD_H
#define CE_CORE_STAGES_HOLD_H

#include <cloudevents/pipeline.h>

typedef struct ce_hold_config {
    ce_health *sink;    /* what is pushed is held until it is up */
    unsigned wait_ms;   /* but not longer: then it is UNDELIVERED, and the sink
                           says why */
    const char *closed; /* the reason of what is held at the stop */
} ce_hold_config;

/* Put it before a sender. Holds deliveries in their order while the sink is not
 * up: none passes an older one. */
ce_status ce_hold_stage(ce_stage **out, ce_stage *next, ce_loop *loop,
                        const ce_hold_config *c);
/* Call when D's time is over. If D is held, settles it as UNDELIVERED because
 * of REASON (NULL: the sink's own). Returns false when D was passed on
 * already. */
bool ce_hold_give_up(ce_stage *s, ce_delivery *d, const char *reason);

#endif
