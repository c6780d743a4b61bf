/* SPDX-License-Identifier: Apache-2.0 */
/* The stages that decide about an event: GUARD and WORK in bridge/run/route.c,
 * and those of each sink. */
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
/* [dead letter] -> check. */
void br_work_add_guard(ce_chain *c, const br_route_plan *plan,
                       ce_stage *letters);

/* Of one sink: [dead letter] -> [encode]. */
void br_work_add_encode(ce_chain *c, const br_endpoint_plan *to);
/* Of what the stages behind refuse, which TARGET names. LETTERS is the way to
 * the target of dead letters, or NULL: the plan has none. */
void br_work_add_dead_letter(ce_chain *c, const br_route_plan *plan,
                             const char *target, ce_stage *letters);

#endif
