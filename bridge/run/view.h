/* SPDX-License-Identifier: Apache-2.0 */
/* Makes texts for people of events, for a sink of lines. */
#ifndef CE_BRIDGE_RUN_VIEW_H
#define CE_BRIDGE_RUN_VIEW_H

#include "bridge/run/plan.h"

/* Borrows V. */
ce_status br_view_stage(ce_stage **out, ce_stage *next, const br_view *v);

#endif
