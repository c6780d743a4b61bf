/* SPDX-License-Identifier: Apache-2.0 */
/* What transports have that are put into a plan by hand: no URI names them, and
 * no option is theirs. */
#ifndef CE_BRIDGE_RUN_BUILT_IN_H
#define CE_BRIDGE_RUN_BUILT_IN_H

#include <cloudevents/transport.h>

extern const char *const br_no_schemes[];
extern const ce_option br_no_options[];

#endif
