/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with {placeholders}: compiled once, expanded for every delivery.
 *
 * A template keeps one copy of its text, and its parts are slices of it: an
 * escaped brace is simply one of the two that were written. */
#include "core/template/template.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/percent.h"
#include "core/base/printable.h"
#include "core/base/uri_syntax.h"
#include "core/template/placeholder.h"

typedef struct part {
    ce_slice text;        /* the literal, or what stands between the braces */
    ce_placeholder *from; /* the first that has a value; NULL: a literal */
    unsigned count;
    const char *kept; /* characters that stand in a URI here; NULL: no URI */
} part;

struct ce_template {
    char *text;
    const char *tail; /* the first '?' or '#', or the end */
    part *parts;
    unsigned len, cap;
    ce_text_place place;
};

/* --- compiling --- */

static ce_status add_part(ce_template *t, part p, ce_error *err)
{
    if (t->len == t->cap) {
        unsigned cap = t->cap ? t->cap * 2 : 4;
        part *grown = ce_realloc(t->parts, cap * sizeof *grown);

        if (!grown) {
            ce_free(p.from);
            return ce_no_memory(err);
        }
        t->parts = grown;
        t->cap = cap;
    }
    t->parts[t->len++] = p;
    return CE_OK;
}

/* Returns the first of STOPS in TEXT that is not quoted, or its end. */
static const char *find_stop(const char *text, const char *stops)
{
    bool quoted = false;

    for (; *text; text++) {
        if (*text == '"')
            quoted = !quoted;
        else if (!quoted && strchr(stops, *text))
            break;
    }
    return text;
}

static unsigned count_alternatives(const char *p, const char *close)
{
    unsigned count = 1;

    while ((p = find_stop(p, "|}")) < close) {
        count++;
        p++;
    }
    return count;
}

/* A value in the path of a URI is one segment, but for a topic, which may be
 * several; behind '?' or '#' it is a part of the query or the fragment. */
static const char *kept_at(const ce_template *t, const char *p)
{
    if (t->place == CE_IN_TEXT || t->place == CE_IN_LINE)
        return NULL;
    if (p > t->tail)
        return "";
    /* A colon at the beginning would end a scheme. */
    return p == t->text ? "@!$&'()*+,;=" : ":@!$&'()*+,;=";
}

/* P stands behind the opening brace. */
static bool read_alternatives(part *out, const char *p)
{
    for (unsigned i = 0; i < out->count; i++) {
        const char *end = find_stop(p, "|}");
        ce_slice text = ce_slice_trim((ce_slice){ p, (size_t)(end - p) });

        if (!ce_placeholder_read(text, &out->from[i]))
            return false;
        p = end + 1;
    }
    return true;
}

/* P stands on the brace that opens; *END behind the one that closes. */
static ce_status compile_placeholder(ce_template *t, const char *p,
                                     const char **end, ce_error *err)
{
    const char *close = find_stop(p, "}");
    size_t column = (size_t)(p - t->text) + 1;
    part made = { .text = { p + 1, (size_t)(close - p) - 1 },
                  .kept = kept_at(t, p) };

    if (!*close)
        return ce_fail(err, CE_ESYNTAX,
                       "column %zu: placeholder \"%.60s\" is not closed "
                       "(\"{{\" stands for a brace)",
                       column, p);
    made.count = count_alternatives(p + 1, close);
    made.from = ce_alloc_zeroed(made.count * sizeof *made.from);
    if (!made.from)
        return ce_no_memory(err);
    *end = close + 1;
    if (read_alternatives(&made, p + 1))
        return add_part(t, made, err);
    ce_free(made.from);
    return ce_fail(err, CE_ESYNTAX, "column %zu: unknown placeholder \"%.*s\"",
                   column, close - p < 60 ? (int)(close - p) + 1 : 60, p);
}

static ce_status compile(ce_template *t, ce_error *err)
{
    const char *p = t->text;
    ce_status status = CE_OK;

    t->tail = p + strcspn(p, "?#");
    while (*p && status == CE_OK) {
        size_t n = strcspn(p, "{}");

        if (n == 0 && *p == '{' && p[1] != '{') {
            status = compile_placeholder(t, p, &p, err);
            continue;
        }
        if (n == 0 && p[1] != *p)
            return ce_fail(err, CE_ESYNTAX,
                           "column %zu: \"}\" closes no placeholder (\"}}\" "
                           "stands for a brace)",
                           (size_t)(p - t->text) + 1);
        status = add_part(t, (part){ .text = { p, n ? n : 1 } }, err);
        p += n ? n : 2;
    }
    return status;
}

