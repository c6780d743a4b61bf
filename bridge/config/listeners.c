/* SPDX-License-Identifier: Apache-2.0 */
/* Routes are sorted by port, host and path, and stand at their health_path once
 * more. Each is compared with the first of its port, where one for all hosts
 * would be, and with the one before it: what has to be the same in neighbours
 * is the same in all, and equal paths are neighbours. */
#include "bridge/config/listeners.h"

#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bindings/http/sharing.h"
#include "bridge/watch/admin.h"

static const ce_settings *from(const br_route_plan *r)
{
    return r->from.settings;
}

static unsigned port_of(const br_route_plan *r)
{
    return ce_http_source_port(from(r));
}

/* A path that a route answers at: its own, or its health_path. */
typedef struct claim {
    const br_route_plan *route;
    const char *path;
    bool is_health;
} claim;

static int compare_places(const claim *a, const claim *b)
{
    const ce_settings *x = from(a->route), *y = from(b->route);
    int order = port_of(a->route) < port_of(b->route)
                    ? -1
                    : port_of(a->route) > port_of(b->route);

    if (!order)
        order = strcmp(ce_http_source_host(x), ce_http_source_host(y));
    return order ? order : strcmp(a->path, b->path);
}

/* Equal ones in the order of their routes. */
static int compare(const void *a, const void *b)
{
    const claim *x = a, *y = b;
    int order = compare_places(x, y);

    return order ? order : x->route < y->route ? -1 : x->route > y->route;
}

static void report(const br_route_plan *a, const br_route_plan *b,
                   const char *why, br_faults *faults)
{
    br_node at = { .line = b->from.line };

    if (!strcmp(ce_settings_path(from(a)), ce_settings_path(from(b))))
        br_fault(faults, &at,
                 "route \"%s\" listens at the same address and path", a->name);
    else
        br_fault(faults, &at,
                 "route \"%s\" in line %u listens at the same address: %s",
                 a->name, a->from.line, why);
}

/* Whether they cannot share their address. A loop that has only one of them
 * would not know the path of the other. */
static bool clash(const br_route_plan *a, const br_route_plan *b,
                  br_faults *faults)
{
    const ce_transport *t = a->from.transport;
    const char *why = NULL;
    ce_error err;
    ce_status status;

    if (a == b || t != b->from.transport)
        return false;
    status = t->share(from(a), from(b), &err);
    if (status != CE_OK && status != CE_ENOENT)
        why = err.text;
    else if (status == CE_OK && a->workers != b->workers)
        why = "workers has to be the same";
    if (why)
        report(a < b ? a : b, a < b ? b : a, why, faults);
    return why;
}

/* Whether the paths of two routes are one. */
static bool meet(const claim *a, const claim *b)
{
    return a->route != b->route && !compare_places(a, b);
}

static void check_all(const claim *all, unsigned len, br_faults *faults)
{
    const br_route_plan *first = NULL, *before = NULL;

    for (const claim *c = all; c < all + len; c++) {
        if (!first || port_of(c->route) != port_of(first))
            first = before = c->route;
        else if (meet(c - 1, c))
            clash(c[-1].route, c->route, faults);
        else if (!c->is_health && !clash(first, c->route, faults) &&
                 before != first)
            clash(before, c->route, faults);
        if (!c->is_health)
            before = c->route;
    }
}

/* The admin endpoint shares with nobody. */
static void check_admin(const ce_settings *admin, const br_route_plan *r,
                        br_faults *faults)
{
    unsigned port = admin ? br_admin_port(admin) : 0;
    br_node at = { .line = r->from.line };

    if (port && port == port_of(r) && ce_http_hosts_overlap(admin, from(r)))
        br_fault(faults, &at, "\"admin\" listens at the same address");
}

static unsigned list(claim *out, const br_plan *plan)
{
    unsigned len = 0;

    for (unsigned i = 0; i < plan->count; i++) {
        const br_route_plan *r = &plan->routes[i];
        const char *health;

        if (!r->from.transport->share)
            continue;
        health = ce_settings_text(from(r), "health_path");
        out[len++] = (claim){ r, ce_settings_path(from(r)), false };
        if (health && *health == '/')
            out[len++] = (claim){ r, health + 1, true };
    }
    return len;
}

void br_config_listeners(const br_plan *plan, br_faults *faults)
{
    claim *all = ce_alloc_zeroed((plan->count * 2 + 1) * sizeof *all);
    unsigned len;

    if (!all) {
        br_fault(faults, NULL, "out of memory");
        return;
    }
    len = list(all, plan);
    qsort(all, len, sizeof *all, compare);
    check_all(all, len, faults);
    for (unsigned i = 0; i < len; i++)
        if (!all[i].is_health)
            check_admin(plan->admin, all[i].route, faults);
    ce_free(all);
}
