/* SPDX-License-Identifier: Apache-2.0 */
/* One route of a configuration. */
#include "bridge/config/route.h"

#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/config/endpoint.h"
#include "bridge/config/filter.h"
#include "bridge/config/keys.h"
#include "bridge/config/mark.h"
#include "bridge/config/request.h"
#include "bridge/config/statuses.h"
#include "core/transport/terms.h"

/* An entry is source and id with some 30 bytes beside them, about 100 bytes:
 * "true" takes some 10 MB, the most about 1 GB. */
enum { DEDUP_ENTRIES = 100000, DEDUP_MAX = 10000000 };

static char *copy(const br_node *at, const char *text, br_faults *faults)
{
    char *made = ce_strndup(text, strlen(text));

    if (!made)
        br_fault(faults, at, "out of memory");
    return made;
}

static bool is_set_to(const br_node *route, const char *key, const char *value,
                      br_faults *faults)
{
    return strcmp(br_config_text(route, br_route_options, key, faults),
                  value) == 0;
}

/* --- endpoints --- */

/* NAMES has those of the sinks before. */
static void check_name(br_node *names, const char *name, const br_node *at,
                       br_faults *faults)
{
    if (!name)
        return;
    if (br_node_find(names, name))
        br_fault(faults, at, "two sinks have the name \"%s\"", name);
    else if (!br_node_add(names, name,
                          br_node_new(BR_NODE_SCALAR, NULL, at->line)))
        br_fault(faults, at, "out of memory");
}

static void plan_sink_list(br_route_plan *out, const br_node *list, bool traces,
                           br_faults *faults)
{
    unsigned count = br_node_count(list);
    br_node *names;

    if (!count) {
        br_fault(faults, list, "\"to\" is empty");
        return;
    }
    out->to = ce_alloc_zeroed(count * sizeof *out->to);
    names = br_node_new(BR_NODE_MAP, NULL, list->line);
    if (!out->to || !names) {
        br_fault(faults, list, "out of memory");
        br_node_free(names);
        return;
    }
    for (const br_node *n = list->first; n; n = n->next) {
        br_endpoint_plan *sink = &out->to[out->sinks++];

        br_config_sink(sink, n, traces, faults);
        check_name(names, sink->name, n, faults);
    }
    br_node_free(names);
}

static void plan_single_sink(br_route_plan *out, const br_node *to, bool traces,
                             br_faults *faults)
{
    out->to = ce_alloc_zeroed(sizeof *out->to);
    if (!out->to) {
        br_fault(faults, to, "out of memory");
        return;
    }
    out->sinks = 1;
    br_config_sink(&out->to[0], to, traces, faults);
}

static void plan_sinks(br_route_plan *out, const br_node *to, bool traces,
                       br_faults *faults)
{
    if (to->kind == BR_NODE_LIST)
        plan_sink_list(out, to, traces, faults);
    else
        plan_single_sink(out, to, traces, faults);
}

static void plan_ends(br_route_plan *out, const br_node *route,
                      br_faults *faults)
{
    const br_node *from = br_node_find(route, "from");
    const br_node *to = br_node_find(route, "to");
    const br_node *letters = br_node_find(route, "dead_letter");
    bool traces = is_set_to(route, "trace", "true", faults);

    if (!from)
        br_fault(faults, route, "route \"%s\" has no \"from\"", route->key);
    else
        br_config_source(&out->from, from, traces, faults);
    out->traces = out->from.settings &&
                  ce_traces_are_taken(out->from.transport, out->from.settings);
    if (!to)
        br_fault(faults, route, "route \"%s\" has no \"to\"", route->key);
    else
        plan_sinks(out, to, traces, faults);
    if (letters)
        br_config_sink(&out->dead_letter, letters, traces, faults);
}

/* --- stages --- */

typedef ce_status add_edit_fn(ce_edits *edits, const char *name,
                              const char *value, ce_error *err);

static void plan_edits(ce_edits *out, const br_node *n, add_edit_fn *add,
                       br_faults *faults)
{
    ce_error err;

    if (n->kind != BR_NODE_MAP) {
        br_fault(faults, n, "\"%s\" has to be a mapping of attributes", n->key);
        return;
    }
    for (const br_node *i = n->first; i; i = i->next)
        if (br_config_is_text(i, faults) &&
            add(out, i->key, i->text, &err) != CE_OK)
            br_fault(faults, i, "%s: %s", n->key, err.text);
}

static void plan_wrap(br_route_plan *out, const br_node *n, br_faults *faults)
{
    unsigned before = faults->count;
    ce_error err;

    out->wraps = true;
    plan_edits(&out->wrap.attributes, n, ce_wrap_add, faults);
    if (faults->count == before && ce_wrap_check(&out->wrap, &err) != CE_OK)
        br_fault(faults, n, "wrap: %s", err.text);
}

static void plan_dedup(br_route_plan *out, const br_node *n, br_faults *faults)
{
    static const ce_option row = { "dedup", CE_OPT_INTEGER, NULL, NULL,
                                   0,       DEDUP_MAX,      NULL };
    ce_error err;

    if (!br_config_is_text(n, faults))
        return;
    if (strcmp(n->text, "true") == 0)
        out->dedup = DEDUP_ENTRIES;
    else if (strcmp(n->text, "false") == 0)
        out->dedup = 0;
    else if (ce_option_check(&row, n->text, &err) == CE_OK)
        out->dedup = (unsigned)strtoul(n->text, NULL, 10);
    else
        br_fault(faults, n, "%s", err.text);
}

