/* SPDX-License-Identifier: Apache-2.0 */
/* One route of a configuration. */
#include "bridge/config/config.h"

#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

enum { DEDUP_ENTRIES = 100000, DEDUP_MAX = 10000000 };

static char *copy(const ce_node *at, const char *text, ce_faults *faults)
{
    char *made = ce_strndup(text, strlen(text));

    if (!made)
        ce_fault(faults, at, "out of memory");
    return made;
}

/* --- endpoints --- */

static void plan_sinks(ce_route_plan *out, const ce_node *to, ce_faults *faults)
{
    const ce_node *first = to->kind == CE_NODE_LIST ? to->first : to;
    unsigned count = 0;

    for (const ce_node *n = first; n; n = to == first ? NULL : n->next)
        count++;
    if (!count) {
        ce_fault(faults, to, "\"to\" is empty");
        return;
    }
    out->to = ce_alloc_zeroed(count * sizeof *out->to);
    if (!out->to) {
        ce_fault(faults, to, "out of memory");
        return;
    }
    for (const ce_node *n = first; n; n = to == first ? NULL : n->next)
        ce_config_sink(&out->to[out->sinks++], n, faults);
}

static void plan_ends(ce_route_plan *out, const ce_node *route,
                      ce_faults *faults)
{
    const ce_node *from = ce_node_find(route, "from");
    const ce_node *to = ce_node_find(route, "to");
    const ce_node *letters = ce_node_find(route, "dead_letter");

    if (!from)
        ce_fault(faults, route, "route \"%s\" has no \"from\"", route->key);
    else
        ce_config_source(&out->from, from, faults);
    if (!to)
        ce_fault(faults, route, "route \"%s\" has no \"to\"", route->key);
    else
        plan_sinks(out, to, faults);
    if (letters)
        ce_config_sink(&out->dead_letter, letters, faults);
}

/* --- stages --- */

static void plan_edits(ce_edits *out, const ce_node *n, ce_faults *faults)
{
    ce_error err;

    if (n->kind != CE_NODE_MAP) {
        ce_fault(faults, n, "\"%s\" has to be a mapping of attributes", n->key);
        return;
    }
    for (const ce_node *i = n->first; i; i = i->next)
        if (ce_config_is_text(i, faults) &&
            ce_edits_add(out, i->key, i->text, &err) != CE_OK)
            ce_fault(faults, i, "%s: %s", n->key, err.text);
}

static void plan_wrap(ce_route_plan *out, const ce_node *n, ce_faults *faults)
{
    unsigned before = faults->count;
    ce_error err;

    out->wraps = true;
    plan_edits(&out->wrap.attributes, n, faults);
    if (faults->count == before && ce_wrap_check(&out->wrap, &err) != CE_OK)
        ce_fault(faults, n, "wrap: %s", err.text);
}

static void plan_dedup(ce_route_plan *out, const ce_node *n, ce_faults *faults)
{
    static const ce_option row = { "dedup", CE_OPT_INTEGER, NULL, NULL,
                                   0,       DEDUP_MAX,      NULL };
    ce_error err;

    if (!ce_config_is_text(n, faults))
        return;
    if (strcmp(n->text, "true") == 0)
        out->dedup = DEDUP_ENTRIES;
    else if (strcmp(n->text, "false") == 0)
        out->dedup = 0;
    else if (ce_option_check(&row, n->text, &err) == CE_OK)
        out->dedup = (unsigned)strtoul(n->text, NULL, 10);
    else
        ce_fault(faults, n, "%s", err.text);
}

static void plan_retry(ce_route_plan *out, const ce_node *n, ce_faults *faults)
{
    const ce_option *table = ce_retry_options;
    ce_retry_plan *r = &out->retry;

    r->given = n != NULL;
    if (n)
        ce_config_check_keys(n, table, faults);
    r->base_ms = ce_config_ms(n, table, "base", faults);
    r->cap_ms = ce_config_ms(n, table, "cap", faults);
    r->max_age_ms = ce_config_ms(n, table, "max_age", faults);
    r->max_attempts = (unsigned)strtoul(
        ce_config_text(n, table, "max_attempts", faults), NULL, 10);
    if (r->base_ms > r->cap_ms)
        ce_fault(faults, n, "retry: \"base\" is longer than \"cap\"");
}

