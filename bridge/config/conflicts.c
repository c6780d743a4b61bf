/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/config/conflicts.h"

#include <string.h>

#include <cloudevents/alloc.h>

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

/* Transports whose sinks write where their sources read; "-" is two streams. */
static bool can_return(const br_endpoint_plan *from)
{
    static const char *const names[] = { "kafka", "mqtt", "file", "mem" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_transport(from, names[i]))
            return strcmp(ce_settings_scheme(from->settings), "-") != 0;
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

/* A port that the system chooses is another one each time. */
static bool listens_twice(const br_route_plan *a, const br_route_plan *b)
{
    return is_transport(&a->from, "http") &&
           ce_settings_port(a->from.settings, 80) != 0 &&
           is_same_place(&a->from, &b->from);
}

static void check_inboxes(const br_route_plan *a, const br_route_plan *b,
                          br_faults *faults)
{
    char *one = NULL, *two = NULL;

    if (br_route_has_inbox(a) && br_route_has_inbox(b) &&
        br_route_inbox_dir(a, &one, NULL) == CE_OK &&
        br_route_inbox_dir(b, &two, NULL) == CE_OK && !strcmp(one, two))
        report(faults, &b->from, "route \"%s\" has the same inbox", a->name);
    ce_free(one);
    ce_free(two);
}

static void check_pair(const br_route_plan *a, const br_route_plan *b,
                       br_faults *faults)
{
    if (listens_twice(a, b))
        report(faults, &b->from,
               "route \"%s\" listens at the same address and path", a->name);
    check_inboxes(a, b, faults);
}

void br_config_conflicts(const br_plan *plan, br_faults *faults)
{
    for (unsigned i = 0; i < plan->count; i++) {
        check_circle(&plan->routes[i], faults);
        for (unsigned k = 0; k < i; k++)
            check_pair(&plan->routes[k], &plan->routes[i], faults);
    }
}
