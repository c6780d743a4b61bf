/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of a configuration: a URI, or a mapping with a URI and options. */
#include "bridge/config/endpoint.h"

#include <cloudevents/alloc.h>

#include <stdio.h>
#include <string.h>

#include "bridge/config/keys.h"

enum { SCHEMES = 32, SCHEME_TEXT = 200 };

static void report_scheme(const br_node *at, ce_slice scheme, br_faults *faults)
{
    ce_option rows[SCHEMES + 1] = { { .name = NULL } };
    char known[SCHEME_TEXT] = "", name[40];
    const char *nearest;
    unsigned n = 0, len = 0;
    const ce_transport *t;

    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        for (const char *const *s = t->schemes; *s && n < SCHEMES; s++)
            rows[n++].name = *s;
    for (unsigned i = 0; i < n && len < sizeof known; i++)
        len += (unsigned)snprintf(known + len, sizeof known - len, "%s%s",
                                  i ? ", " : "", rows[i].name);
    snprintf(name, sizeof name, "%.*s", CE_ARG(scheme));
    nearest = ce_option_nearest(rows, name);
    br_fault(faults, at, "unknown scheme \"%s\"%s%s%s known are %s", name,
             nearest ? ", did you mean \"" : "", nearest ? nearest : "",
             nearest ? "\"?" : ";", known);
}

static const ce_transport *find_transport(const br_node *at, const char *uri,
                                          br_faults *faults)
{
    const ce_transport *t = ce_transport_find(uri);
    ce_slice scheme = { uri, strcspn(uri, ":?") };

    if (t)
        return t;
    if (at->is_expanded)
        br_fault(faults, at, "the variables do not make up an endpoint");
    else if (strchr(uri, ':'))
        report_scheme(at, scheme, faults);
    else
        br_fault(faults, at,
                 "\"%.*s\" is no endpoint; a file is written as file:PATH",
                 CE_ARG(scheme));
    return NULL;
}

/* A value that comes from a variable may be a secret in the wrong place: only
 * the option is named. */
static void report(br_faults *faults, const br_node *n, const ce_error *err)
{
    const char *value = n->is_expanded ? strstr(err->text, ": \"") : NULL;

    if (value)
        br_fault(faults, n, "%.*s: not the value of a variable that it takes",
                 (int)(value - err->text), err->text);
    else
        br_fault(faults, n, "%s", err->text);
}

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
        report(to->faults, n, &err);
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

static const br_node *uri_of(const br_node *n, br_faults *faults)
{
    const br_node *uri = n;

    if (n->kind == BR_NODE_MAP) {
        uri = br_node_find(n, "uri");
        if (!uri)
            br_fault(faults, n, "\"%s\" has no \"uri\"",
                     n->key ? n->key : "item");
    }
    return uri && br_config_is_text(uri, faults) ? uri : NULL;
}

static void open_settings(br_endpoint_plan *out, const br_node *n,
                          const br_node *uri, bool is_sink, br_faults *faults)
{
    const ce_transport *t = out->transport;
    ce_uri_rule rule = is_sink ? t->sender_rule : CE_URI_STRICT;
    target to = { .table = is_sink ? t->sender_options : t->receiver_options,
                  .faults = faults };
    ce_error err;

    /* A mapping has room for options of its own: so all parameters of the URI
     * belong to the target, also those that are called like an option. */
    if (rule == CE_URI_FOREIGN && n != uri)
        rule = CE_URI_OPAQUE;
    if (ce_settings_open(&out->settings, to.table, uri->text, rule, &err) !=
        CE_OK) {
        report(faults, uri, &err);
        return;
    }
    to.settings = out->settings;
    for (const br_node *i = n != uri ? n->first : NULL; i; i = i->next)
        if (i != uri && !(is_sink && strcmp(i->key, "name") == 0))
            set_option(&to, i, i->key);
}

/* Whether the transport can do what the options say together. */
static bool fits(const br_endpoint_plan *e, const br_node *at, bool is_sink,
                 br_faults *faults)
{
    ce_role role = is_sink ? CE_ROLE_SENDER : CE_ROLE_RECEIVER;
    ce_error err;

    if (!e->transport->check ||
        e->transport->check(role, e->settings, &err) == CE_OK)
        return true;
    br_fault(faults, at, "%s", err.text);
    return false;
}

static bool plan_end(br_endpoint_plan *out, const br_node *n, bool is_sink,
                     br_faults *faults)
{
    const br_node *uri = uri_of(n, faults);
    const ce_transport *t = NULL;

    if (uri && !uri->is_faulty)
        t = find_transport(uri, uri->text, faults);
    if (!t)
        return false;
    if (is_sink ? !t->sender : !t->receiver) {
        br_fault(faults, uri, "%s cannot be a %s", t->name,
                 is_sink ? "sink" : "source");
        return false;
    }
    out->transport = t;
    out->line = n->line;
    open_settings(out, n, uri, is_sink, faults);
    return out->settings && fits(out, n, is_sink, faults);
}

void br_config_source(br_endpoint_plan *out, const br_node *n,
                      br_faults *faults)
{
    plan_end(out, n, false, faults);
}

/* Metrics know a sink without a name by its number. */
static bool is_number(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

static void plan_name(br_endpoint_plan *out, const br_node *n,
                      br_faults *faults)
{
    const br_node *name =
        n->kind == BR_NODE_MAP ? br_node_find(n, "name") : NULL;
    size_t len;

    if (!name || !br_config_is_text(name, faults))
        return;
    len = strlen(name->text);
    if (len > 100 || is_number(name->text))
        br_fault(faults, name,
                 "name: \"%s\" has to be a word of at most 100 characters, "
                 "and no number",
                 name->text);
    out->name = ce_strndup(name->text, len);
    if (!out->name)
        br_fault(faults, name, "out of memory");
}

void br_config_sink(br_endpoint_plan *out, const br_node *n, br_faults *faults)
{
    ce_error err;

    plan_name(out, n, faults);
    if (plan_end(out, n, true, faults) &&
        ce_content_of(out->transport, out->settings, &out->content, &err) !=
            CE_OK)
        br_fault(faults, n, "%s", err.text);
}
