/* SPDX-License-Identifier: Apache-2.0 */
/* What two endpoints of a plan both claim: a name that the peer knows them by,
 * a part of a source's events, a directory. */
#ifndef CE_BRIDGE_RUN_CLASHES_H
#define CE_BRIDGE_RUN_CLASHES_H

#include "bridge/run/plan.h"

typedef struct br_claim {
    ce_buf text; /* for people */
    const br_route_plan *route;
    const br_endpoint_plan *at;
    unsigned index; /* in the order of the plan */
} br_claim;

/* LATER claims what EARLIER does. Of three there are two pairs. */
typedef void br_clash_fn(void *arg, const br_claim *earlier,
                         const br_claim *later);

/* Fail with CE_ENOMEM only. */
ce_status br_clashes_of_names(const br_plan *p, br_clash_fn *found, void *arg);
ce_status br_clashes_of_parts(const br_plan *p, br_clash_fn *found, void *arg);
/* Inboxes whose directory is not known are left out. */
ce_status br_clashes_of_inboxes(const br_plan *p, br_clash_fn *found,
                                void *arg);

/* Warns of routes that read a source's events together, each of them a part. */
void br_warn_of_parts(const br_plan *p);

#endif
