/* SPDX-License-Identifier: Apache-2.0 */
/* Stages that tell what becomes of one event, and ends that send nothing. */
#ifndef CE_BRIDGE_RUN_WITNESS_H
#define CE_BRIDGE_RUN_WITNESS_H

#include "bridge/run/plan.h"

/* Hears of each stage that the event has met, once and in their order. STAGE is
 * a key of the configuration where there is one, WHY a text of any bytes. */
typedef void br_tell_fn(void *arg, const char *stage, const char *outcome,
                        ce_slice why);

/* What all witnesses of one chain have in common. Zero it, and set TELL, ARG
 * and FILTER. */
typedef struct br_testimony {
    br_tell_fn *tell;
    void *arg;
    const ce_filter *filter; /* of the route, or NULL */
    const char *stage;       /* that has the event; NULL: nobody asks */
    ce_event before;         /* as that stage got it */
    bool had_event;          /* BEFORE is one */
    bool refused;            /* by some stage */
} br_testimony;

/* Tells of NEXT, which is called NAME: that it passes the event on to the next
 * witness, or what else it does with it. NAME is borrowed. */
ce_status br_witness_stage(ce_stage **out, ce_stage *next, br_testimony *t,
                           const char *name);
/* Stands for the sender to TO: tells where it would send the event, and
 * confirms it. The witness before it has its name. */
ce_status br_goal_stage(ce_stage **out, br_testimony *t,
                        const br_endpoint_plan *to);

#endif
