/* SPDX-License-Identifier: Apache-2.0 */
/* Headers and messages: the HTTP protocol binding of CloudEvents 1.0, cited
 * here as "H". */
#include "bindings/http/http.h"

#include <string.h>

#include "bindings/http/header.h"
#include "core/json/scan.h"
#include "core/base/media_type.h"
#include "core/base/utf8.h"
#include "bindings/http/field.h"

/* --- reading --- */

static ce_slice lower_copy(ce_arena *arena, ce_slice name)
{
    char *copy = ce_arena_alloc(arena, name.len + 1);

    if (!copy)
        return (ce_slice){ NULL, 0 };
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
    }
    return (ce_slice){ copy, name.len };
}

static void note_defect(ce_http_reader *r, ce_slice name, const char *text)
{
    ce_slice line;

    if (r->defect)
        return;
    line = ce_arena_printf(r->arena, "header \"%.*s\": %s",
                           name.len < 60 ? (int)name.len : 60, name.ptr, text);
    r->defect = line.ptr;
    r->failed |= !line.ptr;
}

/* With LENIENT a lone "%" stands for itself: some senders do not encode
 * (HTTP-51). */
static ce_status decode_value(ce_http_reader *r, ce_slice value, ce_slice *out,
                              ce_error *err)
{
    ce_status status = ce_header_decode(value, r->arena, out, err);

    if (status != CE_ESYNTAX || !r->lenient || !ce_utf8_is_valid(value))
        return status;
    *out = value;
    r->tolerated = true;
    return CE_OK;
}

/* The event outlives its request, and libcurl shows a header only once. */
static ce_status copy_value(ce_http_reader *r, ce_slice value, ce_slice *out,
                            ce_error *err)
{
    ce_slice copy;

    if (ce_arena_copy(r->arena, value, &copy) != CE_OK)
        return CE_ENOMEM;
    return decode_value(r, copy, out, err);
}

/* H 3.1.3.1: the name of an attribute is behind "ce-", in lower case. */
static void read_attribute(ce_http_reader *r, ce_slice name, ce_slice value)
{
    ce_attr a = { .name = lower_copy(r->arena, ce_slice_skip(name, 3)) };
    ce_status status;
    ce_error err;

    r->has_attribute = true;
    if (r->max_attributes && r->attrs.len >= r->max_attributes) {
        note_defect(r, name, "more attributes than max_attributes");
        return;
    }
    status = copy_value(r, value, &a.text, &err);
    if (!a.name.ptr || status == CE_ENOMEM ||
        ce_names_apply(r->names, &a.name, r->arena, &r->tolerated) != CE_OK) {
        r->failed = true;
        return;
    }
    if (!a.name.ptr)
        return;
    if (status != CE_OK)
        note_defect(r, name, err.text);
    /* H 3.1.1: Content-Type says this (see binary_defect). */
    else if (ce_slice_eq(a.name, CE_SLICE("datacontenttype")))
        r->data_content_type = a.text;
    else if (ce_attrs_add(&r->attrs, r->arena, a) != CE_OK)
        r->failed = true;
    r->has_version |= ce_slice_eq(a.name, CE_SLICE("specversion"));
}

void ce_http_read_header(ce_http_reader *r, ce_slice name, ce_slice value)
{
    if (ce_slice_eq_nocase(name, CE_SLICE("Content-Type"))) {
        r->two_types |= r->content_type.ptr != NULL;
        if (ce_arena_copy(r->arena, value, &r->content_type) != CE_OK)
            r->failed = true;
    } else if (ce_slice_starts_nocase(name, CE_SLICE("ce-"))) {
        read_attribute(r, name, value);
    }
}

static const char *format_defect(ce_http_reader *r)
{
    ce_slice line = ce_arena_printf(
        r->arena, "event format \"%.*s\" is not supported",
        r->content_type.len < 100 ? (int)r->content_type.len : 100,
        r->content_type.ptr);

    return line.ptr ? line.ptr : "the event format is not supported";
}

/* The sender has set both, and they do not say the same (HTTP-22). */
static bool types_differ(const ce_http_reader *r)
{
    return r->data_content_type.ptr &&
           !ce_slice_eq(r->data_content_type, r->content_type);
}

static const char *binary_defect(const ce_http_reader *r)
{
    if (r->defect)
        return r->defect;
    if (!r->has_version)
        return "no CloudEvent: neither a header \"ce-specversion\" nor a "
               "Content-Type \"application/cloudevents...\"";
    if (types_differ(r))
        return "header \"ce-datacontenttype\": differs from Content-Type";
    return NULL;
}

/* 415: nothing is read of a format that is not known, nor from headers beside
 * it (H 3.2.3, HTTP-05). JSON in another charset than UTF-8 is such a
 * format. */
static void read_structured(ce_http_reader *r, ce_message *out,
                            ce_defect *defect)
{
    if (out->mode == CE_MODE_BATCH)
        out->format = ce_format_find_batch(r->content_type);
    else
        out->format = ce_format_find(r->content_type);
    if (out->format && ce_media_type_is_utf8(r->content_type))
        return;
    *defect = (ce_defect){ .reason = format_defect(r), .code = 415 };
    out->format = NULL;
    out->mode = CE_MODE_NONE;
}

