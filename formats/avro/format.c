/* SPDX-License-Identifier: Apache-2.0 */
/* The Avro format: a map of attributes, and a union that is the data.
 *
 * All data is written as bytes: the unions beside them have doubles
 * for all numbers, and no arrays of anything but objects. */
#include "formats/avro/avro.h"

#include <stdio.h>

#include <cloudevents/data.h>

#include "core/event/attr.h"
#include "core/base/base64.h"
#include "core/message/envelope.h"
#include "core/base/utf8.h"

/* Branches of the union that is an attribute's value. */
enum {
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_INT,
    VALUE_STRING,
    VALUE_BYTES,
    VALUE_BRANCHES
};

/* --- reading attributes --- */

static ce_status read_boolean(ce_avro_reader *r, ce_attr *a, ce_error *err)
{
    bool value;
    ce_status status = ce_avro_boolean(r, &value, err);

    if (status != CE_OK)
        return status;
    a->type = CE_BOOLEAN;
    a->text = value ? CE_SLICE("true") : CE_SLICE("false");
    return CE_OK;
}

static ce_status read_int(ce_avro_reader *r, ce_attr *a, ce_arena *arena,
                          ce_error *err)
{
    int64_t value;
    ce_status status = ce_avro_long(r, &value, err);

    if (status != CE_OK)
        return status;
    a->type = CE_INTEGER;
    a->text = ce_arena_printf(arena, "%lld", (long long)value);
    if (!a->text.ptr)
        return ce_no_memory(err);
    if (value < INT32_MIN || value > INT32_MAX)
        return ce_attr_fail(err, a->name, "not a 32-bit integer", a->text);
    return CE_OK;
}

