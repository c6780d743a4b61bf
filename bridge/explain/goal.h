/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of a chain that send nothing. */
#ifndef CE_BRIDGE_EXPLAIN_GOAL_H
#define CE_BRIDGE_EXPLAIN_GOAL_H

#include "bridge/explain/testimony.h"
#include "bridge/run/plan.h"

/* Stands for the sender to TO: tells where it would send the event, and
 * confirms it. The witness before it has its name. */
ce_status br_goal_stage(ce_stage **out, br_testimony *t,
                        const br_endpoint_plan *to);

#endif
