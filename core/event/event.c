/* SPDX-License-Identifier: Apache-2.0 */
/* Building, checking and comparing events. */
#include <cloudevents/alloc.h>
#include <cloudevents/event.h>

#include <stdio.h>
#include <string.h>

#include "core/event/attr.h"
#include "core/base/base64.h"
#include "core/base/time.h"
#include "core/base/uuid.h"

static const ce_slice absent = { NULL, 0 };

/* --- life --- */

static ce_event *new_event(void)
{
    ce_event *e = ce_alloc_zeroed(sizeof *e);

    if (!e)
        return NULL;
    e->owned = true;
    e->arena = ce_arena_new();
    if (!e->arena) {
        ce_free(e);
        return NULL;
    }
    return e;
}

ce_event *ce_event_blank(void)
{
    ce_event *e = new_event();

    if (e && ce_event_set(e, "specversion", "1.0", NULL) != CE_OK) {
        ce_event_free(e);
        return NULL;
    }
    return e;
}

ce_event *ce_event_new(void)
{
    ce_event *e = ce_event_blank();

    if (e && ce_event_stamp(e, NULL) != CE_OK) {
        ce_event_free(e);
        return NULL;
    }
    return e;
}

static ce_status copy_attr(ce_event *to, const ce_attr *a)
{
    ce_attr copy = { .type = a->type };

    if (ce_arena_copy(to->arena, a->name, &copy.name) != CE_OK ||
        ce_arena_copy(to->arena, a->text, &copy.text) != CE_OK)
        return CE_ENOMEM;
    return ce_attrs_add(&to->attrs, to->arena, copy);
}

ce_status ce_event_copy(const ce_event *e, ce_arena *arena, ce_event *out)
{
    ce_status status = CE_OK;

    *out = (ce_event){ .arena = arena, .data_kind = e->data_kind };
    for (unsigned i = 0; i < e->attrs.len && status == CE_OK; i++)
        status = copy_attr(out, &e->attrs.at[i]);
    if (status != CE_OK)
        return status;
    return ce_arena_copy(arena, e->data, &out->data);
}

ce_event *ce_event_clone(const ce_event *e)
{
    ce_event *copy = new_event(), made;

    if (!copy)
        return NULL;
    if (ce_event_copy(e, copy->arena, &made) != CE_OK) {
        ce_event_free(copy);
        return NULL;
    }
    made.owned = true;
    *copy = made;
    return copy;
}

void ce_event_free(ce_event *e)
{
    if (!e || !e->owned)
        return;
    if (e->release)
        e->release(e->taken);
    ce_arena_free(e->arena);
    ce_free(e);
}

/* --- attributes --- */

static ce_attr *find(ce_event *e, ce_slice name)
{
    for (unsigned i = 0; i < e->attrs.len; i++)
        if (ce_slice_eq(e->attrs.at[i].name, name))
            return &e->attrs.at[i];
    return NULL;
}

static ce_status put(ce_event *e, const ce_attr *a, ce_error *err)
{
    ce_attr *old = find(e, a->name);
    ce_slice text;

    if (!old)
        return copy_attr(e, a) == CE_OK ? CE_OK : ce_no_memory(err);
    if (ce_arena_copy(e->arena, a->text, &text) != CE_OK)
        return ce_no_memory(err);
    old->text = text;
    old->type = a->type;
    return CE_OK;
}

ce_status ce_event_set_slice(ce_event *e, ce_slice name, ce_slice text,
                             ce_type type, ce_error *err)
{
    ce_attr a = { name, text, ce_attr_type_of(name, type) };
    ce_status status;

    if (!text.ptr)
        return ce_attr_fail(err, name, "a text is needed", absent);
    status = ce_attr_check(&a, err);
    if (status != CE_OK)
        return status;
    return put(e, &a, err);
}

ce_status ce_event_set(ce_event *e, const char *name, const char *text,
                       ce_error *err)
{
    return ce_event_set_slice(e, ce_slice_of(name), ce_slice_of(text),
                              CE_STRING, err);
}

ce_status ce_event_set_integer(ce_event *e, const char *name, int32_t value,
                               ce_error *err)
{
    char text[12];
    int len = snprintf(text, sizeof text, "%d", (int)value);

    return ce_event_set_slice(e, ce_slice_of(name),
                              (ce_slice){ text, (size_t)len }, CE_INTEGER, err);
}

ce_status ce_event_set_boolean(ce_event *e, const char *name, bool value,
                               ce_error *err)
{
    return ce_event_set_slice(e, ce_slice_of(name),
                              value ? CE_SLICE("true") : CE_SLICE("false"),
                              CE_BOOLEAN, err);
}

