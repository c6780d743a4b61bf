/* SPDX-License-Identifier: Apache-2.0 */
/* The stage that ends a route after a number of events. */
#ifndef CE_BRIDGE_RUN_LIMIT_H
#define CE_BRIDGE_RUN_LIMIT_H

#include "bridge/run/tally.h"
#include "core/stages/stages.h"

typedef struct br_limit_config {
    uint64_t count;
    br_tally *tally; /* is told when events are turned away */
    ce_loop *loop;
    ce_task *enough; /* posted on LOOP when COUNT events are confirmed */
} br_limit_config;

/* Lets COUNT events through and leaves all others with their source. An event
 * that is not confirmed makes room for another one. */
ce_status br_limit_stage(ce_stage **out, ce_stage *next,
                         const br_limit_config *c);

#endif
