/* SPDX-License-Identifier: Apache-2.0 */
/* From Protobuf to an event: a view, but for numbers, times and Base64. */
#include "formats/protobuf/protobuf.h"

#include "core/event/attr.h"
#include "core/base/base64.h"
#include "core/message/envelope.h"
#include "core/base/time.h"
#include "core/base/utf8.h"
#include "formats/protobuf/wire.h"

static const ce_slice absent = { NULL, 0 };

const char *const ce_pb_fields[] = { NULL, "id", "source", "specversion",
                                     "type" };

enum { REQUIRED = CE_PB_TYPE };

/* What the data is, once every field is known: of several the last one. */
typedef struct found {
    ce_event *event;
    uint32_t data_field;
    ce_slice data;
    const char *start; /* of the body, for errors */
} found;

/* --- attributes --- */

/* The member of the oneof that came last. */
typedef struct value {
    uint32_t field;
    ce_wire_field f;
    int64_t seconds, nanos;
} value;

static ce_status read_timestamp(ce_wire_reader in, value *v, ce_error *err)
{
    while (in.p < in.end) {
        ce_wire_field f;
        ce_status status = ce_wire_next(&in, &f, err);

        if (status != CE_OK)
            return status;
        if (f.number == CE_PB_SECONDS) {
            status = ce_wire_expect(&f, CE_WIRE_VARINT, "seconds", err);
            v->seconds = (int64_t)f.varint;
        } else if (f.number == CE_PB_NANOS) {
            status = ce_wire_expect(&f, CE_WIRE_VARINT, "nanos", err);
            v->nanos = (int64_t)f.varint;
        }
        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

static ce_status note_member(const ce_wire_reader *in, const ce_wire_field *f,
                             value *v, ce_error *err)
{
    static const char *const names[] = {
        NULL,       "ce_boolean", "ce_integer", "ce_string",
        "ce_bytes", "ce_uri",     "ce_uri_ref", "ce_timestamp",
    };
    bool is_number = f->number <= CE_PB_INTEGER;
    ce_status status;

    if (f->number > CE_PB_TIMESTAMP)
        return CE_OK;
    status = ce_wire_expect(f, is_number ? CE_WIRE_VARINT : CE_WIRE_BYTES,
                            names[f->number], err);
    if (status != CE_OK)
        return status;
    /* Only a message that comes twice in a row is put together. */
    if (v->field != CE_PB_TIMESTAMP || f->number != CE_PB_TIMESTAMP)
        *v = (value){ .field = f->number };
    v->f = *f;
    if (f->number == CE_PB_TIMESTAMP)
        return read_timestamp(ce_wire_inside(in, f), v, err);
    return CE_OK;
}

static ce_status set_integer(const value *v, ce_attr *a, ce_arena *arena,
                             ce_error *err)
{
    int64_t n = (int64_t)v->f.varint;

    a->type = CE_INTEGER;
    a->text = ce_arena_printf(arena, "%lld", (long long)n);
    if (!a->text.ptr)
        return ce_no_memory(err);
    if (n < INT32_MIN || n > INT32_MAX)
        return ce_attr_fail(err, a->name, "not a 32-bit integer", a->text);
    return CE_OK;
}

static ce_status set_bytes(const value *v, ce_attr *a, ce_arena *arena,
                           ce_error *err)
{
    a->type = CE_BINARY;
    if (ce_base64_text(v->f.bytes, arena, &a->text) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status set_timestamp(const value *v, ce_attr *a, ce_arena *arena,
                               ce_error *err)
{
    struct timespec t = { (time_t)v->seconds, (long)v->nanos };
    char text[CE_TIME_MAX];
    size_t len = ce_time_format(t, text);

    a->type = CE_TIMESTAMP;
    if (!len) {
        a->text = ce_arena_printf(arena, "%lld s, %lld ns",
                                  (long long)v->seconds, (long long)v->nanos);
        return ce_attr_fail(err, a->name,
                            "not a timestamp of the years 0 to "
                            "9999",
                            a->text);
    }
    if (ce_arena_copy(arena, (ce_slice){ text, len }, &a->text) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status set_value(const value *v, ce_attr *a, ce_arena *arena,
                           ce_error *err)
{
    a->text = v->f.bytes;
    switch (v->field) {
    case CE_PB_BOOLEAN:
        a->type = CE_BOOLEAN;
        a->text = v->f.varint ? CE_SLICE("true") : CE_SLICE("false");
        return CE_OK;
    case CE_PB_INTEGER:
        return set_integer(v, a, arena, err);
    case CE_PB_STRING:
        a->type = CE_STRING;
        return CE_OK;
    case CE_PB_BYTES:
        return set_bytes(v, a, arena, err);
    case CE_PB_URI:
        a->type = CE_URI;
        return CE_OK;
    case CE_PB_URI_REF:
        a->type = CE_URI_REF;
        return CE_OK;
    case CE_PB_TIMESTAMP:
        return set_timestamp(v, a, arena, err);
    default:
        return ce_attr_fail(err, a->name, "has no value", absent);
    }
}

/* Texts may come as any of the text types: their own rule decides. So may a
 * time, if it can be written as one. */
static bool fits(const ce_attr *a, ce_type type)
{
    if (a->type == type)
        return true;
    if (a->type != CE_STRING && a->type != CE_URI && a->type != CE_URI_REF)
        return false;
    return type != CE_TIMESTAMP || ce_pb_is_instant(a->text);
}

static ce_status set_core_type(ce_attr *a, ce_error *err)
{
    ce_type type = ce_attr_type_of(a->name, a->type);

    for (unsigned i = CE_PB_ID; i <= REQUIRED; i++)
        if (ce_slice_eq(a->name, ce_slice_of(ce_pb_fields[i])))
            return ce_attr_fail(err, a->name,
                                "is a field, and not one of \"attributes\"",
                                absent);
    if (fits(a, type)) {
        a->type = type;
        return CE_OK;
    }
    if (type == CE_TIMESTAMP)
        return ce_attr_fail(err, a->name, "must be a timestamp", a->text);
    return ce_attr_fail(err, a->name, "must be a string", a->text);
}

static ce_status read_value(ce_wire_reader in, value *out, ce_error *err)
{
    while (in.p < in.end) {
        ce_wire_field f;
        ce_status status = ce_wire_next(&in, &f, err);

        if (status != CE_OK)
            return status;
        status = note_member(&in, &f, out, err);
        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

static ce_status read_entry(ce_wire_reader in, ce_attr *a, value *v,
                            ce_error *err)
{
    while (in.p < in.end) {
        ce_wire_field f;
        ce_status status = ce_wire_next(&in, &f, err);

        if (status != CE_OK)
            return status;
        if (f.number == CE_PB_KEY) {
            status = ce_wire_expect(&f, CE_WIRE_BYTES, "key", err);
            a->name = f.bytes;
        } else if (f.number == CE_PB_VALUE) {
            status = ce_wire_expect(&f, CE_WIRE_BYTES, "value", err);
            if (status == CE_OK)
                status = read_value(ce_wire_inside(&in, &f), v, err);
        }
        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

static ce_status read_attribute(found *in, ce_wire_reader entry, ce_error *err)
{
    ce_event *e = in->event;
    ce_attr a = { .name = CE_SLICE("") };
    value v = { 0 };
    ce_status status = read_entry(entry, &a, &v, err);

    if (status != CE_OK)
        return status;
    status = set_value(&v, &a, e->arena, err);
    if (status != CE_OK)
        return status;
    if (ce_attr_is_core(a.name))
        status = set_core_type(&a, err);
    if (status != CE_OK)
        return status;
    if (ce_attrs_add(&e->attrs, e->arena, a) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

/* --- data --- */

static ce_status set_text_data(found *in, ce_error *err)
{
    if (!ce_utf8_is_valid(in->data))
        return ce_fail(err, CE_EINVAL, "\"text_data\": not valid UTF-8");
    in->event->data_kind = ce_envelope_kind_of_text(in->event);
    return CE_OK;
}

static ce_status set_proto_data(found *in, ce_error *err)
{
    ce_wire_reader any = { in->start, in->data.ptr,
                           in->data.ptr + in->data.len };
    ce_slice url = CE_SLICE(""), bytes = CE_SLICE("");

    while (any.p < any.end) {
        ce_wire_field f;
        ce_status status = ce_wire_next(&any, &f, err);

        if (status != CE_OK)
            return status;
        if (f.number == CE_PB_TYPE_URL) {
            status = ce_wire_expect(&f, CE_WIRE_BYTES, "type_url", err);
            url = f.bytes;
        } else if (f.number == CE_PB_ANY_VALUE) {
            status = ce_wire_expect(&f, CE_WIRE_BYTES, "value", err);
            bytes = f.bytes;
        }
        if (status != CE_OK)
            return status;
    }
    in->event->data = bytes;
    return ce_any_to_event(in->event, url, err);
}

static ce_status set_data(found *in, ce_error *err)
{
    in->event->data = in->data;
    in->event->data_kind = CE_DATA_BYTES;
    switch (in->data_field) {
    case CE_PB_BINARY_DATA:
        return CE_OK;
    case CE_PB_TEXT_DATA:
        return set_text_data(in, err);
    case CE_PB_PROTO_DATA:
        return set_proto_data(in, err);
    default:
        in->event->data_kind = CE_DATA_NONE;
        return CE_OK;
    }
}

/* --- the event --- */

static ce_status read_field(found *in, const ce_wire_reader *r,
                            const ce_wire_field *f, ce_error *err)
{
    static const char *const names[] = {
        NULL,         "id",          "source",    "spec_version", "type",
        "attributes", "binary_data", "text_data", "proto_data"
    };
    ce_status status;

    if (f->number > CE_PB_PROTO_DATA)
        return CE_OK;
    status = ce_wire_expect(f, CE_WIRE_BYTES, names[f->number], err);
    if (status != CE_OK)
        return status;
    if (f->number == CE_PB_ATTRIBUTES)
        return read_attribute(in, ce_wire_inside(r, f), err);
    if (f->number < CE_PB_ATTRIBUTES) {
        in->event->attrs.at[f->number - CE_PB_ID].text = f->bytes;
        return CE_OK;
    }
    in->data_field = f->number;
    in->data = f->bytes;
    return CE_OK;
}

/* Their places, to be filled: an empty string is not written. */
static ce_status add_required(ce_event *e, ce_error *err)
{
    for (unsigned i = CE_PB_ID; i <= REQUIRED; i++) {
        ce_attr a = { .name = ce_slice_of(ce_pb_fields[i]) };

        a.type = ce_attr_type_of(a.name, CE_STRING);
        if (ce_attrs_add(&e->attrs, e->arena, a) != CE_OK)
            return ce_no_memory(err);
    }
    return CE_OK;
}

/* The places that were not filled. */
static void drop_missing(ce_event *e)
{
    ce_attrs *attrs = &e->attrs;
    unsigned kept = 0;

    for (unsigned i = 0; i < attrs->len; i++)
        if (i >= REQUIRED || attrs->at[i].text.len)
            attrs->at[kept++] = attrs->at[i];
    attrs->len = kept;
}

static ce_status read_event(ce_slice body, ce_arena *arena, ce_event *out,
                            ce_error *err)
{
    ce_wire_reader r = ce_wire_read(body);
    found in = { .event = out, .start = r.start };
    ce_status status;

    *out = (ce_event){ .arena = arena };
    status = add_required(out, err);
    if (status != CE_OK)
        return status;
    while (r.p < r.end) {
        ce_wire_field f;

        status = ce_wire_next(&r, &f, err);
        if (status != CE_OK)
            return status;
        status = read_field(&in, &r, &f, err);
        if (status != CE_OK)
            return status;
    }
    drop_missing(out);
    return set_data(&in, err);
}

ce_status ce_pb_decode(ce_slice body, ce_arena *arena, ce_event *out,
                       ce_error *err)
{
    ce_status status = read_event(body, arena, out, err);

    if (status != CE_OK)
        return status;
    return ce_event_check(out, err);
}

ce_status ce_pb_findings(ce_slice body, ce_arena *arena, ce_event *out,
                         ce_finding_fn *fn, void *arg)
{
    ce_error err;
    ce_status status = read_event(body, arena, out, &err);

    return ce_envelope_findings(status, &err, out, fn, arg);
}
