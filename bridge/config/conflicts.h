/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints that get into each other's way. */
#ifndef CE_BRIDGE_CONFIG_CONFLICTS_H
#define CE_BRIDGE_CONFIG_CONFLICTS_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Give a plan without faults. Adds a fault for what two endpoints would share
 * and cannot: an address, an inbox, a name, a source with filters; and for each
 * route that would take its own events again. */
void br_config_conflicts(const br_plan *plan, br_faults *faults);

#endif
