/* SPDX-License-Identifier: Apache-2.0 */
/* Which codes of a sink are retried and which are refusals. */
#ifndef CE_BRIDGE_CONFIG_STATUSES_H
#define CE_BRIDGE_CONFIG_STATUSES_H

#include "bridge/config/faults.h"
#include "bridge/config/tree.h"
#include "bridge/run/plan.h"

/* Reads { 409: retry, 503: refuse }, or the same as text:
 * "409=retry,503=refuse". */
void br_config_statuses(br_retry_plan *out, const br_node *n,
                        br_faults *faults);

#endif
