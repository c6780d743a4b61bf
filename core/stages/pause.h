/* SPDX-License-Identifier: Apache-2.0 */
/* How long a lane waits after a failure, beside its growing pauses. Loop thread
 * only. */
#ifndef CE_CORE_STAGES_PAUSE_H
#define CE_CORE_STAGES_PAUSE_H

#include "core/stages/stages.h"

/* Zero it before each attempt. */
typedef struct ce_pause {
    uint32_t asked_ms; /* the longest that the peer has asked for */
    uint32_t away_ms;  /* the longest of a sink that has no peer now */
    uint64_t end_ms;   /* when the first that failed is too old; 0: never */
} ce_pause;

/* Returns what the peer asks for with R. A sink that is down has heard nothing
 * from its peer: it says how often it looks for it. */
uint32_t ce_pause_asked_ms(const ce_retry_config *c, const ce_result *r);
/* Notes a failure of an event whose first attempt was at FIRST_MS. */
void ce_pause_note(ce_pause *p, const ce_retry_config *c, const ce_result *r,
                   uint64_t first_ms);
/* Returns how long to wait from NOW_MS on, where a growing pause would be MS.
 * No event gets too old before its last attempt, unless the peer wants so. */
uint64_t ce_pause_ms(const ce_pause *p, uint64_t ms, uint64_t now_ms);

#endif
