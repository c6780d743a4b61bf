/* SPDX-License-Identifier: Apache-2.0 */
/* From the tree of a configuration to the plan of the whole bridge. */
#ifndef CE_BRIDGE_CONFIG_PLAN_H
#define CE_BRIDGE_CONFIG_PLAN_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Use OUT only when there is no fault, and free it with br_plan_free in either
 * case. Checks the whole tree, lists every fault in it, and opens nothing. */
void br_config_plan(br_plan *out, const br_node *tree, br_faults *faults);
/* The same for the file at PATH. */
void br_config_load(br_plan *out, const char *path, br_faults *faults);

#endif
