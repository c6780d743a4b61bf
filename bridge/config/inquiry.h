/* SPDX-License-Identifier: Apache-2.0 */
/* What the peers of a configuration say. */
#ifndef CE_BRIDGE_CONFIG_INQUIRY_H
#define CE_BRIDGE_CONFIG_INQUIRY_H

#include "bridge/run/plan.h"

/* Of one endpoint. */
typedef struct br_answer {
    const br_route_plan *route;
    const br_endpoint_plan *at;
    const char *part; /* "from", "to" or "dead_letter" */
    ce_role role;
    ce_status status; /* CE_ENOTSUP: it has no peer */
    ce_error why;
} br_answer;

typedef struct br_inquiry {
    br_answer *answers; /* in the order of the configuration */
    unsigned count;
} br_inquiry;

/* Asks the peers of a plan without faults, several at once, each for TIMEOUT_MS
 * at most; blocks. Free OUT in either case. */
ce_status br_inquire(br_inquiry *out, const br_plan *plan, uint64_t timeout_ms,
                     ce_error *err);
void br_inquiry_free(br_inquiry *i);

#endif
