/* SPDX-License-Identifier: Apache-2.0 */
/* Writes dead letters. Nothing that a peer has sent may fail to become one:
 * what is no valid attribute is quoted in another. */
#include "core/pipeline/letter.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/data.h>

#include "core/base/base64.h"
#include "core/base/media_type.h"
#include "core/base/utf8.h"
#include "core/json/scan.h"

enum {
    /* Of dlqheaders in binary mode: peers refuse headers of 8 KiB and more. */
    HEADERS_MAX = 4096
};

/* Every function returns early once one has failed: the caller looks once. */
typedef struct writer {
    ce_delivery *d;
    ce_event event;
    ce_status status;
    ce_error *err;
} writer;

static void fail(writer *w)
{
    w->status = ce_no_memory(w->err);
}

/* TEXT must be a String already. */
static void set(writer *w, const char *name, ce_slice text, ce_type type)
{
    if (w->status != CE_OK)
        return;
    if (!text.ptr)
        fail(w);
    else
        w->status = ce_event_set_slice(&w->event, ce_slice_of(name), text, type,
                                       w->err);
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

    if (w->status == CE_OK)
        w->status = ce_event_set_time(&w->event, name, at, w->err);
}

/* --- quoting --- */

/* The length of the character at P that a String may hold (CloudEvents 1.0,
 * "Type System"), or 0. */
static unsigned printable_at(const char *p, const char *end)
{
    uint32_t c;
    unsigned n = ce_utf8_decode(p, end, &c);

    return n && ce_string_is_valid((ce_slice){ p, n }) ? n : 0;
}

/* What may not be in a String becomes %XX: the rest stays readable. */
static ce_slice quoted(writer *w, ce_slice text)
{
    const char *p = text.ptr, *end = p + text.len;
    char *start, *to;

    if (ce_string_is_valid(text))
        return text;
    start = to = ce_arena_alloc(w->d->arena, text.len * 3 + 1);
    while (to && p < end) {
        unsigned n = printable_at(p, end);

        if (!n)
            to += sprintf(to, "%%%02X", (unsigned)(unsigned char)*p);
        memcpy(to, p, n);
        to += n;
        p += n ? n : 1;
    }
    return (ce_slice){ start, (size_t)(to - start) };
}