ce_status ce_template_compile(ce_template **out, const char *text,
                              ce_text_place place, ce_error *err)
{
    ce_template *t = ce_alloc_zeroed(sizeof *t);
    ce_status status;

    *out = NULL;
    if (!t)
        return ce_no_memory(err);
    t->place = place;
    t->text = ce_strndup(text, strlen(text));
    status = t->text ? compile(t, err) : ce_no_memory(err);
    if (status != CE_OK) {
        ce_template_free(t);
        return status;
    }
    *out = t;
    return CE_OK;
}

void ce_template_free(ce_template *t)
{
    if (!t)
        return;
    for (unsigned i = 0; i < t->len; i++)
        ce_free(t->parts[i].from);
    ce_free(t->parts);
    ce_free(t->text);
    ce_free(t);
}

ce_slice ce_template_literal(const ce_template *t)
{
    if (t->len == 0)
        return CE_SLICE("");
    if (t->len == 1 && !t->parts[0].from)
        return t->parts[0].text;
    return (ce_slice){ NULL, 0 };
}

bool ce_template_varies(const ce_template *t)
{
    for (unsigned i = 0; i < t->len; i++)
        if (t->parts[i].from)
            return true;
    return false;
}

ce_slice ce_template_attribute(const ce_template *t)
{
    for (unsigned i = 0; i < t->len; i++)
        for (unsigned k = 0; k < t->parts[i].count; k++)
            if (t->parts[i].from[k].kind == CE_PLACEHOLDER_ATTRIBUTE)
                return t->parts[i].from[k].text;
    return (ce_slice){ NULL, 0 };
}

/* --- expanding --- */

/* A value that is a URI-reference by itself is taken as one where it is all of
 * the text, or its beginning. */
static bool is_reference(const ce_template *t, const part *p, ce_slice value)
{
    return t->place == CE_IN_REFERENCE && p == t->parts &&
           ce_uri_is_reference(value);
}

static ce_status encode(const part *p, ce_placeholder_kind kind,
                        ce_arena *arena, ce_slice *value)
{
    char kept[20];
    char *to = ce_arena_alloc(arena, value->len * 3 + 1);

    if (!to)
        return CE_ENOMEM;
    snprintf(kept, sizeof kept, "%s%s", p->kept,
             kind == CE_PLACEHOLDER_TOPIC ? "/" : "");
    *value = (ce_slice){ to, ce_percent_write(to, *value, kept) };
    ce_arena_shrink(arena, to, value->len + 1);
    return CE_OK;
}

static ce_status show(ce_arena *arena, ce_slice *value)
{
    ce_buf b = { NULL, 0, 0 };
    ce_status status = CE_OK;

    if (!value->ptr)
        *value = CE_SLICE("-");
    else
        status = ce_printable_add(*value, "", &b);
    if (status == CE_OK && b.ptr)
        status = ce_arena_copy(arena, ce_buf_slice(&b), value);
    ce_buf_free(&b);
    return status;
}

/* *OUT stays absent when no alternative has a value. */
static ce_status value_of(const ce_template *t, const part *p, ce_delivery *d,
                          const ce_event *e, ce_slice *out)
{
    ce_status status = CE_OK;
    unsigned i;

    *out = p->from ? (ce_slice){ NULL, 0 } : p->text;
    for (i = 0; i < p->count && !out->ptr && status == CE_OK; i++)
        status = ce_placeholder_value(&p->from[i], d, e, out);
    if (status == CE_OK && p->from && t->place == CE_IN_LINE)
        return show(d->arena, out);
    if (status != CE_OK || !out->ptr || !p->kept || is_reference(t, p, *out))
        return status;
    return encode(p, p->from[i - 1].kind, d->arena, out);
}

static ce_status join(const ce_slice *values, unsigned count, ce_arena *arena,
                      ce_slice *out)
{
    size_t len = 0;
    char *p;

    for (unsigned i = 0; i < count; i++)
        len += values[i].len;
    p = ce_arena_alloc(arena, len + 1);
    if (!p)
        return CE_ENOMEM;
    *out = (ce_slice){ p, len };
    for (unsigned i = 0; i < count; i++) {
        if (values[i].len)
            memcpy(p, values[i].ptr, values[i].len);
        p += values[i].len;
    }
    *p = '\0';
    return CE_OK;
}

ce_status ce_template_expand(const ce_template *t, ce_delivery *d,
                             const ce_event *e, ce_slice *out, ce_error *err)
{
    ce_slice *values;

    *out = (ce_slice){ NULL, 0 };
    values = ce_arena_alloc(d->arena, (t->len + 1) * sizeof *values);
    if (!values)
        return ce_no_memory(err);
    for (unsigned i = 0; i < t->len; i++) {
        if (value_of(t, &t->parts[i], d, e, &values[i]) != CE_OK)
            return ce_no_memory(err);
        if (!values[i].ptr)
            return ce_fail(err, CE_ENOENT,
                           "the message has no value for {%.*s}",
                           CE_ARG(t->parts[i].text));
    }
    if (join(values, t->len, d->arena, out) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}
