/* SPDX-License-Identifier: Apache-2.0 */
/* The stages that make of a message the event that the user wants: WORK, in
 * bridge/run/route.c. */
#ifndef CE_BRIDGE_RUN_WORK_H
#define CE_BRIDGE_RUN_WORK_H

#include "bridge/run/plan.h"
#include "core/pipeline/chain.h"

/* Each adds to C, whose top is what stands behind. Call them in this order, for
 * a chain is built from its end. PLAN is borrowed. */

/* [dedup] */
void br_work_add_dedup(ce_chain *c, const br_route_plan *plan);
/* [trace] -> [upgrade] -> [filter] -> [transform]; METER: NULL, if it has been
 * told. */
void br_work_add_edits(ce_chain *c, const br_route_plan *plan, ce_meter *meter);
/* [trace] alone. */
void br_work_add_tracing(ce_chain *c, const br_route_plan *plan,
                         ce_meter *meter);
/* check: only valid events. Behind an inbox nothing is wrapped again: it is an
 * event already. */
void br_work_add_check(ce_chain *c, const br_route_plan *plan);
/* [dead letter] -> check; LETTERS is the way to the target of dead letters, or
 * NULL: the plan has none. */
void br_work_add_guard(ce_chain *c, const br_route_plan *plan,
                       ce_stage *letters);

#endif
