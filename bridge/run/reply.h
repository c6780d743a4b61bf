/* SPDX-License-Identifier: Apache-2.0 */
/* The stage that shows replies to the program. */
#ifndef CE_BRIDGE_RUN_REPLY_H
#define CE_BRIDGE_RUN_REPLY_H

#include "bridge/run/plan.h"

/* Calls REPLIED with every reply, and passes it on to the source. */
ce_status br_reply_stage(ce_stage **out, ce_stage *next, br_reply_fn *replied);

#endif
