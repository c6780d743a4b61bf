/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with {placeholders}: compiled once, expanded for every delivery.
 *
 * A template keeps one copy of its text, and its parts are slices of it: an
 * escaped brace is simply one of the two that were written. */
#include "core/template/template.h"

#include <inttypes.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/json/scan.h"

typedef enum part_kind {
    PART_LITERAL,
    PART_ATTRIBUTE,
    PART_TOPIC,
    PART_LEVEL,
    PART_PARTITION,
    PART_OFFSET,
    PART_KEY,
    PART_DATA,
    PART_POINTER
} part_kind;

typedef struct part {
    part_kind kind;
    ce_slice text; /* the literal, or what stands between the braces */
    unsigned level;
} part;

struct ce_template {
    char *text;
    part *parts;
    unsigned len, cap;
};

/* --- compiling --- */

static ce_status add_part(ce_template *t, part p, ce_error *err)
{
    if (t->len == t->cap) {
        unsigned cap = t->cap ? t->cap * 2 : 4;
        part *grown = ce_realloc(t->parts, cap * sizeof *grown);

        if (!grown)
            return ce_no_memory(err);
        t->parts = grown;
        t->cap = cap;
    }
    t->parts[t->len++] = p;
    return CE_OK;
}

/* "topic[12]": the number, or false. */
static bool read_level(ce_slice text, unsigned *out)
{
    ce_slice prefix = CE_SLICE("topic[");
    unsigned value = 0;

    if (!ce_slice_starts(text, prefix) || text.ptr[text.len - 1] != ']')
        return false;
    text = ce_slice_skip(text, prefix.len);
    text.len--;
    if (text.len == 0 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

static bool is_pointer(ce_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '~' &&
            (i + 1 == text.len ||
             (text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1')))
            return false;
    return true;
}

static bool read_placeholder(ce_slice text, part *out)
{
    static const struct {
        const char *name;
        part_kind kind;
    } names[] = {
        { "topic", PART_TOPIC }, { "partition", PART_PARTITION },
        { "key", PART_KEY },     { "offset", PART_OFFSET },
        { "data", PART_DATA },
    };

    *out = (part){ PART_ATTRIBUTE, text, 0 };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ce_slice_eq(text, ce_slice_of(names[i].name))) {
            out->kind = names[i].kind;
            return true;
        }
    if (read_level(text, &out->level)) {
        out->kind = PART_LEVEL;
        return true;
    }
    if (ce_slice_starts(text, CE_SLICE("data/"))) {
        out->kind = PART_POINTER;
        return is_pointer(text);
    }
    return ce_name_is_valid(text);
}

/* P stands on the brace that opens; *END behind the one that closes. */
static ce_status compile_placeholder(ce_template *t, const char *p,
                                     const char **end, ce_error *err)
{
    const char *close = strchr(p, '}');
    size_t column = (size_t)(p - t->text) + 1;
    part made;

    if (!close)
        return ce_fail(err, CE_ESYNTAX,
                       "column %zu: placeholder \"%.60s\" is not closed "
                       "(\"{{\" stands for a brace)",
                       column, p);
    if (!read_placeholder((ce_slice){ p + 1, (size_t)(close - p) - 1 }, &made))
        return ce_fail(err, CE_ESYNTAX,
                       "column %zu: unknown placeholder \"%.*s\"", column,
                       close - p < 60 ? (int)(close - p) + 1 : 60, p);
    *end = close + 1;
    return add_part(t, made, err);
}

static ce_status compile(ce_template *t, ce_error *err)
{
    const char *p = t->text;
    ce_status status = CE_OK;

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
        status = add_part(t, (part){ PART_LITERAL, { p, n ? n : 1 }, 0 }, err);
        p += n ? n : 2;
    }
    return status;
}

ce_status ce_template_compile(ce_template **out, const char *text,
                              ce_error *err)
{
    ce_template *t = ce_alloc_zeroed(sizeof *t);
    ce_status status;

    *out = NULL;
    if (!t)
        return ce_no_memory(err);
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
    ce_free(t->parts);
    ce_free(t->text);
    ce_free(t);
}

ce_slice ce_template_literal(const ce_template *t)
{
    if (t->len == 0)
        return CE_SLICE("");
    if (t->len == 1 && t->parts[0].kind == PART_LITERAL)
        return t->parts[0].text;
    return (ce_slice){ NULL, 0 };
}

/* --- expanding --- */

static ce_slice level_of(ce_slice topic, unsigned level)
{
    for (; topic.ptr; level--) {
        const char *slash =
            topic.len ? memchr(topic.ptr, '/', topic.len) : NULL;
        size_t len = slash ? (size_t)(slash - topic.ptr) : topic.len;

        if (level == 0)
            return (ce_slice){ topic.ptr, len };
        if (!slash)
            break;
        topic = ce_slice_skip(topic, len + 1);
    }
    return (ce_slice){ NULL, 0 };
}

static ce_slice data_of(const ce_delivery *d, const ce_event *e)
{
    static const ce_slice none = { NULL, 0 };

    if (!e)
        return d->message.body;
    return e->data_kind == CE_DATA_NONE ? none : e->data;
}

/* A member that is null has no value, as if it were not there. */
static ce_status point(const part *p, const ce_delivery *d, const ce_event *e,
                       ce_slice *out)
{
    ce_slice json = data_of(d, e);
    ce_status status;

    if (!json.ptr)
        return CE_OK;
    if ((!e || e->data_kind != CE_DATA_JSON) && !ce_json_is_valid(json))
        return CE_OK;
    status = ce_json_pointer(json, ce_slice_skip(p->text, 4), out);
    if (status != CE_OK || ce_slice_eq(*out, CE_SLICE("null")))
        *out = (ce_slice){ NULL, 0 };
    else if (out->len > 0 && *out->ptr == '"')
        status = ce_json_unescape(*out, d->arena, out, NULL);
    return status == CE_ENOMEM ? CE_ENOMEM : CE_OK;
}

static ce_status number(ce_arena *arena, int64_t value, ce_slice *out)
{
    if (value < 0)
        return CE_OK;
    *out = ce_arena_printf(arena, "%" PRId64, value);
    return out->ptr ? CE_OK : CE_ENOMEM;
}

static ce_slice attribute_of(ce_slice name, const ce_event *e)
{
    const ce_attr *a = e ? ce_attrs_find(&e->attrs, name) : NULL;

    return a ? a->text : (ce_slice){ NULL, 0 };
}

/* *OUT stays absent when there is no value. */
static ce_status value_of(const part *p, const ce_delivery *d,
                          const ce_event *e, ce_slice *out)
{
    *out = (ce_slice){ NULL, 0 };
    switch (p->kind) {
    case PART_LITERAL:
        *out = p->text;
        break;
    case PART_ATTRIBUTE:
        *out = attribute_of(p->text, e);
        break;
    case PART_TOPIC:
        *out = d->origin.topic;
        break;
    case PART_LEVEL:
        *out = level_of(d->origin.topic, p->level);
        break;
    case PART_PARTITION:
        return number(d->arena, d->origin.partition, out);
    case PART_OFFSET:
        return number(d->arena, d->origin.offset, out);
    case PART_KEY:
        *out = d->message.key;
        break;
    case PART_DATA:
        *out = data_of(d, e);
        break;
    case PART_POINTER:
        return point(p, d, e, out);
    }
    return CE_OK;
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

ce_status ce_template_expand(const ce_template *t, const ce_delivery *d,
                             const ce_event *e, ce_slice *out, ce_error *err)
{
    ce_slice *values;

    *out = (ce_slice){ NULL, 0 };
    values = ce_arena_alloc(d->arena, (t->len + 1) * sizeof *values);
    if (!values)
        return ce_no_memory(err);
    for (unsigned i = 0; i < t->len; i++) {
        if (value_of(&t->parts[i], d, e, &values[i]) != CE_OK)
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
