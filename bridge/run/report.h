/* SPDX-License-Identifier: Apache-2.0 */
/* The stages that only the bridge has: one tells people what became of events,
 * one ends a route after so many, one shows replies. */
#ifndef CE_BRIDGE_RUN_REPORT_H
#define CE_BRIDGE_RUN_REPORT_H

#include "bridge/run/plan.h"

/* What the sources of one worker have heard. Loop thread only, or after its
 * end. */
typedef struct br_tally {
    uint64_t refused, undelivered;
    uint64_t drained, returned; /* since STOPPING: settled, and not */
    bool stopping;
} br_tally;

typedef struct br_report_config {
    ce_loop *loop;
    const char *route;
    br_tally *tally;
    bool silent; /* the receiver writes lines of its own */
} br_report_config;
/* Counts, and writes a line with its origin for every event that was refused
 * or given up; lines in a burst are damped, but never those of a file. */
ce_status br_report_stage(ce_stage **out, ce_stage *next,
                          const br_report_config *c);

/* Lets COUNT events through, calls ENOUGH when all of them are confirmed, and
 * leaves what comes meanwhile with its source. */
ce_status br_limit_stage(ce_stage **out, ce_stage *next, uint64_t count,
                         br_tally *tally, ce_task *enough, ce_loop *loop);

/* Shows every reply to REPLIED, and passes it on. */
ce_status br_reply_stage(ce_stage **out, ce_stage *next, br_reply_fn *replied);

#endif