static void set_text(writer *w, const char *name, ce_slice text)
{
    if (text.ptr)
        set(w, name, quoted(w, text), CE_STRING);
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

static ce_status append_unit(ce_buf *b, uint32_t unit)
{
    return ce_buf_printf(b, "\\u%04X", (unsigned)unit);
}

/* RFC 8259 7: beyond the first plane as two surrogates. */
static ce_status append_escaped(ce_buf *b, uint32_t c)
{
    if (c < 0x10000)
        return append_unit(b, c);
    c -= 0x10000;
    if (append_unit(b, 0xD800 + (c >> 10)) != CE_OK)
        return CE_ENOMEM;
    return append_unit(b, 0xDC00 + (c & 0x3FF));
}

static ce_status append_character(ce_buf *b, ce_slice c, uint32_t value)
{
    if (!ce_string_is_valid(c))
        return append_escaped(b, value);
    if ((*c.ptr == '"' || *c.ptr == '\\') && ce_buf_byte(b, '\\') != CE_OK)
        return CE_ENOMEM;
    return ce_buf_append(b, c);
}

/* TEXT must be UTF-8. The JSON itself has no character that a String may not
 * have. */
static ce_status append_text(ce_buf *b, ce_slice text)
{
    const char *p = text.ptr, *end = p + text.len;

    if (ce_buf_byte(b, '"') != CE_OK)
        return CE_ENOMEM;
    while (p < end) {
        uint32_t c;
        unsigned n = ce_utf8_decode(p, end, &c);

        if (append_character(b, (ce_slice){ p, n }, c) != CE_OK)
            return CE_ENOMEM;
        p += n;
    }
    return ce_buf_byte(b, '"');
}

static ce_status append_base64(ce_buf *b, ce_slice bytes)
{
    if (ce_buf_append(b, CE_SLICE("{\"base64\":\"")) != CE_OK ||
        ce_base64_encode(bytes, b) != CE_OK)
        return CE_ENOMEM;
    return ce_buf_append(b, CE_SLICE("\"}"));
}

static ce_status append_value(ce_buf *b, ce_slice value)
{
    if (!value.ptr)
        return ce_buf_append(b, CE_SLICE("null"));
    return ce_utf8_is_valid(value) ? append_text(b, value)
                                   : append_base64(b, value);
}

/* A colon begins the names of what is no header. */
static ce_status append_name(ce_buf *b, ce_slice name)
{
    if (ce_slice_starts(name, CE_SLICE(":")))
        return append_base64(b, name);
    return append_value(b, name.ptr ? name : CE_SLICE(""));
}

static void append_entry(writer *w, ce_buf *b, ce_slice name, bool is_header,
                         ce_slice value)
{
    ce_slice open = b->len ? CE_SLICE(",[") : CE_SLICE("[[");

    if (w->status != CE_OK)
        return;
    if (ce_buf_append(b, open) != CE_OK ||
        (is_header ? append_name(b, name) : append_text(b, name)) != CE_OK ||
        ce_buf_byte(b, ',') != CE_OK || append_value(b, value) != CE_OK ||
        ce_buf_byte(b, ']') != CE_OK)
        fail(w);
}

static void append_headers(writer *w, ce_buf *b, const ce_attrs *headers)
{
    for (unsigned i = 0; i < headers->len; i++)
        append_entry(w, b, headers->at[i].name, true, headers->at[i].text);
}

/* A field of the message in an attribute of its own, or among the headers. */
static void set_field(writer *w, ce_buf *b, const char *attribute,
                      const char *name, ce_slice value)
{
    if (value.ptr && ce_string_is_valid(value))
        set(w, attribute, value, CE_STRING);
    else if (value.ptr)
        append_entry(w, b, ce_slice_of(name), false, value);
}

static void append_all_headers(writer *w, ce_buf *b)
{
    ce_delivery *d = w->d;
    ce_attrs all = { NULL, 0, 0 };

    if (w->status != CE_OK)
        return;
    if (!d->headers) {
        append_headers(w, b, &d->message.attrs);
        append_headers(w, b, &d->origin.metadata);
    } else if (d->headers(d, &all) == CE_OK) {
        append_headers(w, b, &all);
    } else {
        fail(w);
    }
}

/* JSON in JSON loses the white space around it, and in a file its line
 * breaks. */
static bool is_kept_by_json(ce_slice body)
{
    ce_buf compact = { NULL, 0, 0 };
    bool is_kept = ce_json_compact(body, &compact) == CE_OK &&
                   ce_slice_eq(ce_buf_slice(&compact), body) &&
                   ce_slice_eq(ce_slice_trim(body), body) &&
                   (unsigned char)*body.ptr < 128;

    ce_buf_free(&compact);
    return is_kept;
}

/* Whether a format would write the body of this type as JSON, and change it. */
static bool is_changed(ce_slice type, ce_slice body)
{
    return body.ptr && ce_media_type_is_json(type) && ce_json_is_valid(body) &&
           !is_kept_by_json(body);
}

/* Any letter may be written as structured JSON on its way. */
static void set_content_type(writer *w, ce_buf *b)
{
    const ce_message *m = &w->d->message;
    ce_slice type = m->content_type;

    if (!type.ptr)
        return;
    if (!ce_string_is_valid(type) || !ce_media_type_is_valid(type)) {
        append_entry(w, b, CE_SLICE(":content-type"), false, type);
    } else if (is_changed(type, m->body)) {
        append_entry(w, b, CE_SLICE(":content-type"), false, type);
        set(w, "datacontenttype", CE_SLICE("application/octet-stream"),
            CE_STRING);
    } else {
        set(w, "datacontenttype", type, CE_STRING);
    }
}

static void set_origin(writer *w)
{
    const ce_origin *o = &w->d->origin;
    ce_buf b = { NULL, 0, 0 };

    if (o->partition >= 0)
        set_integer(w, "dlqpartition", o->partition);
    if (o->offset >= 0)
        set_integer(w, "dlqoffset", o->offset);
    set_content_type(w, &b);
    set_field(w, &b, "dlqtopic", ":topic", o->topic);
    set_field(w, &b, "dlqkey", ":key", w->d->message.key);
    append_all_headers(w, &b);
    if (b.len && ce_buf_byte(&b, ']') != CE_OK)
        fail(w);
    if (b.len)
        set(w, "dlqheaders", ce_buf_slice(&b), CE_STRING);
    ce_buf_free(&b);
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

/* A record that comes again gets the same id. */
static void set_id(writer *w)
{
    const ce_origin *o = &w->d->origin;
    ce_slice topic = quoted(w, o->topic);

    if (o->partition < 0 || o->offset < 0)
        return;
    set(w, "id",
        ce_arena_printf(w->d->arena, "%.*s-%d-%lld", CE_ARG(topic),
                        (int)o->partition, (long long)o->offset),
        CE_STRING);
}

static void wrap_malformed(writer *w, const char *route)
{
    const ce_message *m = &w->d->message;

    set(w, "specversion", CE_SLICE("1.0"), CE_STRING);
    set(w, "type", CE_SLICE("cebridge.malformed"), CE_STRING);
    set(w, "source", source_of(w, route), CE_URI_REF);
    set_id(w);
    if (w->status == CE_OK)
        w->status = ce_event_stamp(&w->event, w->err);
    w->event.data = m->body;
    w->event.data_kind = m->body.ptr ? CE_DATA_BYTES : CE_DATA_NONE;
    set_origin(w);
}

/* --- events --- */

static void copy_event(writer *w, const ce_event *e)
{
    ce_attrs *attrs = &w->event.attrs;

    for (unsigned i = 0; i < e->attrs.len && w->status == CE_OK; i++)
        if (ce_attrs_add(attrs, w->d->arena, e->attrs.at[i]) != CE_OK)
            fail(w);
    w->event.data = e->data;
    w->event.data_kind = e->data_kind;
}

/* Binary mode would turn data that is itself an event in structured mode back
 * into that event, and no peer takes headers of any size. */
static ce_mode mode_of(const writer *w)
{
    ce_slice type = ce_event_text(&w->event, "datacontenttype");

    if (w->d->message.mode == CE_MODE_STRUCTURED ||
        (type.ptr && ce_mode_of(type) != CE_MODE_BINARY) ||
        ce_event_text(&w->event, "dlqheaders").len > HEADERS_MAX)
        return CE_MODE_STRUCTURED;
    return CE_MODE_BINARY;
}

static const ce_format *format_of(const writer *w)
{
    const ce_format *f = w->d->message.format;

    return w->d->message.mode == CE_MODE_STRUCTURED && f ? f : &ce_format_json;
}

static void encode(writer *w, ce_message *out)
{
    ce_mode mode = mode_of(w);

    if (w->status != CE_OK)
        return;
    w->status =
        ce_message_encode(&w->event, mode, format_of(w), w->d->arena, out);
    /* What another format cannot hold JSON can. */
    if (w->status != CE_OK && w->status != CE_ENOMEM)
        w->status = ce_message_encode(&w->event, mode, &ce_format_json,
                                      w->d->arena, out);
    if (w->status != CE_OK)
        ce_fail(w->err, w->status, "the dead letter cannot be encoded");
}

ce_status ce_letter_write(ce_delivery *d, const ce_result *r,
                          const ce_letter_cause *why, ce_message *out,
                          ce_error *err)
{
    writer w = { .d = d, .event = { .arena = d->arena }, .err = err };
    const ce_event *e = NULL;

    if (!r->malformed)
        e = ce_delivery_event(d, err);
    if (e)
        copy_event(&w, e);
    else
        wrap_malformed(&w, why->route);
    set_cause(&w, r, why->route, why->target);
    set_time(&w, "dlqfirsttime", why->first_ms);
    set_time(&w, "dlqtime", why->now_ms);
    encode(&w, out);
    out->key = d->message.key;
    return w.status;
}
