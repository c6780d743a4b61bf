/* SPDX-License-Identifier: Apache-2.0 */
/* Events that a command sends by itself: one from its options, or with "-"
 * those of standard input. */
#ifndef CE_BRIDGE_COMMANDS_SUBMIT_H
#define CE_BRIDGE_COMMANDS_SUBMIT_H

#include "bridge/cli/args.h"
#include "bridge/cli/page.h"
#include "bridge/run/plan.h"
#include "bridge/run/supervisor.h"

/* Changes ROUTE to what one command needs, or adds faults. */
typedef void br_submit_fn(br_route_plan *route, const br_args *args,
                          br_faults *faults);

/* Runs a route to the SINK in ARGS until all is settled. TABLE has the options
 * of events, "timeout" and "log_level"; ADJUST may be NULL. */
br_exit br_submit(const br_args *args, const ce_option *table,
                  const char *usage, br_submit_fn *adjust, br_faults *faults);
/* Writes what the sinks are. */
void br_submit_help(br_page *page, const char *only);

#endif
