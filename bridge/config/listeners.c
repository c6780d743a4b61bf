/* SPDX-License-Identifier: Apache-2.0 */
/* Routes are sorted by port, host and path. Each is compared with the first of
 * its port, where one for all hosts would be, and with the one before it: what
 * has to be the same in neighbours is the same in all, and equal paths are
 * neighbours. */
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

/* Equal ones in the order of their routes. */
static int compare(const void *a, const void *b)
{
    const br_route_plan *x = *(const br_route_plan *const *)a;
    const br_route_plan *y = *(const br_route_plan *const *)b;
    int order = port_of(x) < port_of(y) ? -1 : port_of(x) > port_of(y);

    if (!order)
        order = strcmp(ce_settings_host(from(x)), ce_settings_host(from(y)));
    if (!order)
        order = strcmp(ce_settings_path(from(x)), ce_settings_path(from(y)));
    return order ? order : x < y ? -1 : x > y;
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

    if (t != b->from.transport)
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

static void check_all(const br_route_plan *const *all, unsigned len,
                      br_faults *faults)
{
    unsigned first = 0;

    for (unsigned i = 1; i < len; i++) {
        if (port_of(all[i]) != port_of(all[first]))
            first = i;
        else if (!clash(all[first], all[i], faults) && i - 1 > first)
            clash(all[i - 1], all[i], faults);
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

void br_config_listeners(const br_plan *plan, br_faults *faults)
{
    const br_route_plan **all =
        ce_alloc_zeroed((plan->count + 1) * sizeof *all);
    unsigned len = 0;

    if (!all) {
        br_fault(faults, NULL, "out of memory");
        return;
    }
    for (unsigned i = 0; i < plan->count; i++)
        if (plan->routes[i].from.transport->share)
            all[len++] = &plan->routes[i];
    qsort(all, len, sizeof *all, compare);
    check_all(all, len, faults);
    for (unsigned i = 0; i < len; i++)
        check_admin(plan->admin, all[i], faults);
    ce_free(all);
}
