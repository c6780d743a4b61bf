/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that others on the way can read. */
#ifndef CE_BRIDGE_CONFIG_EXPOSURE_H
#define CE_BRIDGE_CONFIG_EXPOSURE_H

#include "bridge/run/plan.h"

/* Warns if E has a password or a token for a peer on another host, and no TLS.
 * TABLE holds its options. */
void br_warn_of_exposure(const br_endpoint_plan *e, const ce_option *table);

#endif
