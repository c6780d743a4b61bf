/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint's URI and the values of its options. */
#include <cloudevents/settings.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/settings/unset.h"
#include "core/settings/uri.h"

typedef struct value value;
struct value {
    char *name, *text;
    value *next;
};

struct ce_settings {
    const ce_option *table;
    ce_uri uri;
    char *target;
    value *values; /* in the order they were set */
};

/* --- values --- */

static value *find(const ce_settings *s, const char *name)
{
    for (value *v = s->values; v; v = v->next)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

static void free_value(value *v)
{
    ce_wipe(v->name);
    ce_wipe(v->text);
    ce_free(v);
}

static ce_status add(ce_settings *s, const char *name, char *text,
                     ce_error *err)
{
    value *v = ce_alloc_zeroed(sizeof *v), **last = &s->values;

    if (v)
        v->name = ce_strndup(name, strlen(name));
    if (!v || !v->name) {
        ce_free(v);
        ce_wipe(text);
        return ce_no_memory(err);
    }
    v->text = text;
    while (*last)
        last = &(*last)->next;
    *last = v;
    return CE_OK;
}

static ce_status unknown(const ce_settings *s, const char *name, ce_error *err)
{
    const char *nearest = ce_option_nearest(s->table, name);

    if (nearest)
        return ce_fail(err, CE_ENOENT,
                       "unknown option \"%s\", did you mean \"%s\"?", name,
                       nearest);
    return ce_fail(err, CE_ENOENT, "unknown option \"%s\"", name);
}

ce_status ce_settings_set(ce_settings *s, const char *name, const char *text,
                          ce_error *err)
{
    const ce_option *o = ce_option_find(s->table, name);
    value *v = find(s, name);
    ce_status status;
    char *copy;

    if (!o)
        return unknown(s, name, err);
    status = ce_option_check(o, text, err);
    if (status != CE_OK)
        return status;
    copy = ce_strndup(text, strlen(text));
    if (!copy)
        return ce_no_memory(err);
    if (!v)
        return add(s, name, copy, err);
    ce_wipe(v->text);
    v->text = copy;
    return CE_OK;
}

void ce_settings_unset(ce_settings *s, const char *name)
{
    value *gone = find(s, name), **at = &s->values;

    if (!gone)
        return;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    free_value(gone);
}

/* --- the query --- */

static ce_status keep_for_target(ce_buf *target, bool *first, ce_slice part,
                                 ce_error *err)
{
    if (ce_buf_byte(target, *first ? '?' : '&') != CE_OK ||
        ce_buf_append(target, part) != CE_OK)
        return ce_no_memory(err);
    *first = false;
    return CE_OK;
}

static ce_status set_parameter(ce_settings *s, const char *name, ce_slice text,
                               ce_error *err)
{
    char *decoded = NULL;
    ce_status status = ce_uri_decode(text, &decoded, err);

    if (status != CE_OK)
        return status;
    if (find(s, name))
        status = ce_fail(err, CE_EINVAL, "option \"%s\" is given twice", name);
    else
        status = ce_settings_set(s, name, decoded, err);
    ce_wipe(decoded); /* it may be a secret */
    return status;
}

typedef struct query {
    ce_uri_rule rule;
    ce_buf target;
    bool first; /* nothing of the query is in TARGET yet */
} query;

static ce_status read_parameter(ce_settings *s, query *q, ce_slice part,
                                ce_error *err)
{
    const char *equals = memchr(part.ptr, '=', part.len);
    size_t len = equals ? (size_t)(equals - part.ptr) : part.len;
    ce_slice text = ce_slice_skip(part, len + (equals != NULL));
    char *name = NULL;
    ce_status status;

    if (q->rule == CE_URI_OPAQUE)
        return keep_for_target(&q->target, &q->first, part, err);
    status = ce_uri_decode((ce_slice){ part.ptr, len }, &name, err);
    /* A name that cannot be decoded is none of ours. */
    if (q->rule == CE_URI_FOREIGN && status == CE_ESYNTAX)
        return keep_for_target(&q->target, &q->first, part, err);
    if (status != CE_OK)
        return status;
    if (q->rule == CE_URI_FOREIGN && !ce_option_find(s->table, name))
        status = keep_for_target(&q->target, &q->first, part, err);
    else
        status = set_parameter(s, name, text, err);
    ce_wipe(name);
    return status;
}

static ce_status read_query(ce_settings *s, query *q, ce_error *err)
{
    ce_slice rest = s->uri.query;
    ce_status status = ce_buf_printf(&q->target, "%s", s->uri.base);

    if (status != CE_OK)
        return ce_no_memory(err);
    while (rest.len) {
        const char *end = memchr(rest.ptr, '&', rest.len);
        ce_slice part = { rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };

        if (part.len)
            status = read_parameter(s, q, part, err);
        if (status != CE_OK)
            return status;
        rest = ce_slice_skip(rest, part.len + (end != NULL));
    }
    if (ce_buf_byte(&q->target, '\0') != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

ce_status ce_settings_open(ce_settings **out, const ce_option *table,
                           const char *uri, ce_uri_rule rule, ce_error *err)
{
    ce_settings *s = ce_alloc_zeroed(sizeof *s);
    query q = { .rule = rule, .first = true };
    ce_status status;

    if (!s)
        return ce_no_memory(err);
    s->table = table;
    status = ce_uri_parse(&s->uri, uri, err);
    if (status == CE_OK)
        status = read_query(s, &q, err);
    s->uri.query = (ce_slice){ NULL, 0 };
    s->target = q.target.ptr;
    if (status != CE_OK) {
        /* It ends with a NUL only when the query was read to its end. */
        ce_free(s->target);
        s->target = NULL;
        ce_settings_close(s);
        return status;
    }
    *out = s;
    return CE_OK;
}

void ce_settings_close(ce_settings *s)
{
    if (!s)
        return;
    while (s->values) {
        value *v = s->values;

        s->values = v->next;
        free_value(v);
    }
    ce_wipe(s->target);
    ce_uri_free(&s->uri);
    ce_free(s);
}

/* --- reading --- */

bool ce_settings_has(const ce_settings *s, const char *name)
{
    return find(s, name) != NULL;
}

const char *ce_settings_text(const ce_settings *s, const char *name)
{
    const ce_option *o = ce_option_find(s->table, name);
    const value *v = find(s, name);

    assert(o);
    if (v)
        return v->text;
    return o->type == CE_OPT_FAMILY ? NULL : o->preset;
}

int64_t ce_settings_integer(const ce_settings *s, const char *name)
{
    const char *text = ce_settings_text(s, name);

    return text ? strtoll(text, NULL, 10) : 0;
}

bool ce_settings_boolean(const ce_settings *s, const char *name)
{
    const char *text = ce_settings_text(s, name);

    return text && strcmp(text, "true") == 0;
}

uint64_t ce_settings_bytes(const ce_settings *s, const char *name)
{
    const char *text = ce_settings_text(s, name);
    uint64_t n = 0;

    return text && ce_parse_bytes(text, &n) == CE_OK ? n : 0;
}

uint64_t ce_settings_ms(const ce_settings *s, const char *name)
{
    const char *text = ce_settings_text(s, name);
    uint64_t n = 0;

    return text && ce_parse_ms(text, &n) == CE_OK ? n : 0;
}

void ce_settings_each(const ce_settings *s, const char *family,
                      void (*fn)(void *arg, const char *name,
                                 const char *value),
                      void *arg)
{
    size_t len = strlen(family);

    for (const value *v = s->values; v; v = v->next)
        if (strncmp(v->name, family, len) == 0)
            fn(arg, v->name + len, v->text);
}

/* --- secrets --- */

enum { SECRET_MAX = 64 * 1024 };

static ce_status read_secret(FILE *file, const char *path, char **out,
                             ce_error *err)
{
    char *text = ce_alloc(SECRET_MAX + 1);
    size_t len;

    if (!text)
        return ce_no_memory(err);
    setvbuf(file, NULL, _IONBF, 0);
    len = fread(text, 1, SECRET_MAX, file);
    if (ferror(file) || len == SECRET_MAX || memchr(text, '\0', len)) {
        explicit_bzero(text, len);
        ce_free(text);
        return ce_fail(err, CE_EIO, "%s: cannot be read as a secret", path);
    }
    if (len && text[len - 1] == '\n')
        len--;
    if (len && text[len - 1] == '\r')
        len--;
    text[len] = '\0';
    *out = text;
    return CE_OK;
}

ce_status ce_settings_secret(const ce_settings *s, const char *name,
                             const char *file_name, char **out, ce_error *err)
{
    const char *path = ce_settings_text(s, file_name);
    const char *text = ce_settings_text(s, name);
    ce_status status;
    FILE *file;

    *out = NULL;
    if (!path) {
        *out = text ? ce_strndup(text, strlen(text)) : NULL;
        return text && !*out ? ce_no_memory(err) : CE_OK;
    }
    file = fopen(path, "rbe");
    if (!file)
        return ce_fail(err, CE_EIO, "%s: %s: %s", file_name, path,
                       strerror(errno));
    status = read_secret(file, path, out, err);
    fclose(file);
    return status;
}

/* --- parts of the URI --- */

const char *ce_settings_scheme(const ce_settings *s)
{
    return s->uri.scheme;
}

const char *ce_settings_authority(const ce_settings *s)
{
    return s->uri.authority;
}

const char *ce_settings_host(const ce_settings *s)
{
    return s->uri.host;
}

unsigned ce_settings_port(const ce_settings *s, unsigned fallback)
{
    return s->uri.has_port ? s->uri.port : fallback;
}

const char *ce_settings_path(const ce_settings *s)
{
    return s->uri.path;
}

const char *ce_settings_target(const ce_settings *s)
{
    return s->target;
}

const char *ce_settings_label(const ce_settings *s)
{
    return s->uri.base;
}

const char *ce_settings_user(const ce_settings *s)
{
    return s->uri.user;
}

const char *ce_settings_password(const ce_settings *s)
{
    return s->uri.password;
}
