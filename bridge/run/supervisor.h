/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a plan: workers, readiness, admin endpoint, signals, exit code. */
#ifndef CE_BRIDGE_RUN_SUPERVISOR_H
#define CE_BRIDGE_RUN_SUPERVISOR_H

#include "bridge/run/plan.h"

typedef enum ce_exit {
    CE_EXIT_DONE = 0,
    CE_EXIT_FAILED = 1,
    CE_EXIT_USAGE = 2,
    CE_EXIT_REFUSED = 3,
    CE_EXIT_UNDELIVERED = 4
} ce_exit;

/* Opens, runs and closes everything; logging is set up already. */
ce_exit ce_supervise(const ce_plan *plan);

#endif
