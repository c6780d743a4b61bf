/* SPDX-License-Identifier: Apache-2.0 */
/* What the workers of a plan have counted, added up. Call it from any thread,
 * also while they run: all counters are atomic. */
#ifndef CE_BRIDGE_RUN_GATHER_H
#define CE_BRIDGE_RUN_GATHER_H

#include "bridge/run/worker.h"
#include "bridge/watch/progress.h"

/* Appends the metrics of P and of the endpoints on BOARD. WORKERS are all of its workers, in the order of
 * its routes. */
ce_status br_gather_metrics(const br_plan *p, br_worker *const *workers,
                            br_readiness *board, ce_buf *out);
/* Adds up what COUNT workers have delivered and what they have in flight. */
br_progress_counts br_gather_progress(br_worker *const *workers,
                                      unsigned count);

#endif
