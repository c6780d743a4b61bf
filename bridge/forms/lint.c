/* SPDX-License-Identifier: Apache-2.0 */
/* Names that clash, sources that move, data that cannot be read. */
#include "bridge/forms/lint.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/data.h>
#include <cloudevents/message.h>

#include "core/json/scan.h"

typedef struct linter {
    const ce_event *event;
    void (*warn)(void *arg, const char *text);
    void *arg;
} linter;

/* So much of a value is shown; and the specification's naming conventions want
 * no name of more than 20 characters. */
enum { SHOWN_MAX = 80, NAME_MAX_WISE = 20 };

static void warn(const linter *l, ce_slice name, const char *what,
                 ce_slice value)
{
    char text[400];

    snprintf(text, sizeof text, "attribute \"%.*s\": %s: \"%.*s\"",
             name.len < SHOWN_MAX ? (int)name.len : SHOWN_MAX, name.ptr, what,
             value.len < SHOWN_MAX ? (int)value.len : SHOWN_MAX, value.ptr);
    l->warn(l->arg, text);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- type --- */

static bool has_upper(ce_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
            return true;
    return false;
}

static size_t count_of(ce_slice s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == c;
    return n;
}

/* "com.example.order.created" has two names before what happened. */
static bool is_reverse_dns(ce_slice s)
{
    if (count_of(s, '.') < 2 || *s.ptr == '.' || s.ptr[s.len - 1] == '.')
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (s.ptr[i] == '.' && s.ptr[i - 1] == '.')
            return false;
    return !memchr(s.ptr, ' ', s.len);
}

static void lint_type(const linter *l)
{
    ce_slice type = ce_event_text(l->event, "type"), name = CE_SLICE("type");

    if (!is_reverse_dns(type))
        warn(l, name,
             "does not begin with a reverse DNS name, such as "
             "com.example.order.created",
             type);
    if (has_upper(type))
        warn(l, name, "upper case: types are compared with it", type);
}

/* --- source --- */

/* The host of a URI or of a relative reference with one; else absent. */
static ce_slice host_of(ce_slice uri)
{
    const char *slashes =
        uri.len > 2 ? memmem(uri.ptr, uri.len, "//", 2) : NULL;
    ce_slice host;

    if (!slashes || (slashes != uri.ptr && slashes[-1] != ':'))
        return (ce_slice){ NULL, 0 };
    host.ptr = slashes + 2;
    host.len = 0;
    while (host.ptr + host.len < uri.ptr + uri.len &&
           !strchr("/?#", host.ptr[host.len]))
        host.len++;
    return host;
}

static ce_slice without_port(ce_slice host)
{
    const char *at = host.len ? memchr(host.ptr, '@', host.len) : NULL;
    size_t n;

    if (at)
        host = ce_slice_skip(host, (size_t)(at - host.ptr) + 1);
    for (n = host.len; n > 0 && is_digit(host.ptr[n - 1]); n--)
        ;
    if (n > 0 && n < host.len && host.ptr[n - 1] == ':')
        host.len = n - 1;
    return host;
}

/* 10.0.0.1, [::1] */
static bool is_address(ce_slice host)
{
    if (host.len > 0 && *host.ptr == '[')
        return true;
    for (size_t i = 0; i < host.len; i++)
        if (!is_digit(host.ptr[i]) && host.ptr[i] != '.')
            return false;
    return count_of(host, '.') == 3;
}

static bool is_machine(ce_slice host)
{
    return ce_slice_eq_nocase(host, CE_SLICE("localhost")) || is_address(host);
}

/* "web-1.example.com:8080": nothing but the name of a host. */
static bool is_bare_host(ce_slice source)
{
    ce_slice host = without_port(source);

    for (size_t i = 0; i < host.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789.-",
                    host.ptr[i]))
            return false;
    return is_machine(host) || count_of(host, '.') > 0 || host.len < source.len;
}

static void lint_source(const linter *l)
{
    ce_slice source = ce_event_text(l->event, "source");
    ce_slice name = CE_SLICE("source");

    if (is_bare_host(source))
        warn(l, name,
             "the name of a host: it says where, not what, and "
             "changes when that moves",
             source);
    else if (is_machine(without_port(host_of(source))))
        warn(l, name, "the address of a machine: it changes when that moves",
             source);
}

/* --- the rest --- */

static void lint_id(const linter *l)
{
    ce_slice id = ce_event_text(l->event, "id");

    if (ce_slice_trim(id).len < id.len)
        warn(l, CE_SLICE("id"), "blanks at its ends get lost easily", id);
}

/* RFC 3339 4.3: "-00:00" is UTC whose local offset is not known. */
static void lint_time(const linter *l)
{
    ce_slice time = ce_event_text(l->event, "time");

    if (!time.ptr)
        l->warn(l->arg, "attribute \"time\": missing: nobody can tell when it "
                        "happened");
    else if (time.len > 6 &&
             ce_slice_eq(ce_slice_skip(time, time.len - 6), CE_SLICE("-00:00")))
        warn(l, CE_SLICE("time"), "an unknown offset", time);
}

static void lint_names(const linter *l)
{
    const ce_attr *a = NULL;

    while ((a = ce_event_extension(l->event, a))) {
        if (a->name.len > NAME_MAX_WISE)
            warn(l, a->name, "a name of more than 20 characters", a->text);
        if (is_digit(*a->name.ptr))
            warn(l, a->name, "a name that begins with a digit", a->text);
        if (a->text.len == 0)
            warn(l, a->name, "empty: some readers take it for absent", a->text);
    }
}

/* The type URI of the specification is an absolute URI (RFC 3986 4.3), and that
 * has no fragment. Most readers take one all the same. */
static void lint_schema(const linter *l)
{
    ce_slice schema = ce_event_text(l->event, "dataschema");

    if (schema.len && memchr(schema.ptr, '#', schema.len))
        warn(l, CE_SLICE("dataschema"), "a fragment: strict readers refuse it",
             schema);
}

static void lint_data(const linter *l)
{
    const ce_event *e = l->event;
    ce_slice type = ce_event_text(e, "datacontenttype");
    ce_slice name = CE_SLICE("datacontenttype");

    if (e->data_kind != CE_DATA_NONE && !type.ptr)
        l->warn(l->arg, "attribute \"datacontenttype\": missing, beside data");
    if (type.ptr && ce_mode_of(type) != CE_MODE_BINARY)
        warn(l, name,
             "an event in an event: some readers take it for the "
             "outer one",
             type);
    else if (type.ptr && e->data_kind == CE_DATA_BYTES &&
             ce_media_type_is_json(type) && !ce_json_is_valid(e->data))
        warn(l, name, "the data is no valid JSON", type);
}

void br_lint(const ce_event *e, void (*fn)(void *arg, const char *text),
             void *arg)
{
    const linter l = { e, fn, arg };

    lint_type(&l);
    lint_source(&l);
    lint_id(&l);
    lint_time(&l);
    lint_names(&l);
    lint_schema(&l);
    lint_data(&l);
}
