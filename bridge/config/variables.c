/* SPDX-License-Identifier: Apache-2.0 */
/* Values take the place of variables. In URIs they are percent-encoded for
 * their place, so that the split which comes later gives them back whole. */
#include "bridge/config/variables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/percent.h"

/* More is no password, token or address. */
enum { VALUE_MAX = 64 * 1024 };

typedef struct expansion {
    br_faults *faults;
    const br_node *at;
    bool is_uri;
    ce_buf out;
} expansion;

/* --- values --- */

static void wipe(ce_buf *b)
{
    if (b->ptr)
        explicit_bzero(b->ptr, b->len);
    ce_buf_free(b);
}

static bool read_file(expansion *e, const char *path, ce_buf *value)
{
    FILE *file;
    bool failed;

    if (ce_buf_reserve(value, VALUE_MAX + 1) != CE_OK)
        return false;
    file = fopen(path, "rbe");
    if (!file) {
        br_fault(e->faults, e->at, "${file:%s}: %s", path, strerror(errno));
        return false;
    }
    /* No copy of a secret stays in a buffer of stdio. */
    setvbuf(file, NULL, _IONBF, 0);
    value->len = fread(value->ptr, 1, VALUE_MAX + 1, file);
    failed = ferror(file) || value->len > VALUE_MAX ||
             memchr(value->ptr, '\0', value->len);
    fclose(file);
    if (failed)
        br_fault(e->faults, e->at, "${file:%s}: not a text of up to 64 KiB",
                 path);
    return !failed;
}

static void drop_line_end(ce_buf *value)
{
    if (value->len && value->ptr[value->len - 1] == '\n')
        value->len--;
    if (value->len && value->ptr[value->len - 1] == '\r')
        value->len--;
}

/* Variables of the environment are written in capital letters. */
static bool is_like_attribute(const char *name)
{
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789")] == '\0';
}

/* NAME, with ":-DEFAULT" or ":?WHY" behind it. */
static bool read_variable(expansion *e, char *name, ce_buf *value)
{
    char *colon = strchr(name, ':'), *rest = NULL;
    const char *text;

    if (colon && (colon[1] == '-' || colon[1] == '?')) {
        rest = colon + 1;
        *colon = '\0';
    }
    text = getenv(name);
    if (text && (*text || !rest))
        return ce_buf_append(value, ce_slice_of(text)) == CE_OK;
    if (rest && *rest == '-')
        return ce_buf_append(value, ce_slice_of(rest + 1)) == CE_OK;
    br_fault(e->faults, e->at, "the environment variable %s is not set%s%s%s",
             name, rest && rest[1] ? ": " : "", rest ? rest + 1 : "",
             rest || !is_like_attribute(name)
                 ? ""
                 : "; a placeholder of a template has no \"$\"");
    return false;
}

static bool is_of_file(const char *name)
{
    /* ${file:-x} is a variable called "file". */
    return strncmp(name, "file:", 5) == 0 && name[5] != '-' && name[5] != '?';
}

static bool read_value(expansion *e, char *name, ce_buf *value)
{
    if (!is_of_file(name))
        return read_variable(e, name, value);
    if (!read_file(e, name + 5, value))
        return false;
    drop_line_end(value);
    return true;
}

/* --- places in a URI --- */

typedef enum place {
    ANYTHING, /* where nothing of the URI is there yet */
    HOST,
    PATH,
    PART /* a user name, a password or something of the query */
} place;

/* By what stands before it, OUT, and behind it, REST. */
static place place_of(const ce_buf *out, const char *rest)
{
    ce_slice before = ce_buf_slice(out);
    const char *colon, *host;

    if (!before.len)
        return ANYTHING;
    if (memchr(before.ptr, '?', before.len))
        return PART;
    colon = memchr(before.ptr, ':', before.len);
    if (!colon || (size_t)(before.ptr + before.len - colon) < 3 ||
        colon[1] != '/' || colon[2] != '/')
        return PATH;
    host = colon + 3;
    if (memchr(host, '/', (size_t)(before.ptr + before.len - host)))
        return PATH;
    return memchr(rest, '@', strcspn(rest, "/?")) ? PART : HOST;
}

/* In a path the characters stay that separate nothing there; topic filters are
 * read as they stand. */
static bool append_encoded(expansion *e, ce_slice value, place where)
{
    const char *kept = where == PATH ? "/:@!$&'()*+,;=" : "";

    if (ce_buf_reserve(&e->out, value.len * 3) != CE_OK)
        return false;
    e->out.len += ce_percent_write(e->out.ptr + e->out.len, value, kept);
    return true;
}

static bool is_of_host(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || (c && strchr("-._~:,[]", c));
}

