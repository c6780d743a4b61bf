/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON event format: json-format.md of CloudEvents 1.0.
 *
 * Data that is JSON stays the text that it was, in both directions. */
#include <cloudevents/data.h>
#include <cloudevents/format.h>

#include <string.h>

#include "core/event/attr.h"
#include "core/base/base64.h"
#include "core/message/envelope.h"
#include "core/json/scan.h"
#include "core/event/legacy.h"
#include "core/base/media_type.h"

static const ce_slice absent = { NULL, 0 };

/* --- reading --- */

/* What the envelope says of data until all members are known. FOUND hears of
 * every fault but those of the JSON itself. */
typedef struct envelope {
    ce_json_reader *reader;
    ce_event *event;
    ce_finding_fn *found;
    void *arg;
    ce_json_value data;
    ce_slice base64;
    bool has_data, has_base64, has_nulls;
} envelope;

static ce_status tell(envelope *v, ce_status status, const ce_error *err)
{
    return status == CE_EINVAL ? v->found(v->arg, err) : status;
}

static ce_status member_twice(const char *name, ce_error *err)
{
    return ce_fail(err, CE_EINVAL, "\"%s\": given more than once", name);
}

static ce_status read_data(envelope *v, const ce_json_value *value,
                           ce_error *err)
{
    if (v->has_data)
        return member_twice("data", err);
    v->has_data = true;
    v->data = *value;
    return CE_OK;
}

static ce_status read_base64(envelope *v, const ce_json_value *value,
                             ce_error *err)
{
    if (v->has_base64)
        return member_twice("data_base64", err);
    v->has_base64 = true;
    if (value->kind == CE_JSON_NULL)
        return CE_OK;
    if (value->kind != CE_JSON_STRING)
        return ce_fail(err, CE_EINVAL, "\"data_base64\": not a string");
    return ce_json_text(v->reader, value->raw, v->event->arena, &v->base64,
                        err);
}

static ce_status read_string(envelope *v, ce_slice raw, ce_attr *a,
                             ce_error *err)
{
    ce_status status =
        ce_json_text(v->reader, raw, v->event->arena, &a->text, err);

    a->type = ce_attr_type_of(a->name, CE_STRING);
    if (status == CE_ESYNTAX)
        return ce_attr_fail(err, a->name, "half a surrogate pair", raw);
    return status;
}

static ce_status read_value(const ce_json_value *value, ce_attr *a,
                            ce_error *err)
{
    int32_t number;

    a->text = value->raw;
    if (value->kind == CE_JSON_OBJECT || value->kind == CE_JSON_ARRAY)
        return ce_attr_fail(
            err, a->name, "an object or array cannot be an attribute", absent);
    a->type = value->kind == CE_JSON_NUMBER ? CE_INTEGER : CE_BOOLEAN;
    if (a->type == CE_INTEGER) {
        if (ce_attr_integer(a, &number) != CE_OK)
            return ce_attr_fail(err, a->name, "not a 32-bit integer", a->text);
        /* Minus zero has no text of its own. */
        if (number == 0)
            a->text = CE_SLICE("0");
    }
    if (ce_attr_is_core(a->name))
        return ce_attr_fail(err, a->name, "must be a string", a->text);
    return CE_OK;
}

/* A value that is null is absent, but its name may not come again. */
static ce_status read_attr(envelope *v, ce_attr *a, const ce_json_value *value,
                           ce_error *err)
{
    ce_status status;

    v->has_nulls |= value->kind == CE_JSON_NULL;
    if (value->kind == CE_JSON_NULL)
        return ce_attr_check_name(a->name, err);
    if (value->kind == CE_JSON_STRING)
        status = read_string(v, value->raw, a, err);
    else
        status = read_value(value, a, err);
    if (status != CE_OK)
        return status;
    return ce_attr_check(a, err);
}

