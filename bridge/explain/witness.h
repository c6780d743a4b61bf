/* SPDX-License-Identifier: Apache-2.0 */
/* Stages that tell of the stage behind them. */
#ifndef CE_BRIDGE_EXPLAIN_WITNESS_H
#define CE_BRIDGE_EXPLAIN_WITNESS_H

#include <cloudevents/pipeline.h>

#include "bridge/explain/testimony.h"

/* Tells of NEXT, which is called NAME: that it passes the event on to the next
 * witness, with WORDS or what it has changed, or what else it does with it.
 * NAME and WORDS are borrowed. */
ce_status br_witness_stage(ce_stage **out, ce_stage *next, br_testimony *t,
                           const char *name, const char *words);

#endif
