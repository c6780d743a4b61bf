/* SPDX-License-Identifier: Apache-2.0 */
/* What check has found, as JSON. */
#ifndef CE_BRIDGE_COMMANDS_VERDICT_H
#define CE_BRIDGE_COMMANDS_VERDICT_H

#include "bridge/config/faults.h"
#include "bridge/config/inquiry.h"

/* Writes one object to stdout. PLAN is shown if there are no faults; INQUIRY is
 * NULL if nobody was asked. */
ce_status br_verdict_show(const br_plan *plan, const br_faults *faults,
                          const br_inquiry *inquiry);

#endif
