/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/config/conflicts.h"

#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/config/listeners.h"

static void report(br_faults *faults, const br_endpoint_plan *e,
                   const char *text, const char *name)
{
    br_node at = { .line = e->line };

    br_fault(faults, &at, text, name);
}

static bool is_same_place(const br_endpoint_plan *a, const br_endpoint_plan *b)
{
    return a->transport == b->transport &&
           !strcmp(ce_settings_authority(a->settings),
                   ce_settings_authority(b->settings)) &&
           !strcmp(ce_settings_path(a->settings),
                   ce_settings_path(b->settings));
}

static bool is_transport(const br_endpoint_plan *e, const char *name)
{
    return !strcmp(e->transport->name, name);
}

/* --- one route --- */

/* "-" and "file:-", which are two streams. */
static bool is_standard(const br_endpoint_plan *e)
{
    return is_transport(e, "file") &&
           !strcmp(ce_settings_path(e->settings), "-");
}

/* Transports whose sinks write where their sources read. */
static bool can_return(const br_endpoint_plan *from)
{
    static const char *const names[] = { "kafka", "mqtt", "file", "mem" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_transport(from, names[i]))
            return !is_standard(from);
    return false;
}

static void check_circle(const br_route_plan *r, br_faults *faults)
{
    if (!can_return(&r->from))
        return;
    for (unsigned i = 0; i < r->sinks; i++)
        if (is_same_place(&r->from, &r->to[i]))
            report(faults, &r->to[i],
                   "route \"%s\" sends to its own source: every event would "
                   "come again without end",
                   r->name);
}

/* --- two routes --- */

/* The inbox of a route. */
typedef struct holding {
    char *inbox;
    const br_route_plan *route;
} holding;

static char *inbox_of(const br_route_plan *r)
{
    char *dir = NULL;

    if (br_route_has_inbox(r) && br_route_inbox_dir(r, &dir, NULL) != CE_OK)
        return NULL;
    return dir;
}

/* Equal ones in the order of their routes. */
static int compare(const void *a, const void *b)
{
    const holding *x = a, *y = b;
    int order = strcmp(x->inbox, y->inbox);

    if (order)
        return order;
    return x->route < y->route ? -1 : x->route > y->route;
}

static void check_inboxes(const br_plan *plan, br_faults *faults)
{
    holding *all = ce_alloc_zeroed((plan->count + 1) * sizeof *all);
    unsigned len = 0;

    if (!all) {
        br_fault(faults, NULL, "out of memory");
        return;
    }
    for (unsigned i = 0; i < plan->count; i++) {
        all[len] = (holding){ inbox_of(&plan->routes[i]), &plan->routes[i] };
        len += all[len].inbox != NULL;
    }
    qsort(all, len, sizeof *all, compare);
    for (unsigned i = 1; i < len; i++)
        if (strcmp(all[i - 1].inbox, all[i].inbox) == 0)
            report(faults, &all[i].route->from,
                   "route \"%s\" has the same inbox", all[i - 1].route->name);
    for (unsigned i = 0; i < len; i++)
        ce_free(all[i].inbox);
    ce_free(all);
}

void br_config_conflicts(const br_plan *plan, br_faults *faults)
{
    for (unsigned i = 0; i < plan->count; i++)
        check_circle(&plan->routes[i], faults);
    br_config_listeners(plan, faults);
    check_inboxes(plan, faults);
}