static ce_status read_member(envelope *v, ce_slice name,
                             const ce_json_value *value, ce_error *err)
{
    ce_attr *a;

    if (name.len == 4 && memcmp(name.ptr, "data", 4) == 0)
        return tell(v, read_data(v, value, err), err);
    if (name.len == 11 && memcmp(name.ptr, "data_base64", 11) == 0)
        return tell(v, read_base64(v, value, err), err);
    a = ce_attrs_push(&v->event->attrs, v->event->arena);
    if (!a)
        return ce_no_memory(err);
    *a = (ce_attr){ .name = name };
    return tell(v, read_attr(v, a, value, err), err);
}

/* The name and the value of the member that comes next. */
static ce_status next_member(envelope *v, ce_slice *name, ce_json_value *value,
                             ce_error *err)
{
    ce_json_reader *r = v->reader;
    ce_status status = ce_json_name(r, name, err);

    if (status != CE_OK)
        return status;
    status = ce_json_text(r, *name, v->event->arena, name, err);
    if (status != CE_OK)
        return status;
    return ce_json_value_next(r, value, err);
}

static ce_status read_members(envelope *v, ce_error *err)
{
    ce_status status = ce_json_enter(v->reader, '{', err);
    bool more;

    for (bool first = true; status == CE_OK; first = false) {
        ce_json_value value;
        ce_slice name;

        status = ce_json_more(v->reader, '}', first, &more, err);
        if (status != CE_OK || !more)
            break;
        status = next_member(v, &name, &value, err);
        if (status == CE_OK)
            status = read_member(v, name, &value, err);
    }
    return status;
}

/* Members of the value null were kept until here, to find duplicates. */
static void drop_nulls(ce_attrs *attrs)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < attrs->len; i++)
        if (attrs->at[i].text.ptr)
            attrs->at[kept++] = attrs->at[i];
    attrs->len = kept;
}

static ce_status check_attrs(envelope *v, ce_error *err)
{
    ce_attrs *attrs = &v->event->attrs;
    ce_status status = ce_attrs_twice(attrs, v->found, v->arg);

    if (status == CE_ENOMEM)
        return ce_no_memory(err);
    if (v->has_nulls)
        drop_nulls(attrs);
    if (status != CE_OK)
        return status;
    return ce_attrs_missing(attrs, v->found, v->arg);
}

static ce_status set_base64(envelope *v, ce_error *err)
{
    ce_event *e = v->event;
    ce_status status;

    /* JSON format 3.1.1: "data" and "data_base64" exclude each other. Version
     * 0.3 has one member and an attribute that tells. */
    if (ce_event_is_legacy(e))
        return ce_fail(err, CE_EINVAL,
                       "\"data_base64\": CloudEvents 0.3 has "
                       "datacontentencoding instead");
    if (v->has_data && v->data.kind != CE_JSON_NULL)
        return ce_fail(err, CE_EINVAL,
                       "\"data\" and \"data_base64\" exclude each other");
    status = ce_base64_decode(v->base64, e->arena, &e->data);
    if (status == CE_ESYNTAX)
        return ce_fail(err, CE_EINVAL, "\"data_base64\": no valid Base64");
    e->data_kind = CE_DATA_BYTES;
    return status;
}

static ce_status name_data(ce_status status, ce_error *err)
{
    if (status == CE_ESYNTAX)
        return ce_fail(err, CE_EINVAL, "\"data\": half a surrogate pair");
    return status;
}

