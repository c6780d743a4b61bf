/* SPDX-License-Identifier: Apache-2.0 */
/* Writes dead letters. */
#include "core/pipeline/letter.h"

#include <stdio.h>
#include <string.h>

/* Every function returns early once one has failed: the only failure is
 * memory, and the caller looks once. */
typedef struct writer {
    ce_delivery *d;
    ce_event event;
    ce_status status;
} writer;

static void set(writer *w, const char *name, ce_slice text, ce_type type)
{
    ce_error err;

    if (w->status == CE_OK && text.ptr)
        w->status =
            ce_event_set_slice(&w->event, ce_slice_of(name), text, type, &err);
}

static void set_integer(writer *w, const char *name, int64_t value)
{
    bool fits = value >= INT32_MIN && value <= INT32_MAX;

    set(w, name, ce_arena_printf(w->d->arena, "%lld", (long long)value),
        fits ? CE_INTEGER : CE_STRING);
}

static void set_time(writer *w, const char *name, uint64_t ms)
{
    struct timespec at = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
    ce_error err;

    if (w->status == CE_OK)
        w->status = ce_event_set_time(&w->event, name, at, &err);
}

/* Texts from outside may hold what a String may not. */
static ce_slice printable(writer *w, ce_slice text)
{
    ce_slice copy;

    if (ce_string_is_valid(text))
        return text;
    if (ce_arena_copy(w->d->arena, text, &copy) != CE_OK)
        return (ce_slice){ NULL, 0 };
    for (char *p = (char *)copy.ptr; p < copy.ptr + copy.len; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
    return copy;
}

static void set_text(writer *w, const char *name, ce_slice text)
{
    if (text.ptr)
        set(w, name, printable(w, text), CE_STRING);
}

static const char *outcome_of(const ce_result *r)
{
    if (r->malformed)
        return "malformed";
    return r->verdict == CE_UNDELIVERED ? "undelivered" : "nack";
}

static void set_cause(writer *w, const ce_result *r, const char *route,
                      const char *target)
{
    set_text(w, "dlqroute", ce_slice_of(route));
    set_text(w, "dlqtarget", ce_slice_of(target));
    set(w, "dlqoutcome", ce_slice_of(outcome_of(r)), CE_STRING);
    if (r->code)
        set_integer(w, "dlqcode", r->code);
    if (r->reason[0])
        set_text(w, "dlqreason", ce_slice_of(r->reason));
    set_integer(w, "dlqattempts", r->attempts ? r->attempts : 1);
}

/* --- messages that are no event --- */

static ce_status append_json_text(ce_buf *b, ce_slice text)
{
    if (ce_buf_byte(b, '"') != CE_OK)
        return CE_ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((c == '"' || c == '\\') && ce_buf_byte(b, '\\') != CE_OK)
            return CE_ENOMEM;
        if (ce_buf_byte(b, c) != CE_OK)
            return CE_ENOMEM;
    }
    return ce_buf_byte(b, '"');
}

static ce_status append_header(writer *w, ce_buf *b, const ce_attr *a)
{
    ce_slice name = printable(w, a->name), value = printable(w, a->text);

    if (!name.ptr || (a->text.ptr && !value.ptr) ||
        ce_buf_append(b, b->len > 1 ? CE_SLICE(",[") : CE_SLICE("[")) !=
            CE_OK ||
        append_json_text(b, name) != CE_OK || ce_buf_byte(b, ',') != CE_OK)
        return CE_ENOMEM;
    if ((value.ptr ? append_json_text(b, value)
                   : ce_buf_append(b, CE_SLICE("null"))) != CE_OK)
        return CE_ENOMEM;
    return ce_buf_byte(b, ']');
}

/* The headers in their order as JSON: [["name","value"],...]. */
static void set_headers(writer *w, const ce_attrs *headers)
{
    ce_buf b = { NULL, 0, 0 };

    if (w->status != CE_OK || headers->len == 0)
        return;
    w->status = ce_buf_byte(&b, '[');
    for (unsigned i = 0; i < headers->len && w->status == CE_OK; i++)
        w->status = append_header(w, &b, &headers->at[i]);
    if (w->status == CE_OK)
        w->status = ce_buf_byte(&b, ']');
    if (w->status == CE_OK)
        set(w, "dlqheaders", ce_buf_slice(&b), CE_STRING);
    ce_buf_free(&b);
}

