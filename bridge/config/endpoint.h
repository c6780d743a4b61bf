/* SPDX-License-Identifier: Apache-2.0 */
/* From a URI, or a mapping with a URI and options, to an endpoint. */
#ifndef CE_BRIDGE_CONFIG_ENDPOINT_H
#define CE_BRIDGE_CONFIG_ENDPOINT_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

void br_config_source(br_endpoint_plan *out, const br_node *n,
                      br_faults *faults);
void br_config_sink(br_endpoint_plan *out, const br_node *n, br_faults *faults);

#endif
