/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the loop for tests: a clock that the test moves. */
#ifndef CE_CORE_LOOP_LOOP_H
#define CE_CORE_LOOP_LOOP_H

#include <cloudevents/loop.h>

/* From now on time stands still until ce_loop_advance. */
void ce_loop_freeze(ce_loop *l);
/* Runs everything that is due within the next MS milliseconds, in order, each
 * at its own time, and all tasks that are posted meanwhile. */
void ce_loop_advance(ce_loop *l, uint64_t ms);
/* Runs posted tasks and ready handles without waiting. */
void ce_loop_poll(ce_loop *l);

#endif
