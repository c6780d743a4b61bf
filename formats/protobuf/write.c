/* SPDX-License-Identifier: Apache-2.0 */
/* From an event to Protobuf. Room is made once, for the longest that it can
 * become; then nothing fails. */
#include "formats/protobuf/protobuf.h"

#include "core/event/attr.h"
#include "core/base/base64.h"
#include "core/message/envelope.h"
#include "core/base/time.h"
#include "formats/protobuf/wire.h"

/* --- attributes --- */

static uint32_t field_of(ce_slice name)
{
    for (uint32_t i = CE_PB_ID; i <= CE_PB_TYPE; i++)
        if (ce_slice_eq(name, ce_slice_of(ce_pb_fields[i])))
            return i;
    return CE_PB_ATTRIBUTES;
}

static void put_timestamp(const ce_attr *a, ce_buf *out)
{
    size_t at = ce_wire_open(out, CE_PB_TIMESTAMP);
    struct timespec t = { 0, 0 };

    if (ce_time_parse(a->text, &t) == CE_OK && t.tv_sec)
        ce_wire_put_varint(out, CE_PB_SECONDS, (uint64_t)t.tv_sec);
    if (t.tv_nsec)
        ce_wire_put_varint(out, CE_PB_NANOS, (uint64_t)t.tv_nsec);
    ce_wire_close(out, at);
}

static ce_status put_binary(const ce_attr *a, ce_buf *out)
{
    size_t at = ce_wire_open(out, CE_PB_BYTES);
    ce_status status = ce_base64_append(a->text, out);

    ce_wire_close(out, at);
    return status;
}

static ce_status put_value(const ce_attr *a, ce_buf *out)
{
    int32_t integer = 0;
    bool boolean = false;

    switch (a->type) {
    case CE_BOOLEAN:
        if (ce_attr_boolean(a, &boolean) != CE_OK)
            return CE_EINVAL;
        ce_wire_put_varint(out, CE_PB_BOOLEAN, boolean);
        break;
    case CE_INTEGER:
        if (ce_attr_integer(a, &integer) != CE_OK)
            return CE_EINVAL;
        ce_wire_put_varint(out, CE_PB_INTEGER, (uint64_t)(int64_t)integer);
        break;
    case CE_STRING:
        ce_wire_put_bytes(out, CE_PB_STRING, a->text);
        break;
    case CE_BINARY:
        return put_binary(a, out);
    case CE_URI:
        ce_wire_put_bytes(out, CE_PB_URI, a->text);
        break;
    case CE_URI_REF:
        ce_wire_put_bytes(out, CE_PB_URI_REF, a->text);
        break;
    case CE_TIMESTAMP:
        put_timestamp(a, out);
        break;
    }
    return CE_OK;
}

static ce_status put_attribute(const ce_attr *a, ce_buf *out)
{
    uint32_t field = field_of(a->name);
    size_t entry, value;
    ce_status status;

    if (field != CE_PB_ATTRIBUTES) {
        ce_wire_put_bytes(out, field, a->text);
        return CE_OK;
    }
    entry = ce_wire_open(out, CE_PB_ATTRIBUTES);
    ce_wire_put_bytes(out, CE_PB_KEY, a->name);
    value = ce_wire_open(out, CE_PB_VALUE);
    status = put_value(a, out);
    ce_wire_close(out, value);
    ce_wire_close(out, entry);
    return status;
}

static ce_status put_attributes(const ce_event *e, const ce_any *any,
                                ce_buf *out)
{
    ce_status status = CE_OK;

    for (unsigned i = 0; i < e->attrs.len && status == CE_OK; i++) {
        ce_attr a = e->attrs.at[i];

        if (ce_slice_eq(a.name, CE_SLICE("datacontenttype")))
            a.text = any->content_type;
        status = put_attribute(&a, out);
    }
    if (status == CE_OK && ce_envelope_implies_type(e))
        status =
            put_attribute(&(ce_attr){ CE_SLICE("datacontenttype"),
                                      CE_SLICE("application/json"), CE_STRING },
                          out);
    return status;
}

/* --- data --- */

static void put_any(const ce_any *any, ce_slice data, ce_buf *out)
{
    size_t at = ce_wire_open(out, CE_PB_PROTO_DATA);

    ce_wire_put_bytes(out, CE_PB_TYPE_URL, any->type_url);
    if (data.len)
        ce_wire_put_bytes(out, CE_PB_ANY_VALUE, data);
    ce_wire_close(out, at);
}

static void put_data(const ce_event *e, const ce_any *any, ce_buf *out)
{
    if (e->data_kind == CE_DATA_NONE)
        return;
    if (any->type_url.ptr)
        put_any(any, e->data, out);
    else if (ce_envelope_kind(e) == CE_DATA_BYTES)
        ce_wire_put_bytes(out, CE_PB_BINARY_DATA, e->data);
    else
        ce_wire_put_bytes(out, CE_PB_TEXT_DATA, e->data);
}

/* --- the event --- */

/* A number is the longest beside its text. */
enum { PER_ATTRIBUTE = 5 * CE_WIRE_ROOM, PER_EVENT = 12 * CE_WIRE_ROOM };

static size_t longest(const ce_event *e)
{
    size_t size = e->data.len + PER_EVENT;

    for (unsigned i = 0; i < e->attrs.len; i++) {
        const ce_attr *a = &e->attrs.at[i];

        size += PER_ATTRIBUTE + a->name.len + a->text.len;
    }
    return size;
}

ce_status ce_pb_encode(const ce_event *e, ce_buf *out)
{
    ce_any any = ce_any_of_event(e);
    ce_status status = ce_pb_check(e, NULL);

    if (status != CE_OK)
        return status;
    status = ce_buf_reserve(out, longest(e));
    if (status != CE_OK)
        return status;
    status = put_attributes(e, &any, out);
    if (status != CE_OK)
        return status;
    put_data(e, &any, out);
    return CE_OK;
}

bool ce_pb_is_instant(ce_slice text)
{
    char again[CE_TIME_MAX];
    struct timespec t;

    return ce_time_parse(text, &t) == CE_OK && ce_time_format(t, again) > 0;
}

ce_status ce_pb_check(const ce_event *e, ce_error *err)
{
    for (unsigned i = 0; i < e->attrs.len; i++) {
        const ce_attr *a = &e->attrs.at[i];

        if (a->type != CE_TIMESTAMP || ce_pb_is_instant(a->text))
            continue;
        ce_attr_fail(err, a->name, "outside the years 0 to 9999 in UTC",
                     a->text);
        if (err)
            err->status = CE_ENOTSUP;
        return CE_ENOTSUP;
    }
    return CE_OK;
}
