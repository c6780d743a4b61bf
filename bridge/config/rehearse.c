/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/config/rehearse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bridge/watch/admin.h"

typedef struct rehearsal {
    ce_loop *loop;
    br_faults *faults;
    const br_route_plan *route;
    bool ordered; /* events of ROUTE have an order */
} rehearsal;

static void report(const rehearsal *r, const br_endpoint_plan *e,
                   const char *text)
{
    br_node at = { .line = e->line };

    br_fault(r->faults, &at, "%s", text);
}

/* Options that name a file are called the same in all tables. A client library
 * reads some of them only when it connects. */
static bool can_read(const rehearsal *r, const br_endpoint_plan *e,
                     const ce_option *table)
{
    static const char *const names[] = { "ca", "cert", "key_file",
                                         "password_file", "token_file" };
    bool fine = true;
    ce_error err;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = ce_option_find(table, names[i])
                               ? ce_settings_text(e->settings, names[i])
                               : NULL;

        if (!path || access(path, R_OK) == 0)
            continue;
        ce_fail(&err, CE_EIO, "%s: %.150s: %s", names[i], path,
                strerror(errno));
        report(r, e, err.text);
        fine = false;
    }
    return fine;
}

static void try_source(rehearsal *r, const br_endpoint_plan *e)
{
    const ce_transport *t = e->transport;
    ce_receiver_open_fn *open = r->route->requests ? t->responder : t->receiver;
    ce_endpoint at = { .loop = r->loop,
                       .settings = e->settings,
                       .name = r->route->name,
                       .is_trial = true };
    ce_receiver *made;
    ce_error err;

    if (!can_read(r, e, t->receiver_options))
        return;
    if (open(&made, &at, &err) != CE_OK) {
        report(r, e, err.text);
        return;
    }
    r->ordered = br_route_keeps_order(r->route, made);
    made->ops->close(made);
}

static void try_sink(const rehearsal *r, const br_endpoint_plan *e,
                     ce_sender_open_fn *open)
{
    ce_endpoint at = { .loop = r->loop,
                       .settings = e->settings,
                       .name = r->route->name,
                       .unordered = !r->ordered,
                       .is_trial = true };
    ce_sender *made;
    ce_error err;

    if (!can_read(r, e, e->transport->sender_options))
        return;
    if (open(&made, &at, &err) == CE_OK)
        made->stage.ops->close(&made->stage);
    else
        report(r, e, err.text);
}

static void try_route(rehearsal *r, const br_route_plan *route)
{
    r->route = route;
    r->ordered = true;
    try_source(r, &route->from);
    for (unsigned i = 0; i < route->sinks; i++)
        try_sink(r, &route->to[i],
                 route->requests ? route->to[i].transport->requester
                                 : route->to[i].transport->sender);
    r->ordered = false;
    if (route->dead_letter.transport)
        try_sink(r, &route->dead_letter, route->dead_letter.transport->sender);
}

static void try_admin(const rehearsal *r, const br_plan *plan)
{
    br_node at = { .line = plan->admin_line };
    ce_error err;

    if (plan->admin && br_admin_rehearse(plan->admin, &err) != CE_OK)
        br_fault(r->faults, &at, "admin: %s", err.text);
}

void br_config_rehearse(const br_plan *plan, br_faults *faults)
{
    rehearsal r = { .faults = faults };
    ce_error err;

    if (ce_loop_open(&r.loop, NULL, &err) != CE_OK) {
        br_fault(faults, NULL, "%s", err.text);
        return;
    }
    try_admin(&r, plan);
    for (unsigned i = 0; i < plan->count; i++)
        try_route(&r, &plan->routes[i]);
    ce_loop_close(r.loop);
}
