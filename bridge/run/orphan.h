/* SPDX-License-Identifier: Apache-2.0 */
/* Inboxes that no route has any more: it was renamed or removed by a reload, and
 * what it has confirmed waits there. */
#ifndef CE_BRIDGE_RUN_ORPHAN_H
#define CE_BRIDGE_RUN_ORPHAN_H

#include "bridge/run/plan.h"

/* Warns of the inbox in DIR, which its route has left, if it holds something and
 * no route of P has it. */
void br_orphan_warn(const br_plan *p, const char *dir);

#endif
