/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/config/conflicts.h"

#include "bridge/config/listeners.h"
#include "bridge/run/clashes.h"

/* --- one route --- */

static ce_overlap overlap_of(const br_endpoint_plan *from,
                             const br_endpoint_plan *to)
{
    if (to->transport != from->transport || !to->transport->returns)
        return CE_APART;
    return to->transport->returns(from->settings, to->settings);
}

/* Who reads all of "a/#" and writes "a/b" may have a filter against that. What
 * is sent to the very place that it came from never needs to be. */
static void check_circle(const br_route_plan *r, const br_endpoint_plan *sink,
                         const char *what, bool may_end, br_faults *faults)
{
    ce_overlap overlap = overlap_of(&r->from, sink);
    br_node at = { .line = sink->line };

    if (overlap == CE_APART || (overlap == CE_AMONG && may_end))
        return;
    br_fault(faults, &at,
             "route \"%s\" sends %s its own source: every event would come "
             "again without end",
             r->name, what);
}

static void check_circles(const br_route_plan *r, br_faults *faults)
{
    for (unsigned i = 0; i < r->sinks; i++)
        check_circle(r, &r->to[i], "to", r->filter || r->dedup, faults);
    check_circle(r, &r->dead_letter, "dead letters to", r->dedup, faults);
}

/* --- two endpoints --- */

static br_node place_of(const br_claim *c)
{
    return (br_node){ .line = c->at->line };
}

static void refuse_name(void *arg, const br_claim *earlier,
                        const br_claim *later)
{
    const br_node at = place_of(later);

    br_fault(arg, &at,
             "route \"%s\" has the same %.*s: only one can have it, for two "
             "would take the place, or the events, of each other",
             earlier->route->name, (int)later->text.len, later->text.ptr);
}

/* Without filters each event arrives, if only at one of them. */
static void refuse_part(void *arg, const br_claim *earlier,
                        const br_claim *later)
{
    const br_node at = place_of(later);

    if (!earlier->route->filter && !later->route->filter)
        return;
    br_fault(arg, &at,
             "route \"%s\" shares %.*s: each event comes to one of the two "
             "only, and is lost if the filter there drops it; give each a "
             "group of its own",
             earlier->route->name, (int)later->text.len, later->text.ptr);
}

static void refuse_inbox(void *arg, const br_claim *earlier,
                         const br_claim *later)
{
    const br_node at = place_of(later);

    br_fault(arg, &at, "route \"%s\" has the same inbox", earlier->route->name);
}

void br_config_conflicts(const br_plan *plan, br_faults *faults)
{
    for (unsigned i = 0; i < plan->count; i++)
        check_circles(&plan->routes[i], faults);
    br_config_listeners(plan, faults);
    if (br_clashes_of_inboxes(plan, refuse_inbox, faults) != CE_OK ||
        br_clashes_of_names(plan, refuse_name, faults) != CE_OK ||
        br_clashes_of_parts(plan, refuse_part, faults) != CE_OK)
        br_fault(faults, NULL, "out of memory");
}
