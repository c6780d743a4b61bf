/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of a configuration: a URI, or a mapping with a URI and options. */
#include "bridge/config/endpoint.h"

#include <cloudevents/alloc.h>

#include <stdio.h>
#include <string.h>

#include "bridge/config/keys.h"
#include "bridge/config/settings.h"

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

/* "http//host": returns the scheme that lacks its colon, or NULL. */
static const char *scheme_without_colon(const char *uri)
{
    const ce_transport *t;

    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        for (const char *const *s = t->schemes; *s; s++)
            if (strncmp(uri, *s, strlen(*s)) == 0 &&
                strncmp(uri + strlen(*s), "//", 2) == 0)
                return *s;
    return NULL;
}

/* "localhost:9092/t": a number is a port, and what stands before it a host. */
static bool begins_with_host(const char *uri)
{
    const char *colon = strchr(uri, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

    return digits > 0 && strchr("/?", colon[1 + digits]);
}

static void report_endpoint(const br_node *at, const char *uri,
                            br_faults *faults)
{
    /* A password may stand before an '@'. */
    ce_slice shown = { uri, strcspn(uri, strchr(uri, '@') ? ":/?" : "?") };
    const char *scheme = scheme_without_colon(uri);

    if (!*uri)
        br_fault(faults, at, "\"%s\" is empty", at->key ? at->key : "item");
    else if (scheme)
        br_fault(faults, at, "\"%.*s\" lacks a colon: write %s://",
                 CE_ARG(shown), scheme);
    else if (begins_with_host(uri))
        br_fault(faults, at,
                 "\"%.*s\" has no scheme: write http:, kafka: or mqtt: and // "
                 "before the host",
                 CE_ARG(shown));
    else if (strchr(uri, ':'))
        report_scheme(at, (ce_slice){ uri, strcspn(uri, ":?") }, faults);
    else
        br_fault(faults, at,
                 "\"%.*s\" is no endpoint; a file is written as file:PATH, "
                 "others begin with a scheme such as kafka://",
                 CE_ARG(shown));
}

static const ce_transport *find_transport(const br_node *at, const char *uri,
                                          br_faults *faults)
{
    const ce_transport *t = ce_transport_find(uri);

    if (t)
        return t;
    if (at->is_expanded)
        br_fault(faults, at, "the variables do not make up an endpoint");
    else
        report_endpoint(at, uri, faults);
    return NULL;
}

/* What a URI is to become, and how. */
typedef struct end {
    bool is_sink, traces;
} end;

static void set_trace(br_endpoint_plan *out, const ce_option *table,
                      const br_node *n, br_faults *faults)
{
    ce_error err;

    if (ce_option_find(table, "trace") &&
        !ce_settings_has(out->settings, "trace") &&
        ce_settings_set(out->settings, "trace", "true", &err) != CE_OK)
        br_fault(faults, n, "%s", err.text);
}

static void open_settings(br_endpoint_plan *out, const br_node *n,
                          const end *as, br_faults *faults)
{
    const ce_transport *t = out->transport;
    const ce_option *table =
        as->is_sink ? t->sender_options : t->receiver_options;

    out->settings = br_config_settings(
        n, table, as->is_sink ? t->sender_rule : CE_URI_STRICT,
        as->is_sink ? "name" : NULL, faults);
    if (out->settings && as->traces)
        set_trace(out, table, n, faults);
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

static bool plan_end(br_endpoint_plan *out, const br_node *n, const end *as,
                     br_faults *faults)
{
    const br_node *uri = br_config_uri(n, faults);
    const ce_transport *t = NULL;

    if (uri && !uri->is_faulty)
        t = find_transport(uri, uri->text, faults);
    if (!t)
        return false;
    if (as->is_sink ? !t->sender : !t->receiver) {
        br_fault(faults, uri, "%s cannot be a %s", t->name,
                 as->is_sink ? "sink" : "source");
        return false;
    }
    out->transport = t;
    out->line = n->line;
    open_settings(out, n, as, faults);
    return out->settings && fits(out, n, as->is_sink, faults);
}

void br_config_source(br_endpoint_plan *out, const br_node *n, bool traces,
                      br_faults *faults)
{
    const end as = { .traces = traces };

    plan_end(out, n, &as, faults);
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
    else if (strcmp(name->text, "dead_letter") == 0)
        br_fault(faults, name,
                 "name: \"dead_letter\" is what metrics call the sink of dead "
                 "letters");
    out->name = ce_strndup(name->text, len);
    if (!out->name)
        br_fault(faults, name, "out of memory");
}

void br_config_sink(br_endpoint_plan *out, const br_node *n, bool traces,
                    br_faults *faults)
{
    const end as = { .is_sink = true, .traces = traces };
    ce_error err;

    plan_name(out, n, faults);
    if (plan_end(out, n, &as, faults) &&
        ce_content_of(out->transport, out->settings, &out->content, &err) !=
            CE_OK)
        br_fault(faults, n, "%s", err.text);
}
