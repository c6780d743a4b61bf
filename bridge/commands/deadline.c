/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/commands/deadline.h"

#include <inttypes.h>
#include <stdio.h>

/* The URI's own timeout is closer to the sink, so it wins. What is longer or
 * shorter than the option can be is left to the retries. */
static void limit_sink(br_endpoint_plan *to, uint64_t ms, br_faults *faults)
{
    const ce_option *o =
        ce_option_find(to->transport->sender_options, "timeout");
    char text[32];
    ce_error err;

    if (!o || o->type != CE_OPT_TIME || ce_settings_has(to->settings, o->name))
        return;
    if (ms < (uint64_t)o->min)
        ms = (uint64_t)o->min;
    if (o->max && ms > (uint64_t)o->max)
        ms = (uint64_t)o->max;
    snprintf(text, sizeof text, "%" PRIu64 "ms", ms);
    if (ce_settings_set(to->settings, o->name, text, &err) != CE_OK)
        br_fault(faults, NULL, "--%s", err.text);
}

/* Pauses stay at a second, and time is the limit, not a number of attempts. */
void br_deadline_set(br_route_plan *r, uint64_t ms, br_faults *faults)
{
    r->retry.given = true;
    r->retry.cap_ms = 1000;
    r->retry.max_age_ms = ms;
    for (unsigned i = 0; i < r->sinks; i++)
        limit_sink(&r->to[i], ms, faults);
}
