/* SPDX-License-Identifier: Apache-2.0 */
/* From a URI, or a mapping with a URI and options, to an endpoint. */
#ifndef CE_BRIDGE_CONFIG_ENDPOINT_H
#define CE_BRIDGE_CONFIG_ENDPOINT_H

#include "bridge/config/faults.h"
#include "bridge/run/plan.h"

/* Fills OUT from N, or adds faults and leaves its settings NULL. Opens
 * nothing. TRACES is its option "trace", unless it is given or unknown there.
 * br_route_plan_free frees what is in OUT. */
void br_config_source(br_endpoint_plan *out, const br_node *n, bool traces,
                      br_faults *faults);
/* The same for a sink or a dead-letter target, which also has a content mode
 * and a format. */
void br_config_sink(br_endpoint_plan *out, const br_node *n, bool traces,
                    br_faults *faults);

#endif
