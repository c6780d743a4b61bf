/* SPDX-License-Identifier: Apache-2.0 */
/* Inboxes that no route has any more: it was renamed or removed, and what it
 * has confirmed waits there. */
#ifndef CE_BRIDGE_RUN_ORPHAN_H
#define CE_BRIDGE_RUN_ORPHAN_H

#include "bridge/run/plan.h"

/* Warns of the inbox in DIR if it holds something and no route of P has it. One
 * that another process has is no orphan. */
void br_orphan_warn(const br_plan *p, const char *dir);
/* Does so for each folder that routes without a folder of their own choice
 * have. */
void br_orphans_warn(const br_plan *p);

#endif
