/* SPDX-License-Identifier: Apache-2.0 */
/* One route of a configuration. */
#include "bridge/config/route.h"

#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/config/endpoint.h"
#include "bridge/config/filter.h"
#include "bridge/config/keys.h"
#include "bridge/config/request.h"

enum { DEDUP_ENTRIES = 100000, DEDUP_MAX = 10000000 };

static char *copy(const br_node *at, const char *text, br_faults *faults)
{
    char *made = ce_strndup(text, strlen(text));

    if (!made)
        br_fault(faults, at, "out of memory");
    return made;
}

/* --- endpoints --- */

static void plan_sinks(br_route_plan *out, const br_node *to, br_faults *faults)
{
    const br_node *first = to->kind == BR_NODE_LIST ? to->first : to;
    unsigned count = 0;

    for (const br_node *n = first; n; n = to == first ? NULL : n->next)
        count++;
    if (!count) {
        br_fault(faults, to, "\"to\" is empty");
        return;
    }
    out->to = ce_alloc_zeroed(count * sizeof *out->to);
    if (!out->to) {
        br_fault(faults, to, "out of memory");
        return;
    }
    for (const br_node *n = first; n; n = to == first ? NULL : n->next)
        br_config_sink(&out->to[out->sinks++], n, faults);
}

static void plan_ends(br_route_plan *out, const br_node *route,
                      br_faults *faults)
{
    const br_node *from = br_node_find(route, "from");
    const br_node *to = br_node_find(route, "to");
    const br_node *letters = br_node_find(route, "dead_letter");

    if (!from)
        br_fault(faults, route, "route \"%s\" has no \"from\"", route->key);
    else
        br_config_source(&out->from, from, faults);
    if (!to)
        br_fault(faults, route, "route \"%s\" has no \"to\"", route->key);
    else
        plan_sinks(out, to, faults);
    if (letters)
        br_config_sink(&out->dead_letter, letters, faults);
}

/* --- stages --- */

static void plan_edits(ce_edits *out, const br_node *n, br_faults *faults)
{
    ce_error err;

    if (n->kind != BR_NODE_MAP) {
        br_fault(faults, n, "\"%s\" has to be a mapping of attributes", n->key);
        return;
    }
    for (const br_node *i = n->first; i; i = i->next)
        if (br_config_is_text(i, faults) &&
            ce_edits_add(out, i->key, i->text, &err) != CE_OK)
            br_fault(faults, i, "%s: %s", n->key, err.text);
}

static void plan_wrap(br_route_plan *out, const br_node *n, br_faults *faults)
{
    unsigned before = faults->count;
    ce_error err;

    out->wraps = true;
    plan_edits(&out->wrap.attributes, n, faults);
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

    r->given = n != NULL;
    if (n)
        br_config_check_keys(n, table, faults);
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

    out->upgrades =
        strcmp(br_config_text(route, br_route_options, "upgrade", faults),
               "true") == 0;
    if (wrap)
        plan_wrap(out, wrap, faults);
    if (filter)
        out->filter = br_config_filter(filter, faults);
    if (set)
        plan_edits(&out->edits, set, faults);
    if (dedup)
        plan_dedup(out, dedup, faults);
    plan_retry(out, br_node_find(route, "retry"), faults);
}

/* --- what has to fit together --- */

/* Not a topic of our own, but a share of one. */
static bool is_shared(const br_endpoint_plan *from)
{
    return strncmp(ce_settings_path(from->settings), "$share/", 7) == 0;
}

static bool is_webhook(const br_endpoint_plan *to)
{
    return ce_option_find(to->transport->sender_options, "webhook") &&
           ce_settings_boolean(to->settings, "webhook");
}

static bool has_webhook(const br_route_plan *r)
{
    for (unsigned i = 0; i < r->sinks; i++)
        if (is_webhook(&r->to[i]))
            return true;
    return false;
}

static void check_workers(const br_route_plan *r, const br_node *at,
                          br_faults *faults)
{
    const char *kind = r->from.transport->name;

    if (r->workers == 1)
        return;
    if (br_route_has_inbox(r))
        br_fault(faults, at, "workers: %u loops cannot share one inbox",
                 r->workers);
    else if (strcmp(kind, "mqtt") == 0 && !is_shared(&r->from))
        br_fault(faults, at,
                 "workers: %u subscribers would each get every message; "
                 "subscribe to $share/GROUP/TOPIC",
                 r->workers);
    else if (strcmp(kind, "file") == 0)
        br_fault(faults, at, "workers: %u readers would each read the file",
                 r->workers);
    else if (has_webhook(r))
        br_fault(faults, at,
                 "workers: %u senders would each be as fast as the webhook "
                 "allows",
                 r->workers);
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
    out->order =
        strcmp(br_config_text(route, table, "order", faults), "none") == 0
            ? CE_ORDER_NONE
            : CE_ORDER_KEY;
    out->requests =
        strcmp(br_config_text(route, table, "request", faults), "true") == 0;
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
    if (route->kind != BR_NODE_MAP) {
        br_fault(faults, route, "route \"%s\" has to be a mapping", route->key);
        return;
    }
    br_config_check_keys(route, br_route_options, faults);
    plan_ends(out, route, faults);
    plan_stages(out, route, faults);
    plan_rest(out, route, faults);
    if (out->from.settings)
        check_workers(out, workers ? workers : route, faults);
    if (out->requests && faults->count == before)
        br_config_request(out, request, faults);
}
