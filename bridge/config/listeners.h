/* SPDX-License-Identifier: Apache-2.0 */
/* Sources that listen at one address. */
#ifndef CE_BRIDGE_CONFIG_LISTENERS_H
#define CE_BRIDGE_CONFIG_LISTENERS_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Give a plan without faults. Adds a fault for each route that cannot share the
 * address of another. */
void br_config_listeners(const br_plan *plan, br_faults *faults);

#endif
