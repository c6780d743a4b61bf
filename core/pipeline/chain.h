/* SPDX-License-Identifier: Apache-2.0 */
/* Builds chains of stages and owns them.
 *
 * Begin with the end, a sender or a stage that is closed elsewhere, and add
 * what stands before it, line by line. Look at the status once, at the end:
 *
 *     ce_chain_begin(c, &sender->stage);
 *     ce_chain_add(c, ce_filter_stage(&c->made, c->top, filter));
 *     ce_chain_add(c, ce_split_stage(&c->made, c->top, loop, 1024));
 *     status = ce_chain_finish(c, &into, err);
 *
 * gives  into -> split -> filter -> sender.
 *
 * One ce_chain may hold several such chains, one after the other: they stop
 * and close together. */
#ifndef CE_CORE_PIPELINE_CHAIN_H
#define CE_CORE_PIPELINE_CHAIN_H

#include <cloudevents/pipeline.h>

/* Zero it before its first use. */
typedef struct ce_chain {
    ce_stage *top;    /* the next stage pushes into it */
    ce_stage *made;   /* the open functions' out-parameter */
    ce_status status; /* the first failure stays */
    ce_stage **stages;
    unsigned count, cap;
} ce_chain;

/* From here on stages are added before END; NULL: the first one that is added
 * is an end itself. */
void ce_chain_begin(ce_chain *c, ce_stage *end);
/* Takes over MADE, if STATUS says that there is one: it is the top now. After
 * a failure nothing is added any more. */
void ce_chain_add(ce_chain *c, ce_status status);
/* Gives the top to push into, or the reason why the chain is not complete.
 * Close it after a failure too. */
ce_status ce_chain_finish(const ce_chain *c, ce_stage **top,
                          ce_error *err) CE_MUST_USE;

/* Call when nothing new is to wait: no stage holds anything back from now on,
 * the first ones of the chain before those behind. */
void ce_chain_stop(ce_chain *c);
/* Call only when every delivery is home. Closes what was added, the newest
 * first, and leaves C as if it were new. */
void ce_chain_close(ce_chain *c);

#endif