static ce_status set_data(envelope *v, ce_error *err)
{
    ce_event *e = v->event;
    ce_slice type = ce_event_text(e, "datacontenttype");
    bool is_encoded = ce_event_is_encoded(e);

    if (!v->has_data)
        return CE_OK;
    e->data = v->data.raw;
    e->data_kind = CE_DATA_JSON;
    if (!is_encoded && (!type.ptr || ce_media_type_is_json(type)))
        return CE_OK;
    if (v->data.kind == CE_JSON_NULL) {
        e->data = absent;
        e->data_kind = CE_DATA_NONE;
        return CE_OK;
    }
    if (v->data.kind != CE_JSON_STRING && is_encoded)
        return ce_fail(err, CE_EINVAL,
                       "\"data\": must be a string, since datacontentencoding "
                       "is \"base64\"");
    if (v->data.kind != CE_JSON_STRING)
        return ce_fail(err, CE_EINVAL,
                       "\"data\": must be a string, since datacontenttype is "
                       "\"%.*s\"",
                       type.len < 80 ? (int)type.len : 80, type.ptr);
    e->data_kind = CE_DATA_TEXT;
    return name_data(
        ce_json_text(v->reader, v->data.raw, e->arena, &e->data, err), err);
}

static ce_status read_event(ce_json_reader *r, ce_event *out,
                            ce_finding_fn *found, void *arg, ce_error *err)
{
    envelope v = { .reader = r, .event = out, .found = found, .arg = arg };
    ce_status status = read_members(&v, err);

    if (status != CE_OK)
        return status;
    status = check_attrs(&v, err);
    if (status != CE_OK)
        return status;
    /* Last, since the content type may stand behind the data. */
    status = v.base64.ptr ? set_base64(&v, err) : set_data(&v, err);
    return tell(&v, status, err);
}

static ce_status decode(ce_slice body, ce_arena *arena, ce_event *out,
                        ce_error *err)
{
    ce_json_reader r = ce_json_read(body);
    ce_status status;
    ce_error local;

    if (!err)
        err = &local;
    *out = (ce_event){ .arena = arena };
    status = read_event(&r, out, ce_first_finding, err, err);
    return status == CE_OK ? ce_json_end(&r, err) : status;
}

static ce_status findings(ce_slice body, ce_arena *arena, ce_event *out,
                          ce_finding_fn *fn, void *arg)
{
    ce_json_reader r = ce_json_read(body);
    ce_status status;
    ce_error err;

    *out = (ce_event){ .arena = arena };
    status = read_event(&r, out, fn, arg, &err);
    if (status == CE_OK)
        status = ce_json_end(&r, &err);
    return status == CE_ESYNTAX ? fn(arg, &err) : status;
}

static ce_status decode_one(ce_json_reader *r, ce_batch_version *version,
                            ce_arena *arena, ce_event_fn *each, void *arg,
                            ce_error *err)
{
    ce_event e = { .arena = arena };
    const char *start = r->p;
    ce_status status = read_event(r, &e, ce_first_finding, err, err);

    if (status != CE_OK)
        return status;
    status = ce_batch_version_check(version, 1, &e, err);
    if (status != CE_OK)
        return status;
    return each(arg, &e, (ce_slice){ start, (size_t)(r->p - start) });
}

static ce_status decode_batch(ce_slice body, ce_arena *arena, ce_event_fn *each,
                              void *arg, ce_error *err)
{
    ce_json_reader r = ce_json_read(body);
    ce_batch_version version = { 0, "" };
    ce_error local;
    ce_status status;
    bool more = true;

    if (!err)
        err = &local;
    status = ce_json_enter(&r, '[', err);
    for (size_t i = 0; status == CE_OK; i++) {
        ce_arena_mark mark = ce_arena_marked(arena);

        status = ce_json_more(&r, ']', i == 0, &more, err);
        if (status != CE_OK || !more)
            break;
        status = ce_envelope_name_event(
            decode_one(&r, &version, arena, each, arg, err), i, err);
        ce_arena_rewind(arena, mark);
    }
    return status == CE_OK ? ce_json_end(&r, err) : status;
}

/* --- writing --- */

static ce_status write_name(ce_slice name, bool first, ce_buf *out)
{
    ce_status status = first ? CE_OK : ce_buf_byte(out, ',');

    if (status != CE_OK)
        return status;
    status = ce_json_escape(name, out);
    if (status != CE_OK)
        return status;
    return ce_buf_byte(out, ':');
}

