/* SPDX-License-Identifier: Apache-2.0 */
/* What a route would do with an event, without its endpoints. */
#ifndef CE_BRIDGE_EXPLAIN_ROUTE_H
#define CE_BRIDGE_EXPLAIN_ROUTE_H

#include "bridge/explain/testimony.h"
#include "bridge/run/plan.h"

/* What a route gets. */
typedef struct br_sample {
    ce_message message;
    ce_origin origin;
} br_sample;

/* Sends SAMPLE through the stages of PLAN. TELL hears of each; *REFUSED says
 * whether one of them refuses it. Nothing is opened, and nothing is sent. */
ce_status br_explain(const br_route_plan *plan, const br_sample *sample,
                     br_tell_fn *tell, void *arg, bool *refused, ce_error *err);

#endif
