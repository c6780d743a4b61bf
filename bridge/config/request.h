/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that ask for replies. */
#ifndef CE_BRIDGE_CONFIG_REQUEST_H
#define CE_BRIDGE_CONFIG_REQUEST_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Checks a route that asks for replies, whose ends are planned. */
void br_config_request(br_route_plan *r, const br_node *at, br_faults *faults);

#endif
