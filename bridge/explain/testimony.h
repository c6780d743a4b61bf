/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of one event, stage by stage, in words. */
#ifndef CE_BRIDGE_EXPLAIN_TESTIMONY_H
#define CE_BRIDGE_EXPLAIN_TESTIMONY_H

#include <cloudevents/cesql.h>
#include <cloudevents/delivery.h>

/* Hears of each stage that the event has met, once and in their order. STAGE is
 * a key of the configuration where there is one, WHY a text of any bytes. */
typedef void br_tell_fn(void *arg, const char *stage, const char *outcome,
                        ce_slice why);

/* Zero it, and set TELL, ARG and FILTER. */
typedef struct br_testimony {
    br_tell_fn *tell;
    void *arg;
    const ce_filter *filter; /* of the route, or NULL */
    const char *stage;       /* that has the event; NULL: it has been told */
    const char *words;       /* if it passes; NULL: what it has changed */
    ce_event before;         /* as the stage got it; empty: it was none */
    bool refused;            /* by some stage */
} br_testimony;

/* STAGE gets D now: the one that had it has passed it on. NULL: nobody asks
 * what becomes of it. */
void br_testimony_enter(br_testimony *t, ce_delivery *d, const char *stage,
                        const char *words);
/* Call with the result of D, if it is up to the stage that has it. */
void br_testimony_end(br_testimony *t, ce_delivery *d, const ce_result *r);
/* Tells of the stage that has the event, unless it has been told. */
void br_testimony_tell(br_testimony *t, const char *outcome, ce_slice why);

#endif
