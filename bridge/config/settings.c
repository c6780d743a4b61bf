/* SPDX-License-Identifier: Apache-2.0 */
/* Options stand in the query of a URI or beside it, in a mapping. */
#include "bridge/config/settings.h"

#include <stdio.h>
#include <string.h>

#include "bridge/config/keys.h"

/* Where options go. */
typedef struct target {
    ce_settings *settings;
    const ce_option *table;
    br_faults *faults;
} target;

static void set_option(const target *to, const br_node *n, const char *name);

/* rdkafka: { a.b: c } is the same as rdkafka.a.b: c, since names of librdkafka
 * have dots themselves. */
static void set_family(const target *to, const br_node *n, const char *prefix)
{
    char name[200]; /* a longer one is cut, and unknown in any case */

    for (const br_node *i = n->first; i; i = i->next) {
        snprintf(name, sizeof name, "%s.%s", prefix, i->key);
        set_option(to, i, name);
    }
}

static void set_text(const target *to, const br_node *n, const char *name,
                     const char *text)
{
    ce_error err;

    if (ce_settings_has(to->settings, name))
        br_fault(to->faults, n, "option \"%s\" is given twice", name);
    else if (ce_settings_set(to->settings, name, text, &err) != CE_OK)
        br_fault(to->faults, n, "%s", err.text);
}

static bool join(const br_node *list, ce_buf *out, br_faults *faults)
{
    ce_status status = CE_OK;

    for (const br_node *i = list->first; i && status == CE_OK; i = i->next) {
        if (!br_config_is_text(i, faults))
            return false;
        if (strchr(i->text, ',')) {
            br_fault(faults, i, "an item with a comma");
            return false;
        }
        status =
            ce_buf_printf(out, "%s%s", i == list->first ? "" : ",", i->text);
    }
    if (status == CE_OK)
        status = ce_buf_byte(out, '\0');
    if (status != CE_OK)
        br_fault(faults, list, "out of memory");
    return status == CE_OK;
}

/* topics: [a, b] is the same as topics: a,b. */
static void set_list(const target *to, const br_node *n, const char *name)
{
    ce_buf text = { NULL, 0, 0 };

    if (join(n, &text, to->faults))
        set_text(to, n, name, text.ptr);
    ce_buf_free(&text);
}

static bool is_list(const ce_option *table, const char *name)
{
    const ce_option *o = ce_option_find(table, name);

    return o && o->type == CE_OPT_LIST;
}

static void set_option(const target *to, const br_node *n, const char *name)
{
    if (n->kind == BR_NODE_MAP)
        set_family(to, n, name);
    else if (n->kind == BR_NODE_LIST && is_list(to->table, name))
        set_list(to, n, name);
    else if (br_config_is_text(n, to->faults))
        set_text(to, n, name, n->text);
}

const br_node *br_config_uri(const br_node *n, br_faults *faults)
{
    const br_node *uri = n;

    if (n->kind == BR_NODE_LIST) {
        br_fault(faults, n, "\"%s\" is a list, and has to be one endpoint",
                 n->key ? n->key : "item");
        return NULL;
    }
    if (n->kind == BR_NODE_MAP) {
        uri = br_node_find(n, "uri");
        if (!uri)
            br_fault(faults, n, "\"%s\" has no \"uri\"",
                     n->key ? n->key : "item");
    }
    return uri && br_config_is_text(uri, faults) ? uri : NULL;
}

/* A mapping has room for options of its own: so all parameters of the URI
 * belong to the target, also those that are called like an option. */
static ce_uri_rule rule_of(ce_uri_rule rule, bool is_mapping)
{
    return rule == CE_URI_FOREIGN && is_mapping ? CE_URI_OPAQUE : rule;
}

ce_settings *br_config_settings(const br_node *n, const ce_option *table,
                                ce_uri_rule rule, const char *other,
                                br_faults *faults)
{
    const br_node *uri = n->kind == BR_NODE_MAP ? br_node_find(n, "uri") : n;
    target to = { .table = table, .faults = faults };
    ce_error err;

    if (ce_settings_open(&to.settings, table, uri->text,
                         rule_of(rule, n != uri), &err) != CE_OK) {
        br_fault(faults, uri, "%s", err.text);
        return NULL;
    }
    for (const br_node *i = n != uri ? n->first : NULL; i; i = i->next)
        if (i != uri && !(other && strcmp(i->key, other) == 0))
            set_option(&to, i, i->key);
    return to.settings;
}