static ce_status read_bytes(ce_avro_reader *r, ce_attr *a, ce_arena *arena,
                            ce_error *err)
{
    ce_slice bytes;
    ce_status status = ce_avro_bytes(r, &bytes, err);

    if (status != CE_OK)
        return status;
    a->type = CE_BINARY;
    if (ce_base64_text(bytes, arena, &a->text) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status read_value(ce_avro_reader *r, unsigned branch, ce_attr *a,
                            ce_arena *arena, ce_error *err)
{
    switch (branch) {
    case VALUE_BOOLEAN:
        return read_boolean(r, a, err);
    case VALUE_INT:
        return read_int(r, a, arena, err);
    case VALUE_BYTES:
        return read_bytes(r, a, arena, err);
    default:
        a->type = ce_attr_type_of(a->name, CE_STRING);
        return ce_avro_bytes(r, &a->text, err);
    }
}

/* Null is an attribute that the event does not have. */
static ce_status read_attribute(ce_avro_reader *r, ce_event *e, ce_error *err)
{
    ce_attr a = { 0 };
    unsigned branch;
    ce_status status = ce_avro_bytes(r, &a.name, err);

    if (status != CE_OK)
        return status;
    status = ce_avro_branch(r, VALUE_BRANCHES, &branch, err);
    if (status != CE_OK)
        return status;
    if (branch == VALUE_NULL)
        return ce_attr_check_name(a.name, err);
    status = read_value(r, branch, &a, e->arena, err);
    if (status != CE_OK)
        return status;
    if (branch != VALUE_STRING && ce_attr_is_core(a.name))
        return ce_attr_fail(err, a.name, "must be a string", a.text);
    if (ce_attrs_add(&e->attrs, e->arena, a) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static ce_status read_attributes(ce_avro_reader *r, ce_event *e, ce_error *err)
{
    ce_avro_blocks blocks = { 0 };
    ce_status status;
    bool more;

    while ((status = ce_avro_more(r, &blocks, &more, err)) == CE_OK && more) {
        status = read_attribute(r, e, err);
        if (status != CE_OK)
            break;
    }
    return status;
}

/* --- reading data --- */

static ce_status read_json(ce_avro_reader *r, unsigned branch, ce_event *e,
                           ce_error *err)
{
    ce_buf text = { NULL, 0, 0 };
    ce_status status = ce_avro_to_json(r, branch, &text, err);

    if (status == CE_OK)
        status = ce_arena_copy(e->arena, ce_buf_slice(&text), &e->data);
    ce_buf_free(&text);
    e->data_kind = CE_DATA_JSON;
    return status == CE_ENOMEM ? ce_no_memory(err) : status;
}

static ce_status read_text(ce_avro_reader *r, ce_event *e, ce_error *err)
{
    ce_status status = ce_avro_bytes(r, &e->data, err);

    if (status != CE_OK)
        return status;
    e->data_kind = CE_DATA_TEXT;
    if (!ce_utf8_is_valid(e->data))
        return ce_fail(err, CE_EINVAL, "\"data\": not valid UTF-8");
    return CE_OK;
}

/* Without bytes it is the value of a JSON text, unless datacontenttype says
 * something else; then only a string can be meant. */
static ce_status read_data(ce_avro_reader *r, ce_event *e, ce_error *err)
{
    ce_slice type = ce_event_text(e, "datacontenttype");
    bool is_json = !type.ptr || ce_media_type_is_json(type);
    char shown[CE_SHOWN_ROOM];
    unsigned branch;
    ce_status status = ce_avro_branch(r, CE_AVRO_BRANCHES, &branch, err);

    if (status != CE_OK || branch == CE_AVRO_NULL)
        return status;
    /* Bytes are the data itself, and nothing is to be asked of their type. */
    if (branch == CE_AVRO_BYTES) {
        e->data_kind = CE_DATA_BYTES;
        return ce_avro_bytes(r, &e->data, err);
    }
    if (is_json)
        return read_json(r, branch, e, err);
    if (branch == CE_AVRO_STRING)
        return read_text(r, e, err);
    return ce_fail(err, CE_EINVAL,
                   "\"data\": must be bytes or a string, since "
                   "datacontenttype is \"%s\"",
                   ce_attr_show(type, shown));
}

static ce_status read_event(ce_slice body, ce_arena *arena, ce_event *out,
                            ce_error *err)
{
    const char *start = body.ptr ? body.ptr : "";
    ce_avro_reader r = { start, start, start + body.len };
    ce_status status;

    *out = (ce_event){ .arena = arena };
    status = read_attributes(&r, out, err);
    if (status != CE_OK)
        return status;
    status = read_data(&r, out, err);
    if (status != CE_OK)
        return status;
    if (r.p < r.end)
        return ce_avro_fail(&r, "something stands behind the event", err);
    return CE_OK;
}

static ce_status decode(ce_slice body, ce_arena *arena, ce_event *out,
                        ce_error *err)
{
    ce_status status = read_event(body, arena, out, err);

    if (status != CE_OK)
        return status;
    return ce_event_check(out, err);
}

static ce_status findings(ce_slice body, ce_arena *arena, ce_event *out,
                          ce_finding_fn *fn, void *arg)
{
    ce_error err;
    ce_status status = read_event(body, arena, out, &err);

    return ce_envelope_findings(status, &err, out, fn, arg);
}

/* --- writing --- */

static ce_status put_text(ce_buf *out, int64_t branch, ce_slice text)
{
    ce_status status = ce_avro_put_long(out, branch);

    if (status != CE_OK)
        return status;
    return ce_avro_put_bytes(out, text);
}

static ce_status put_boolean(ce_buf *out, const ce_attr *a)
{
    bool value = false;
    ce_status status = ce_attr_boolean(a, &value);

    if (status != CE_OK)
        return status;
    status = ce_avro_put_long(out, VALUE_BOOLEAN);
    if (status != CE_OK)
        return status;
    return ce_buf_byte(out, value);
}

static ce_status put_int(ce_buf *out, const ce_attr *a)
{
    int32_t value = 0;
    ce_status status = ce_attr_integer(a, &value);

    if (status != CE_OK)
        return status;
    status = ce_avro_put_long(out, VALUE_INT);
    if (status != CE_OK)
        return status;
    return ce_avro_put_long(out, value);
}

static ce_status put_binary(ce_buf *out, const ce_attr *a)
{
    int64_t size = (int64_t)ce_base64_decoded_size(a->text);
    ce_status status = ce_avro_put_long(out, VALUE_BYTES);

    if (status != CE_OK)
        return status;
    status = ce_avro_put_long(out, size);
    if (status != CE_OK)
        return status;
    return ce_base64_append(a->text, out);
}

static ce_status put_attribute(ce_buf *out, const ce_attr *a)
{
    ce_status status = ce_avro_put_bytes(out, a->name);

    if (status != CE_OK)
        return status;
    switch (a->type) {
    case CE_BOOLEAN:
        return put_boolean(out, a);
    case CE_INTEGER:
        return put_int(out, a);
    case CE_BINARY:
        return put_binary(out, a);
    default:
        return put_text(out, VALUE_STRING, a->text);
    }
}

static ce_status put_attributes(ce_buf *out, const ce_event *e)
{
    bool implies = ce_envelope_implies_type(e);
    ce_status status = ce_avro_put_long(out, e->attrs.len + implies);

    for (unsigned i = 0; i < e->attrs.len && status == CE_OK; i++)
        status = put_attribute(out, &e->attrs.at[i]);
    if (status != CE_OK)
        return status;
    if (implies)
        status = put_attribute(out, &(ce_attr){ CE_SLICE("datacontenttype"),
                                                CE_SLICE("application/json"),
                                                CE_STRING });
    if (status != CE_OK)
        return status;
    return ce_avro_put_long(out, 0); /* the end of the map's blocks */
}

static ce_status encode(const ce_event *e, ce_buf *out)
{
    ce_status status = put_attributes(out, e);

    if (status != CE_OK)
        return status;
    if (e->data_kind == CE_DATA_NONE)
        return ce_avro_put_long(out, CE_AVRO_NULL);
    return put_text(out, CE_AVRO_BYTES, e->data);
}

/* The specification has no batches of it. */
const ce_format ce_format_avro = {
    .name = "avro",
    .media_type = "application/cloudevents+avro",
    .decode = decode,
    .encode = encode,
    .findings = findings,
};
