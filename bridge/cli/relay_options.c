/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a configuration of a command line: the same tree as a file's, and so
 * the same checks and the same errors. */
#include "bridge/cli/relay_options.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/settings/state.h"
#include "bridge/config/keys.h"
#include "bridge/config/plan.h"

enum { ROWS = 40, NAME = 32 };

static const ce_option own[] = {
    { "wrap.", CE_OPT_FAMILY, NULL, NULL, 0, 0,
      "--wrap.type T, --wrap.source S, ...: make plain messages events" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    { "log_format", CE_OPT_CHOICE, "text", "text|json|journal", 0, 0,
      "how it is written" },
    CE_OPTION_END,
};

static bool is_mapping(const char *name)
{
    return strcmp(name, "wrap") == 0 || strcmp(name, "retry") == 0;
}

static bool is_elsewhere(const char *name)
{
    static const char *const names[] = { "from", "to", "routes", "log" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return is_mapping(name);
}

static ce_option *add_rows(ce_option *to, const ce_option *from)
{
    for (; from->name; from++)
        if (!is_elsewhere(from->name))
            *to++ = *from;
    return to;
}

const ce_option *br_relay_options(void)
{
    static ce_option rows[ROWS];
    static char names[8][NAME];
    ce_option *row = rows;
    unsigned n = 0;

    row = add_rows(row, br_route_options);
    for (const ce_option *o = br_retry_options; o->name; o++, n++) {
        snprintf(names[n], NAME, "retry.%s", o->name);
        *row = *o;
        row++->name = names[n];
    }
    row = add_rows(row, own);
    row = add_rows(row, br_top_options);
    *row = (ce_option)CE_OPTION_END;
    return rows;
}

/* --- the tree --- */

static br_node *scalar(const char *text, const char *place)
{
    br_node *n = br_node_new(BR_NODE_SCALAR, text, 0);

    if (n)
        n->place = place;
    return n;
}

/* The mapping KEY of MAP, made if need be. */
static br_node *submap(br_node *map, const char *key, const char *place)
{
    br_node *n = (br_node *)br_node_find(map, key);

    if (n)
        return n;
    n = br_node_new(BR_NODE_MAP, NULL, 0);
    if (n)
        n->place = place;
    return br_node_add(map, key, n) ? n : NULL;
}

static bool put(br_node *map, const char *key, const char *text,
                const br_arg *a, br_faults *faults)
{
    if (br_node_find(map, key)) {
        br_fault(faults, NULL, "%s is given twice", a->place);
        return true;
    }
    return br_node_add(map, key, scalar(text, a->place));
}

/* --set NAME=TEMPLATE */
static bool put_edit(br_node *route, const br_arg *a, br_faults *faults)
{
    br_node *set = submap(route, "set", a->place);
    ce_slice name;
    const char *value = br_arg_pair(a, &name, faults);
    char *key;
    bool is_put;

    if (!value)
        return true;
    key = ce_strndup(name.ptr, name.len);
    is_put = key && set && put(set, key, value, a, faults);
    ce_free(key);
    return is_put;
}

static bool put_option(br_node *root, br_node *route, const br_arg *a,
                       br_faults *faults)
{
    const char *dot = strchr(a->name, '.');
    br_node *map;
    char key[NAME];

    if (strcmp(a->name, "set") == 0)
        return put_edit(route, a, faults);
    if (strncmp(a->name, "log_", 4) == 0) {
        map = submap(root, "log", a->place);
        return map && put(map, a->name + 4, a->value, a, faults);
    }
    if (ce_option_find(br_top_options, a->name))
        return put(root, a->name, a->value, a, faults);
    if (!dot)
        return put(route, a->name, a->value, a, faults);
    snprintf(key, sizeof key, "%.*s", (int)(dot - a->name), a->name);
    map = submap(route, key, a->place);
    return map && put(map, dot + 1, a->value, a, faults);
}

static bool put_ends(br_node *route, const char *source,
                     const char *const *sinks, unsigned count)
{
    br_node *to = br_node_new(BR_NODE_LIST, NULL, 0);

    if (to)
        to->place = "SINK";
    if (!br_node_add(route, "from", scalar(source, "SOURCE")) ||
        !br_node_add(route, "to", to))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!br_node_add(to, NULL, scalar(sinks[i], "SINK")))
            return false;
    return true;
}

static bool put_all(br_node *root, const br_args *args, const char *source,
                    const char *const *sinks, unsigned count, br_faults *faults)
{
    br_node *routes = submap(root, "routes", NULL);
    br_node *route = routes ? submap(routes, "relay", NULL) : NULL;

    if (!route || !put_ends(route, source, sinks, count))
        return false;
    for (unsigned i = 0; i < args->count; i++)
        if (!put_option(root, route, &args->options[i], faults))
            return false;
    return true;
}

/* --- the state --- */

/* A folder of its own for each source. */
static void name_state(br_route_plan *r, br_faults *faults)
{
    char name[CE_STATE_NAME];

    ce_state_name(name, "relay", r->from.settings, r->from.transport->identity);
    ce_free(r->state);
    r->state = ce_strndup(name, strlen(name));
    if (!r->state)
        br_fault(faults, NULL, "out of memory");
}

void br_relay_plan(br_plan *out, const br_args *args, const char *source,
                   const char *const *sinks, unsigned count, br_faults *faults)
{
    br_node *root = br_node_new(BR_NODE_MAP, NULL, 0);

    if (root && put_all(root, args, source, sinks, count, faults))
        br_config_plan(out, root, faults);
    else
        br_fault(faults, NULL, "out of memory");
    br_node_free(root);
    if (out->count && out->routes[0].from.settings)
        name_state(&out->routes[0], faults);
}
