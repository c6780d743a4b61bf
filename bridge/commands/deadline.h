/* SPDX-License-Identifier: Apache-2.0 */
/* How long a command that a person waits for tries to deliver an event. */
#ifndef CE_BRIDGE_COMMANDS_DEADLINE_H
#define CE_BRIDGE_COMMANDS_DEADLINE_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Neither the retries of R nor one attempt of a sink take longer than MS,
 * unless the sink's URI has a timeout of its own. */
void br_deadline_set(br_route_plan *r, uint64_t ms, br_faults *faults);

#endif
