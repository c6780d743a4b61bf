/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the events of one run. */
#ifndef CE_BRIDGE_RUN_SUMMARY_H
#define CE_BRIDGE_RUN_SUMMARY_H

#include "bridge/run/team.h"

typedef struct br_summary {
    uint64_t delivered, dead_lettered;
    uint64_t returned; /* to sources that still have them */
    uint64_t lost;     /* to sources that do not */
    uint64_t refused, undelivered;
    bool stuck, sink_gone, failed;
} br_summary;

/* Adds C, whose workers have all ended. */
void br_summary_add(br_summary *sum, const br_crew *c);
/* Says on stderr, also what the inboxes of T keep. MS: since the signal. */
void br_summary_say(const br_summary *sum, const br_team *t, uint64_t ms);

#endif