static ce_status write_attr(const ce_attr *a, bool first, ce_buf *out)
{
    ce_status status = write_name(a->name, first, out);

    if (status != CE_OK)
        return status;
    if (a->type == CE_INTEGER || a->type == CE_BOOLEAN)
        return ce_buf_append(out, a->text);
    return ce_json_escape(a->text, out);
}

/* Version 0.3 names the encoding, and has no member of its own for it. */
static ce_status write_base64(const ce_event *e, ce_buf *out)
{
    ce_slice start = CE_SLICE(",\"data_base64\":\"");
    ce_status status;

    if (ce_event_is_legacy(e))
        start = CE_SLICE(",\"datacontentencoding\":\"base64\",\"data\":\"");
    status = ce_buf_append(out, start);
    if (status != CE_OK)
        return status;
    status = ce_base64_encode(e->data, out);
    if (status != CE_OK)
        return status;
    return ce_buf_byte(out, '"');
}

/* A text without a content type would be read as JSON. */
static ce_data_kind kind_of(const ce_event *e)
{
    ce_data_kind kind = ce_envelope_kind(e);

    if (kind == CE_DATA_TEXT && !ce_event_get(e, "datacontenttype") &&
        !ce_event_is_encoded(e))
        return CE_DATA_BYTES;
    return kind;
}

static ce_status write_data(const ce_event *e, ce_data_kind kind, ce_buf *out)
{
    ce_status status;

    if (kind == CE_DATA_NONE)
        return CE_OK;
    if (kind == CE_DATA_BYTES)
        return write_base64(e, out);
    status = write_name(CE_SLICE("data"), false, out);
    if (status != CE_OK)
        return status;
    if (kind == CE_DATA_JSON)
        return ce_buf_append(out, e->data);
    return ce_json_escape(e->data, out);
}

/* Where write_base64 names the encoding, an attribute may not. */
static bool is_replaced(const ce_event *e, ce_data_kind kind, ce_slice name)
{
    return kind == CE_DATA_BYTES &&
           ce_slice_eq(name, CE_SLICE("datacontentencoding")) &&
           ce_event_is_legacy(e);
}

static ce_status write_attrs(const ce_event *e, ce_data_kind kind, ce_buf *out)
{
    ce_status status = CE_OK;
    bool first = true;

    for (unsigned i = 0; i < e->attrs.len && status == CE_OK; i++) {
        if (is_replaced(e, kind, e->attrs.at[i].name))
            continue;
        status = write_attr(&e->attrs.at[i], first, out);
        first = false;
    }
    return status;
}

static ce_status encode(const ce_event *e, ce_buf *out)
{
    ce_data_kind kind = kind_of(e);
    ce_status status = ce_buf_byte(out, '{');

    if (status != CE_OK)
        return status;
    status = write_attrs(e, kind, out);
    if (status != CE_OK)
        return status;
    if (ce_envelope_implies_type(e))
        status = ce_buf_append(
            out, CE_SLICE(",\"datacontenttype\":\"application/json\""));
    if (status != CE_OK)
        return status;
    status = write_data(e, kind, out);
    if (status != CE_OK)
        return status;
    return ce_buf_byte(out, '}');
}

static ce_status encode_batch(const ce_event *const *events, size_t count,
                              ce_buf *out)
{
    ce_status status = ce_buf_byte(out, '[');

    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            status = ce_buf_byte(out, ',');
        if (status != CE_OK)
            return status;
        status = encode(events[i], out);
    }
    if (status != CE_OK)
        return status;
    return ce_buf_byte(out, ']');
}

const ce_format ce_format_json = {
    .name = "json",
    .media_type = "application/cloudevents+json",
    .batch_media_type = "application/cloudevents-batch+json",
    .decode = decode,
    .encode = encode,
    .decode_batch = decode_batch,
    .encode_batch = encode_batch,
    .findings = findings,
};
