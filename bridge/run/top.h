/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at the top of a configuration, while it runs: admin, grace, log.
 * Main thread only. */
#ifndef CE_BRIDGE_RUN_TOP_H
#define CE_BRIDGE_RUN_TOP_H

#include "bridge/run/team.h"
#include "bridge/watch/admin.h"

typedef struct br_top {
    const br_plan *plan;    /* the newest, borrowed */
    br_team *team;          /* has the grace */
    br_admin_config config; /* of each endpoint; the settings are the plan's */
    br_admin *admin;        /* or NULL */
    br_admin *leaving;      /* may be answering the request that ends it */
    const br_plan *left;    /* whose settings that one has */
    ce_task leave;
} br_top;

/* Zero T and set TEAM and CONFIG first. Opens the admin endpoint of PLAN, if it
 * has one. Close T after a failure too. */
ce_status br_top_open(br_top *t, const br_plan *plan, ce_error *err);
/* Applies NOW, which has to live until the next adoption or the close, and
 * appends what changes to SAID. An endpoint elsewhere is opened before the old
 * one is closed. After a failure all is as it was. */
ce_status br_top_adopt(br_top *t, const br_plan *now, ce_buf *said,
                       ce_error *err);
/* Whether PLAN is still used, though it is not the newest. */
bool br_top_holds(const br_top *t, const br_plan *plan);
void br_top_close(br_top *t);

#endif
