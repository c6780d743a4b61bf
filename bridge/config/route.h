/* SPDX-License-Identifier: Apache-2.0 */
/* From the keys of one route to its plan. */
#ifndef CE_BRIDGE_CONFIG_ROUTE_H
#define CE_BRIDGE_CONFIG_ROUTE_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* ROUTE is a map of its keys. */
void br_config_route(br_route_plan *out, const br_node *route,
                     br_faults *faults);

#endif