static void plan_retry(br_route_plan *out, const br_node *n, br_faults *faults)
{
    const ce_option *table = br_retry_options;
    br_retry_plan *r = &out->retry;
    const br_node *statuses;

    if (n)
        br_config_check_keys(n, table, faults);
    statuses = n ? br_node_find(n, "statuses") : NULL;
    if (statuses)
        br_config_statuses(r, statuses, faults);
    r->given = n && !(statuses && n->first == statuses && !statuses->next);
    r->base_ms = br_config_ms(n, table, "base", faults);
    r->cap_ms = br_config_ms(n, table, "cap", faults);
    r->max_age_ms = br_config_ms(n, table, "max_age", faults);
    r->max_attempts = (unsigned)strtoul(
        br_config_text(n, table, "max_attempts", faults), NULL, 10);
    if (r->base_ms > r->cap_ms)
        br_fault(faults, n, "retry: \"base\" is longer than \"cap\"");
}

static void plan_stages(br_route_plan *out, const br_node *route,
                        br_faults *faults)
{
    const br_node *wrap = br_node_find(route, "wrap");
    const br_node *filter = br_node_find(route, "filter");
    const br_node *set = br_node_find(route, "set");
    const br_node *dedup = br_node_find(route, "dedup");

    out->upgrades = is_set_to(route, "upgrade", "true", faults);
    if (wrap)
        plan_wrap(out, wrap, faults);
    if (filter)
        out->filter = br_config_filter(filter, faults);
    if (set)
        plan_edits(&out->edits, set, ce_edits_add, faults);
    if (dedup)
        plan_dedup(out, dedup, faults);
    plan_retry(out, br_node_find(route, "retry"), faults);
}

/* --- what has to fit together --- */

/* Why one of the endpoints must not be there once a worker; NULL: it may. */
static const char *alone_because(const br_route_plan *r)
{
    ce_role from = r->requests ? CE_ROLE_RESPONDER : CE_ROLE_RECEIVER;
    ce_role to = r->requests ? CE_ROLE_REQUESTER : CE_ROLE_SENDER;
    const char *why;

    /* The inbox locks its directory. */
    if (br_route_has_inbox(r))
        return "loops cannot share one inbox";
    why = ce_alone_because(r->from.transport, from, r->from.settings);
    for (unsigned i = 0; i < r->sinks && !why; i++)
        if (r->to[i].settings)
            why = ce_alone_because(r->to[i].transport, to, r->to[i].settings);
    if (!why && r->dead_letter.settings)
        why = ce_alone_because(r->dead_letter.transport, CE_ROLE_SENDER,
                               r->dead_letter.settings);
    return why;
}

static void check_workers(const br_route_plan *r, const br_node *at,
                          br_faults *faults)
{
    const char *why = r->workers > 1 ? alone_because(r) : NULL;

    if (why)
        br_fault(faults, at, "workers: %u %s", r->workers, why);
}

static void check_wrap(const br_route_plan *r, const br_node *from,
                       br_faults *faults)
{
    if (!r->wraps && ce_needs_wrap(r->from.transport, r->from.settings))
        br_fault(faults, from,
                 "lines=text: a line is no event, and the route has no "
                 "\"wrap\" that makes one of it");
}

static void plan_rest(br_route_plan *out, const br_node *route,
                      br_faults *faults)
{
    const ce_option *table = br_route_options;
    const br_node *inbox = br_node_find(route, "inbox");

    if (inbox && br_config_is_text(inbox, faults)) {
        if (!inbox->text[0])
            br_fault(faults, inbox, "\"inbox\" names no directory");
        out->inbox = copy(inbox, inbox->text, faults);
    }
    out->max_refused_bytes =
        br_config_bytes(route, table, "inbox_refused", faults);
    out->salvages = is_set_to(route, "inbox_damaged", "salvage", faults);
    out->order = CE_ORDER_KEY;
    if (is_set_to(route, "order", "none", faults))
        out->order = CE_ORDER_NONE;
    out->requests = is_set_to(route, "request", "true", faults);
    out->workers = (unsigned)strtoul(
        br_config_text(route, table, "workers", faults), NULL, 10);
}

void br_config_route(br_route_plan *out, const br_node *route,
                     br_faults *faults)
{
    const br_node *workers = br_node_find(route, "workers");
    const br_node *request = br_node_find(route, "request");
    unsigned before = faults->count;

    out->name = copy(route, route->key, faults);
    out->state = copy(route, route->key, faults);
    out->mark = br_config_mark(route);
    out->line = route->line;
    if (route->kind != BR_NODE_MAP) {
        br_fault(faults, route, "route \"%s\" has to be a mapping", route->key);
        return;
    }
    br_config_check_keys(route, br_route_options, faults);
    plan_ends(out, route, faults);
    plan_stages(out, route, faults);
    plan_rest(out, route, faults);
    if (out->from.settings) {
        check_wrap(out, br_node_find(route, "from"), faults);
        check_workers(out, workers ? workers : route, faults);
    }
    /* It looks at both ends: they must be complete. */
    if (out->requests && faults->count == before)
        br_config_request(out, request, faults);
}
