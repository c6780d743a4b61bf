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

/* The order stays: nothing passes before what is held. */
ce_status ce_hold_stage(ce_stage **out, ce_stage *next, ce_loop *loop,
                        const ce_hold_config *c);
/* Settles D as UNDELIVERED because of REASON (NULL: the sink's own), if it is
 * held. False: it is on its way already. */
bool ce_hold_give_up(ce_stage *s, ce_delivery *d, const char *reason);

#endif
