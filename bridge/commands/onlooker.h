/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that look at what comes to a source, and do not come again. */
#ifndef CE_BRIDGE_COMMANDS_ONLOOKER_H
#define CE_BRIDGE_COMMANDS_ONLOOKER_H

#include "bridge/run/plan.h"

/* Sets FROM so that nothing is kept for it, neither here nor with the peer,
 * unless its options say otherwise. */
ce_status br_onlooker_make(br_endpoint_plan *from, ce_error *err);

#endif