ce_status ce_event_set_time(ce_event *e, const char *name,
                            struct timespec value, ce_error *err)
{
    char text[CE_TIME_MAX];
    size_t len = ce_time_format(value, text);

    return ce_event_set_slice(e, ce_slice_of(name), (ce_slice){ text, len },
                              CE_TIMESTAMP, err);
}

ce_status ce_event_set_uri(ce_event *e, const char *name, const char *text,
                           ce_error *err)
{
    return ce_event_set_slice(e, ce_slice_of(name), ce_slice_of(text), CE_URI,
                              err);
}

ce_status ce_event_set_uri_ref(ce_event *e, const char *name, const char *text,
                               ce_error *err)
{
    return ce_event_set_slice(e, ce_slice_of(name), ce_slice_of(text),
                              CE_URI_REF, err);
}

ce_status ce_event_set_binary(ce_event *e, const char *name, ce_slice bytes,
                              ce_error *err)
{
    ce_buf text = { 0 };
    ce_status status;

    if (ce_base64_encode(bytes, &text) == CE_OK)
        status = ce_event_set_slice(e, ce_slice_of(name), ce_buf_slice(&text),
                                    CE_BINARY, err);
    else
        status = ce_no_memory(err);
    ce_buf_free(&text);
    return status;
}

bool ce_event_remove(ce_event *e, const char *name)
{
    ce_attr *a = find(e, ce_slice_of(name));

    if (!a)
        return false;
    e->attrs.len--;
    memmove(a, a + 1, (size_t)(&e->attrs.at[e->attrs.len] - a) * sizeof *a);
    return true;
}

ce_status ce_event_stamp(ce_event *e, ce_error *err)
{
    char id[CE_UUID_LEN + 1];
    struct timespec now;

    if (!ce_event_get(e, "id")) {
        if (ce_uuid_new(id) != CE_OK)
            return ce_fail(err, CE_EIO, "no random numbers for an id");
        if (ce_event_set(e, "id", id, err) != CE_OK)
            return CE_ENOMEM;
    }
    if (ce_event_get(e, "time"))
        return CE_OK;
    clock_gettime(CLOCK_REALTIME, &now);
    return ce_event_set_time(e, "time", now, err);
}

const ce_attr *ce_event_get(const ce_event *e, const char *name)
{
    return ce_attrs_find(&e->attrs, ce_slice_of(name));
}

ce_slice ce_event_text(const ce_event *e, const char *name)
{
    const ce_attr *a = ce_event_get(e, name);

    return a ? a->text : absent;
}

const ce_attr *ce_event_extension(const ce_event *e, const ce_attr *after)
{
    const ce_attr *end = e->attrs.at + e->attrs.len;
    const ce_attr *a = after ? after + 1 : e->attrs.at;

    while (a < end && ce_attr_is_core(a->name))
        a++;
    return a < end ? a : NULL;
}

/* --- the whole event --- */

ce_status ce_event_findings(const ce_event *e, ce_finding_fn *fn, void *arg)
{
    ce_status status = ce_attrs_broken(&e->attrs, fn, arg);

    if (status != CE_OK)
        return status;
    status = ce_attrs_missing(&e->attrs, fn, arg);
    if (status != CE_OK)
        return status;
    return ce_attrs_twice(&e->attrs, fn, arg);
}

ce_status ce_event_check(const ce_event *e, ce_error *err)
{
    ce_status status = ce_event_findings(e, ce_first_finding, err);

    return status == CE_ENOMEM ? ce_no_memory(err) : status;
}

/* A timestamp may be written in many ways; two that cannot both be read are
 * compared as texts. */
static bool same_value(const ce_attr *a, const ce_attr *b)
{
    struct timespec x, y;

    if (ce_slice_eq(a->text, b->text))
        return true;
    return a->type == CE_TIMESTAMP && b->type == CE_TIMESTAMP &&
           ce_time_parse(a->text, &x) == CE_OK &&
           ce_time_parse(b->text, &y) == CE_OK && x.tv_sec == y.tv_sec &&
           x.tv_nsec == y.tv_nsec;
}

bool ce_event_equal(const ce_event *a, const ce_event *b)
{
    if (a->attrs.len != b->attrs.len || !a->data.ptr != !b->data.ptr ||
        !ce_slice_eq(a->data, b->data))
        return false;
    for (unsigned i = 0; i < a->attrs.len; i++) {
        const ce_attr *x = &a->attrs.at[i];
        const ce_attr *y = ce_attrs_find(&b->attrs, x->name);

        if (!y || !same_value(x, y))
            return false;
    }
    return true;
}