static void plan_stages(ce_route_plan *out, const ce_node *route,
                        ce_faults *faults)
{
    const ce_node *wrap = ce_node_find(route, "wrap");
    const ce_node *filter = ce_node_find(route, "filter");
    const ce_node *set = ce_node_find(route, "set");
    const ce_node *dedup = ce_node_find(route, "dedup");

    out->upgrades =
        strcmp(ce_config_text(route, ce_route_options, "upgrade", faults),
               "true") == 0;
    if (wrap)
        plan_wrap(out, wrap, faults);
    if (filter)
        out->filter = ce_config_filter(filter, faults);
    if (set)
        plan_edits(&out->edits, set, faults);
    if (dedup)
        plan_dedup(out, dedup, faults);
    plan_retry(out, ce_node_find(route, "retry"), faults);
}

/* --- what has to fit together --- */

/* Not a topic of our own, but a share of one. */
static bool is_shared(const ce_end_plan *from)
{
    return strncmp(ce_settings_path(from->settings), "$share/", 7) == 0;
}

static bool is_webhook(const ce_end_plan *to)
{
    return ce_option_find(to->transport->sender_options, "webhook") &&
           ce_settings_boolean(to->settings, "webhook");
}

static bool has_webhook(const ce_route_plan *r)
{
    for (unsigned i = 0; i < r->sinks; i++)
        if (is_webhook(&r->to[i]))
            return true;
    return false;
}

static void check_workers(const ce_route_plan *r, const ce_node *at,
                          ce_faults *faults)
{
    const char *kind = r->from.transport->name;

    if (r->workers == 1)
        return;
    if (ce_route_has_inbox(r))
        ce_fault(faults, at, "workers: %u loops cannot share one inbox",
                 r->workers);
    else if (strcmp(kind, "mqtt") == 0 && !is_shared(&r->from))
        ce_fault(faults, at,
                 "workers: %u subscribers would each get every message; "
                 "subscribe to $share/GROUP/TOPIC",
                 r->workers);
    else if (strcmp(kind, "file") == 0)
        ce_fault(faults, at, "workers: %u readers would each read the file",
                 r->workers);
    else if (has_webhook(r))
        ce_fault(faults, at,
                 "workers: %u senders would each be as fast as the webhook "
                 "allows",
                 r->workers);
}

static void plan_rest(ce_route_plan *out, const ce_node *route,
                      ce_faults *faults)
{
    const ce_option *table = ce_route_options;
    const ce_node *inbox = ce_node_find(route, "inbox");

    if (inbox && ce_config_is_text(inbox, faults)) {
        if (!inbox->text[0])
            ce_fault(faults, inbox, "\"inbox\" names no directory");
        out->inbox = copy(inbox, inbox->text, faults);
    }
    out->order =
        strcmp(ce_config_text(route, table, "order", faults), "none") == 0
            ? CE_ORDER_NONE
            : CE_ORDER_KEY;
    out->requests =
        strcmp(ce_config_text(route, table, "request", faults), "true") == 0;
    out->workers = (unsigned)strtoul(
        ce_config_text(route, table, "workers", faults), NULL, 10);
}

void ce_config_route(ce_route_plan *out, const ce_node *route,
                     ce_faults *faults)
{
    const ce_node *workers = ce_node_find(route, "workers");
    const ce_node *request = ce_node_find(route, "request");
    unsigned before = faults->count;

    out->name = copy(route, route->key, faults);
    out->state = copy(route, route->key, faults);
    if (route->kind != CE_NODE_MAP) {
        ce_fault(faults, route, "route \"%s\" has to be a mapping", route->key);
        return;
    }
    ce_config_check_keys(route, ce_route_options, faults);
    plan_ends(out, route, faults);
    plan_stages(out, route, faults);
    plan_rest(out, route, faults);
    if (out->from.settings)
        check_workers(out, workers ? workers : route, faults);
    if (out->requests && faults->count == before)
        ce_config_request(out, request, faults);
}
