/* SPDX-License-Identifier: Apache-2.0 */
/* Events that a command sends by itself: one from its options, or with "-"
 * those of standard input. */
#ifndef CE_BRIDGE_COMMANDS_SUBMIT_H
#define CE_BRIDGE_COMMANDS_SUBMIT_H

#include "bridge/cli/args.h"
#include "bridge/run/plan.h"
#include "bridge/run/supervisor.h"

/* What one command does unlike the other: changes ROUTE, or adds faults. */
typedef void ce_submit_fn(ce_route_plan *route, const ce_args *args,
                          ce_faults *faults);

/* Runs a route to the SINK in ARGS until all is settled. TABLE has the options
 * of events, "timeout" and "log_level"; ADJUST may be NULL. */
ce_exit ce_submit(const ce_args *args, const ce_option *table,
                  const char *usage, ce_submit_fn *adjust, ce_faults *faults);

#endif
