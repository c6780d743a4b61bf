/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that ask for replies. */
#ifndef CE_BRIDGE_CONFIG_REQUEST_H
#define CE_BRIDGE_CONFIG_REQUEST_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Call it last, when R has no other fault. Checks that its ends and stages can
 * carry replies, and gives the sink the source's deadline. */
void br_config_request(br_route_plan *r, const br_node *at, br_faults *faults);

#endif