/* Hosts are not decoded: an address, or several, with ports. */
static bool append_host(expansion *e, ce_slice value, const char *name)
{
    for (size_t i = 0; i < value.len; i++) {
        if (is_of_host(value.ptr[i]))
            continue;
        br_fault(e->faults, e->at, "the value of ${%s} is no host", name);
        return false;
    }
    return ce_buf_append(&e->out, value) == CE_OK;
}

static bool append_value(expansion *e, ce_slice value, const char *name,
                         const char *rest)
{
    place where = e->is_uri ? place_of(&e->out, rest) : ANYTHING;

    if (where == ANYTHING)
        return ce_buf_append(&e->out, value) == CE_OK;
    if (where == HOST)
        return append_host(e, value, name);
    return append_encoded(e, value, where);
}

/* --- texts --- */

/* As it is, and as it stands in the text behind BEGIN. */
static bool guard(expansion *e, const char *name, ce_slice value, size_t begin)
{
    br_values *all = &e->faults->values;
    ce_slice written = ce_slice_skip(ce_buf_slice(&e->out), begin);

    return br_values_add(all, name, value) == CE_OK &&
           (ce_slice_eq(value, written) ||
            br_values_add(all, name, written) == CE_OK);
}

/* REST stands behind the closing brace. */
static bool expand_one(expansion *e, ce_slice inner, const char *rest)
{
    char *name = ce_strndup(inner.ptr, inner.len);
    ce_buf value = { 0 };
    size_t begin = e->out.len;
    bool fine = name && read_value(e, name, &value) &&
                append_value(e, ce_buf_slice(&value), name, rest) &&
                guard(e, name, ce_buf_slice(&value), begin);

    wipe(&value);
    ce_free(name);
    return fine;
}

static bool expand_text(expansion *e, const char *text)
{
    const char *from;

    while ((from = strstr(text, "${"))) {
        bool literal = from > text && from[-1] == '$';
        const char *end = strchr(from, '}');

        if (ce_buf_append(&e->out, (ce_slice){ text, (size_t)(from - text) }) !=
            CE_OK)
            return false;
        text = literal ? from + 1 : end ? end + 1 : NULL;
        if (!text) {
            br_fault(e->faults, e->at, "\"${\" has no closing brace");
            return false;
        }
        if (!literal &&
            !expand_one(e, (ce_slice){ from + 2, (size_t)(end - from - 2) },
                        text))
            return false;
    }
    return ce_buf_append(&e->out, ce_slice_of(text)) == CE_OK;
}

static void expand_scalar(br_node *n, bool is_uri, br_faults *faults)
{
    unsigned before = faults->count;
    expansion e = { .faults = faults, .at = n, .is_uri = is_uri };

    if (!strstr(n->text, "${"))
        return;
    if (expand_text(&e, n->text) && ce_buf_byte(&e.out, '\0') == CE_OK) {
        ce_free(n->text);
        n->text = e.out.ptr;
        n->is_expanded = true;
        return;
    }
    if (faults->count == before)
        br_fault(faults, n, "out of memory");
    n->is_faulty = true;
    wipe(&e.out);
}

/* --- trees --- */

static void expand_all(br_node *n, br_faults *faults)
{
    if (n->kind == BR_NODE_SCALAR)
        expand_scalar(n, false, faults);
    for (br_node *i = n->first; i; i = i->next)
        expand_all(i, faults);
}

static bool is_called(const br_node *n, const char *key)
{
    return n->key && strcmp(n->key, key) == 0;
}

/* A URI, a mapping with a URI, or a list of these. */
static void expand_endpoint(br_node *n, br_faults *faults)
{
    if (n->kind == BR_NODE_SCALAR)
        expand_scalar(n, true, faults);
    for (br_node *i = n->first; i; i = i->next) {
        if (n->kind == BR_NODE_LIST || is_called(i, "uri"))
            expand_endpoint(i, faults);
        else
            expand_all(i, faults);
    }
}

static void expand_route(br_node *route, br_faults *faults)
{
    for (br_node *i = route->first; i; i = i->next) {
        if (is_called(i, "from") || is_called(i, "to") ||
            is_called(i, "dead_letter"))
            expand_endpoint(i, faults);
        else
            expand_all(i, faults);
    }
}

static void expand_routes(br_node *routes, br_faults *faults)
{
    for (br_node *i = routes->first; i; i = i->next)
        expand_route(i, faults);
}

void br_config_expand(br_node *root, br_faults *faults)
{
    for (br_node *i = root->first; i; i = i->next) {
        if (is_called(i, "routes"))
            expand_routes(i, faults);
        else if (is_called(i, "admin"))
            expand_endpoint(i, faults);
        else
            expand_all(i, faults);
    }
}
