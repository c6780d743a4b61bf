/* SPDX-License-Identifier: Apache-2.0 */
/* One route on the command line. */
#ifndef CE_BRIDGE_CLI_RELAY_OPTIONS_H
#define CE_BRIDGE_CLI_RELAY_OPTIONS_H

#include "bridge/cli/args.h"
#include "bridge/run/plan.h"

/* The keys of a route that are one text, those of its mappings with a dot, and
 * those of the whole program. */
const ce_option *br_relay_options(void);

/* Makes the plan of one route with these options from SOURCE to SINKS. Use it
 * only without faults, and free it in either case. Borrows nothing. */
void br_relay_plan(br_plan *out, const br_args *args, const char *source,
                   const char *const *sinks, unsigned count, br_faults *faults);

#endif