ce_status ce_http_read_message(ce_http_reader *r, ce_slice body,
                               ce_message *out, ce_defect *defect)
{
    *defect = (ce_defect){ 0 };
    /* H 3: the content type tells the modes apart. */
    *out = (ce_message){ .mode = ce_mode_of(r->content_type),
                         .content_type = r->content_type,
                         .body = body };
    if (r->failed)
        return CE_ENOMEM;
    /* RFC 9110 8.3 allows one. Which one a server obeys is anybody's guess. */
    if (r->two_types) {
        out->mode = CE_MODE_NONE;
        defect->reason = "header \"Content-Type\": given more than once";
        return CE_OK;
    }
    if (out->mode != CE_MODE_BINARY) {
        read_structured(r, out, defect);
        return CE_OK;
    }
    /* H 3.1. Without any "ce-" header it is a plain message, no broken
     * event. */
    out->attrs = r->attrs;
    defect->reason = binary_defect(r);
    defect->plain = defect->reason && !r->has_attribute;
    if (defect->reason)
        out->mode = CE_MODE_NONE;
    return CE_OK;
}

static bool is_json(ce_slice content_type)
{
    return ce_slice_eq_nocase(ce_media_type_bare(content_type),
                              CE_SLICE("application/json")) &&
           ce_media_type_is_utf8(content_type);
}

static bool is_array(ce_slice body)
{
    while (body.len > 0 && strchr(" \t\r\n", *body.ptr))
        body = ce_slice_skip(body, 1);
    return body.len > 0 && *body.ptr == '[';
}

bool ce_http_assume(ce_message *m, ce_defect *defect)
{
    if (!defect->plain || (m->content_type.ptr && !is_json(m->content_type)))
        return false;
    *defect = (ce_defect){ 0 };
    m->format = &ce_format_json;
    if (is_array(m->body)) {
        m->mode = CE_MODE_BATCH;
        m->content_type = ce_slice_of(ce_format_json.batch_media_type);
    } else {
        m->mode = CE_MODE_STRUCTURED;
        m->content_type = ce_slice_of(ce_format_json.media_type);
    }
    return true;
}

/* --- writing --- */

/* H 3.1.1: as it stands. A line break in it would begin another header. */
static ce_status write_type(ce_slice type, ce_arena *arena,
                            ce_http_write_fn *fn, void *arg)
{
    if (!ce_http_is_value(type))
        return CE_EINVAL;
    if (type.ptr && ce_arena_copy(arena, type, &type) != CE_OK)
        return CE_ENOMEM;
    return fn(arg, "Content-Type", type.ptr);
}

/* Formatting would cost as much as all the rest of a header. */
static char *put(char *to, ce_slice text)
{
    if (text.len)
        memcpy(to, text.ptr, text.len);
    return to + text.len;
}

/* H 3.1.3.1 and 3.1.3.2. */
static ce_status write_attribute(const ce_attr *a, ce_arena *arena,
                                 ce_http_write_fn *fn, void *arg)
{
    const ce_slice prefix = CE_SLICE("ce-");
    char *name, *text;
    ce_slice value;

    if (!ce_name_is_valid(a->name))
        return CE_EINVAL;
    if (ce_header_encode(a->text, arena, &value) != CE_OK)
        return CE_ENOMEM;
    name = ce_arena_alloc(arena, prefix.len + a->name.len + value.len + 2);
    if (!name)
        return CE_ENOMEM;
    text = put(put(name, prefix), a->name);
    *text++ = '\0';
    *put(text, value) = '\0';
    return fn(arg, name, text);
}

ce_status ce_http_write_headers(const ce_message *m, ce_arena *arena,
                                ce_http_write_fn *fn, void *arg)
{
    ce_status status = write_type(m->content_type, arena, fn, arg);

    /* H 3.2.3: the body holds all attributes. */
    if (m->mode != CE_MODE_BINARY)
        return status;
    for (unsigned i = 0; i < m->attrs.len && status == CE_OK; i++)
        status = write_attribute(&m->attrs.at[i], arena, fn, arg);
    return status;
}

/* --- problems --- */

/* RFC 9457 3.1.3: short, and the same for each kind of problem. */
static const char *title_of(unsigned status)
{
    switch (status) {
    case 400:
        return "Not a valid CloudEvent";
    case 401:
        return "Not authorized";
    case 404:
        return "Not found";
    case 405:
        return "Method not allowed";
    case 413:
        return "Event too large";
    case 415:
        return "Format not supported";
    case 502:
        return "No usable reply";
    case 503:
        return "Not delivered";
    case 504:
        return "No answer in time";
    default:
        return "Refused";
    }
}

ce_slice ce_http_problem(ce_arena *arena, unsigned status, const char *detail)
{
    ce_slice text = CE_SLICE("no reason given");
    ce_slice out = { NULL, 0 };
    ce_buf b = { NULL, 0, 0 };

    if (detail && *detail)
        text = ce_slice_of(detail);
    if (!ce_utf8_is_valid(text))
        text = CE_SLICE("the reason is not printable");
    if (ce_buf_printf(&b,
                      "{\"type\":\"about:blank\",\"title\":\"%s\","
                      "\"status\":%u,\"detail\":",
                      title_of(status), status) == CE_OK &&
        ce_json_escape(text, &b) == CE_OK && ce_buf_byte(&b, '}') == CE_OK &&
        ce_arena_copy(arena, ce_buf_slice(&b), &out) != CE_OK)
        out = (ce_slice){ NULL, 0 };
    ce_buf_free(&b);
    return out;
}
