/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of stages begin with: a loop whose clock stands still, a source
 * in memory, a sink in memory, and the stages between them. */
#ifndef CE_TESTS_SUPPORT_RIG_H
#define CE_TESTS_SUPPORT_RIG_H

#include "core/loop/loop.h"
#include "core/stages/stages.h"
#include "tests/support/mem.h"

typedef struct ce_rig {
    ce_loop *loop;
    ce_receiver *source;
    ce_sender *sink;
    ce_stage *top; /* what the source pushes into: the newest stage */
    ce_stage *stages[16];
    unsigned count;
} ce_rig;

/* Opens source and sink, both started; counts memory from here on. SOURCE is
 * the query of the source's URI, such as "interactive=true", or NULL. */
void ce_rig_open(ce_rig *rig, const char *source);
/* Puts a stage on top; the rig closes it. */
void ce_rig_add(ce_rig *rig, ce_stage *s);
/* The stages of a chain that need no more than this; each lies above NEXT. */
ce_stage *ce_rig_encode(ce_rig *rig, ce_stage *next, ce_mode mode);
/* Dead letters of the route "r" and this target go to LETTERS. */
ce_stage *ce_rig_dead_letter(ce_rig *rig, ce_stage *next, ce_stage *letters,
                             const char *target);
/* Starts the source. */
void ce_rig_start(ce_rig *rig);
/* Another sink, started; its owner closes it after the rig's stages. */
ce_sender *ce_rig_sink(ce_rig *rig, const char *uri);
/* Stops the source and closes all; everything must be settled once, and all
 * memory must be free after the loop. EXTRA is one more sink, or NULL. */
void ce_rig_close(ce_rig *rig, ce_sender *extra);

/* The outcome of the message NUMBER of the source. */
const ce_mem_outcome *ce_rig_outcome(const ce_rig *rig, int number);

ce_result ce_rig_ack(void);
ce_result ce_rig_nack(int code, const char *reason);
ce_result ce_rig_undelivered(int code, uint32_t retry_after_ms);

#endif
