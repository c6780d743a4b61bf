/* SPDX-License-Identifier: Apache-2.0 */
/* Results that go back into an inbox: noted one by one, and written with one
 * commit. The receivers' loop only. */
#ifndef CE_CORE_INBOX_OUTCOMES_H
#define CE_CORE_INBOX_OUTCOMES_H

#include "core/inbox/store.h"

typedef struct ce_outcomes {
    ce_inbox *inbox;
    unsigned sink;
    ce_buf noted; /* of ce_inbox_outcome */
    ce_arena *letters;
} ce_outcomes;

/* Notes results of SINK. Fails with CE_ENOMEM only. */
ce_status ce_outcomes_open(ce_outcomes *o, ce_inbox *i, unsigned sink);
/* Notes that D, which has this NUMBER, came to R. What was not delivered or was
 * refused leaves a letter. */
ce_status ce_outcomes_note(ce_outcomes *o, ce_delivery *d, uint64_t number,
                           const ce_result *r, bool is_for_all);
/* Writes what was noted. When that fails it is still noted. */
ce_status ce_outcomes_commit(ce_outcomes *o, ce_error *err);
/* Harmless when it is zeroed. */
void ce_outcomes_close(ce_outcomes *o);

#endif
