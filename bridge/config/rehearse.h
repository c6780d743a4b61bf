/* SPDX-License-Identifier: Apache-2.0 */
/* What a run would refuse before it needs a peer. */
#ifndef CE_BRIDGE_CONFIG_REHEARSE_H
#define CE_BRIDGE_CONFIG_REHEARSE_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Give a plan without faults. Makes every endpoint, starts none, and closes
 * them again: adds a fault for each that cannot be made, and for each file that
 * it could not read. */
void br_config_rehearse(const br_plan *plan, br_faults *faults);

#endif
