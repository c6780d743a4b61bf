/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that others on the way can read. */
#ifndef CE_BRIDGE_RUN_EXPOSURE_H
#define CE_BRIDGE_RUN_EXPOSURE_H

#include "bridge/run/plan.h"

/* Warns of each endpoint that has a password or a token for a peer on another
 * host, and no TLS. */
void br_warn_of_exposure(const br_route_plan *p);

#endif
