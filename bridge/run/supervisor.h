/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a plan: workers, readiness, admin endpoint, signals, exit code. */
#ifndef CE_BRIDGE_RUN_SUPERVISOR_H
#define CE_BRIDGE_RUN_SUPERVISOR_H

#include "bridge/run/plan.h"

typedef enum br_exit {
    BR_EXIT_DONE = 0,
    BR_EXIT_FAILED = 1,
    BR_EXIT_USAGE = 2,
    BR_EXIT_REFUSED = 3,
    BR_EXIT_UNDELIVERED = 4
} br_exit;

/* Set up logging before. Opens, runs and closes everything that PLAN says, and
 * returns when all of it has ended or after SIGTERM or SIGINT. SIGHUP applies a
 * changed configuration if PLAN can be read again, else it ends all, too. May
 * end the process itself when something does not settle. */
br_exit br_supervise(const br_plan *plan);

#endif
