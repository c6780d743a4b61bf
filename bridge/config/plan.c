/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at the top of a configuration. */
#include "bridge/config/plan.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "bridge/config/conflicts.h"
#include "bridge/config/keys.h"
#include "bridge/config/mark.h"
#include "bridge/config/route.h"
#include "bridge/config/settings.h"
#include "bridge/config/yaml.h"
#include "bridge/watch/admin.h"

/* Of what is no URI the parser would say little. A password may stand before an
 * '@'. */
static bool is_place(const br_node *uri, br_faults *faults)
{
    bool is_shown = !strchr(uri->text, '@');

    if (strstr(uri->text, "://") || strncmp(uri->text, "unix:", 5) == 0)
        return true;
    br_fault(faults, uri,
             "admin: %s%s%s has to look like http://HOST:PORT or unix:PATH",
             is_shown ? "\"" : "", is_shown ? uri->text : "it",
             is_shown ? "\"" : "");
    return false;
}

static void plan_admin(br_plan *out, const br_node *n, br_faults *faults)
{
    const br_node *uri = n ? br_config_uri(n, faults) : NULL;
    unsigned before = faults->count;
    ce_error err;

    if (!uri || uri->is_faulty || !is_place(uri, faults))
        return;
    out->admin_line = n->line;
    out->admin_mark = br_config_mark(n);
    out->admin =
        br_config_settings(n, br_admin_options, CE_URI_STRICT, NULL, faults);
    if (faults->count == before && br_admin_check(out->admin, &err) != CE_OK)
        br_fault(faults, n, "admin: %s", err.text);
}

static bool is_log_format(const br_node *n)
{
    const ce_option *format = ce_option_find(br_log_options, "format");

    return n->kind == BR_NODE_SCALAR &&
           ce_option_check(format, n->text, NULL) == CE_OK;
}

/* A word is the level. */
static void plan_log(br_plan *out, const br_node *tree, br_faults *faults)
{
    const br_node *log = br_node_find(tree, "log");
    const ce_option *table = br_log_options;
    const char *level;

    if (log && log->kind == BR_NODE_MAP) {
        br_config_check_keys(log, table, faults);
        level = br_config_text(log, table, "level", faults);
        out->log_form =
            br_config_log_form(br_config_text(log, table, "format", faults));
    } else if (log && is_log_format(log)) {
        br_fault(faults, log,
                 "log: \"%s\" is a format: write log: { format: %s }",
                 log->text, log->text);
        return;
    } else {
        level = br_config_text(tree, br_top_options, "log", faults);
    }
    out->log = br_config_level(level);
}

/* It names a directory and stands in metrics and log lines. */
static bool is_name(const char *text)
{
    return text[0] && text[0] != '.' && strlen(text) <= 100 &&
           strspn(text,
                  "abcdefghijklmnopqrstuvwxyz"
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(text);
}

static void plan_routes(br_plan *out, const br_node *routes, br_faults *faults)
{
    out->routes = ce_alloc_zeroed(br_node_count(routes) * sizeof *out->routes);
    if (!out->routes) {
        br_fault(faults, routes, "out of memory");
        return;
    }
    for (const br_node *n = routes->first; n; n = n->next) {
        if (!is_name(n->key))
            br_fault(faults, n,
                     "route \"%s\": a name is made of letters, digits, "
                     "'-', '_' and '.'",
                     n->key);
        out->routes[out->count].file = out->file;
        br_config_route(&out->routes[out->count++], n, faults);
    }
}

void br_config_plan(br_plan *out, const br_node *tree, br_faults *faults)
{
    const br_node *routes = br_node_find(tree, "routes");

    br_config_check_keys(tree, br_top_options, faults);
    if (faults->file)
        out->file = ce_strndup(faults->file, strlen(faults->file));
    if (faults->file && !out->file)
        br_fault(faults, NULL, "out of memory");
    plan_admin(out, br_node_find(tree, "admin"), faults);
    out->grace_ms = br_config_ms(tree, br_top_options, "grace", faults);
    plan_log(out, tree, faults);
    if (routes && routes->kind == BR_NODE_LIST)
        br_fault(faults, routes,
                 "\"routes\" is a list: each route has a name instead, as in "
                 "\"ingest: { from: ..., to: ... }\"");
    else if (!routes || routes->kind != BR_NODE_MAP || !routes->first)
        br_fault(faults, routes, "there are no routes below \"routes\"");
    else
        plan_routes(out, routes, faults);
    if (!faults->count)
        br_config_conflicts(out, faults);
}

void br_config_load(br_plan *out, const char *path, br_faults *faults)
{
    br_node *tree = br_config_read(path, faults);

    if (tree)
        br_config_plan(out, tree, faults);
    br_node_free(tree);
}
