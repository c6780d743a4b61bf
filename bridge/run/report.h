/* SPDX-License-Identifier: Apache-2.0 */
/* The stage that writes a log line for each event that did not arrive. */
#ifndef CE_BRIDGE_RUN_REPORT_H
#define CE_BRIDGE_RUN_REPORT_H

#include "bridge/run/tally.h"
#include "core/stages/stages.h"

typedef struct br_report_config {
    ce_loop *loop;
    const char *route; /* named in each line */
    br_tally *tally;   /* counts here */
    bool silent;       /* only counts: the receiver writes lines of its own */
    bool is_kept;      /* what comes back is in an inbox */
    bool sinks_only;   /* what did not reach a sink is told elsewhere */
} br_report_config;

/* Counts what is settled, and writes a line with its origin for every event
 * that was refused or given up. It writes at most 50 lines a second and says
 * how many more there were, but it never leaves out a line of a file: there
 * the line is all that tells which event it was. */
ce_status br_report_stage(ce_stage **out, ce_stage *next,
                          const br_report_config *c);
/* Writes where an event came from: "FILE:LINE", or its place in a topic. */
void br_report_origin(const ce_origin *o, char *out, size_t size);

#endif
