/* SPDX-License-Identifier: Apache-2.0 */
/* From the keys of one route to its plan. */
#ifndef CE_BRIDGE_CONFIG_ROUTE_H
#define CE_BRIDGE_CONFIG_ROUTE_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Fills OUT from ROUTE, whose key is the route's name, or adds faults. Free OUT
 * with br_route_plan_free in either case. */
void br_config_route(br_route_plan *out, const br_node *route,
                     br_faults *faults);

#endif
