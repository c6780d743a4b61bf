/* SPDX-License-Identifier: Apache-2.0 */
/* What the workers of a team have counted, added up. Call it also while they
 * run: all counters are atomic. Main thread only. */
#ifndef CE_BRIDGE_RUN_GATHER_H
#define CE_BRIDGE_RUN_GATHER_H

#include "bridge/run/team.h"
#include "bridge/watch/progress.h"

/* Appends the metrics of T and of the endpoints on its board. */
ce_status br_gather_metrics(const br_team *t, ce_buf *out);
/* Adds up what the workers have delivered and what they have in flight. */
br_progress_counts br_gather_progress(const br_team *t);

#endif