static void set_origin(writer *w)
{
    const ce_origin *o = &w->d->origin;

    set_text(w, "dlqtopic", o->topic);
    if (o->partition >= 0)
        set_integer(w, "dlqpartition", o->partition);
    if (o->offset >= 0)
        set_integer(w, "dlqoffset", o->offset);
    set_text(w, "dlqkey", w->d->message.key);
    set_headers(w, &o->metadata);
}

/* The route as a URI-reference: other characters than these become '-'. */
static ce_slice source_of(writer *w, const char *route)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    ce_slice uri = ce_arena_printf(w->d->arena, "/cebridge/%s", route);

    for (char *p = (char *)uri.ptr; p && *p; p++)
        if (*p != '/' && !strchr(safe, *p))
            *p = '-';
    return uri;
}

static void wrap_malformed(writer *w, const char *route)
{
    const ce_message *m = &w->d->message;
    const ce_origin *o = &w->d->origin;
    ce_error err;

    set(w, "specversion", CE_SLICE("1.0"), CE_STRING);
    set(w, "type", CE_SLICE("cebridge.malformed"), CE_STRING);
    set(w, "source", source_of(w, route), CE_URI_REF);
    /* A record that comes again gets the same id. */
    if (o->partition >= 0 && o->offset >= 0)
        set(w, "id",
            ce_arena_printf(w->d->arena, "%.*s-%d-%lld", CE_ARG(o->topic),
                            (int)o->partition, (long long)o->offset),
            CE_STRING);
    if (w->status == CE_OK)
        w->status = ce_event_stamp(&w->event, &err);
    set_text(w, "datacontenttype", m->content_type);
    w->event.data = m->body;
    w->event.data_kind = m->body.ptr ? CE_DATA_BYTES : CE_DATA_NONE;
    set_origin(w);
}

/* --- events --- */

static void copy_event(writer *w, const ce_event *e)
{
    ce_attrs *attrs = &w->event.attrs;

    for (unsigned i = 0; i < e->attrs.len && w->status == CE_OK; i++)
        w->status = ce_attrs_add(attrs, w->d->arena, e->attrs.at[i]);
    w->event.data = e->data;
    w->event.data_kind = e->data_kind;
}

/* Binary mode would turn data that is itself an event in structured mode back
 * into that event. */
static ce_mode mode_of(const writer *w)
{
    ce_slice type = ce_event_text(&w->event, "datacontenttype");

    if (w->d->message.mode == CE_MODE_STRUCTURED ||
        (type.ptr && ce_mode_of(type) != CE_MODE_BINARY))
        return CE_MODE_STRUCTURED;
    return CE_MODE_BINARY;
}

static const ce_format *format_of(const writer *w)
{
    const ce_format *f = w->d->message.format;

    return w->d->message.mode == CE_MODE_STRUCTURED && f ? f : &ce_format_json;
}

ce_status ce_letter_write(ce_delivery *d, const ce_result *r, const char *route,
                          const char *target, uint64_t first_ms,
                          uint64_t now_ms, ce_message *out)
{
    writer w = { .d = d, .event = { .arena = d->arena }, .status = CE_OK };
    const ce_event *e = NULL;
    ce_error err;

    if (!r->malformed)
        e = ce_delivery_event(d, &err);
    if (e)
        copy_event(&w, e);
    else
        wrap_malformed(&w, route);
    set_cause(&w, r, route, target);
    set_time(&w, "dlqfirsttime", first_ms);
    set_time(&w, "dlqtime", now_ms);
    if (w.status == CE_OK)
        w.status = ce_message_encode(&w.event, mode_of(&w), format_of(&w),
                                     d->arena, out);
    out->key = d->message.key;
    return w.status;
}
