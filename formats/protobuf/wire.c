/* SPDX-License-Identifier: Apache-2.0 */
/* Fields, read in place and written behind each other.
 *
 * protobuf-c would read them too, but into copies that end at the first NUL,
 * and without a word about where an event lies in its batch. */
#include "formats/protobuf/wire.h"

#include <assert.h>
#include <string.h>

#include "core/base/varint.h"

enum { GROUPS_MAX = 32 };

static const uint32_t number_max = (1u << 29) - 1;

/* --- reading --- */

ce_wire_reader ce_wire_read(ce_slice text)
{
    const char *start = text.ptr ? text.ptr : "";

    return (ce_wire_reader){ start, start, start + text.len };
}

ce_wire_reader ce_wire_inside(const ce_wire_reader *r, const ce_wire_field *f)
{
    return (ce_wire_reader){ r->start, f->bytes.ptr,
                             f->bytes.ptr + f->bytes.len };
}

static ce_status fail(const ce_wire_reader *r, const char *what, ce_error *err)
{
    return ce_fail(err, CE_ESYNTAX, "Protobuf, at byte %zu: %s",
                   (size_t)(r->p - r->start), what);
}

static ce_status read_tag(ce_wire_reader *r, ce_wire_field *out, ce_error *err)
{
    uint64_t tag;

    if (!ce_varint_read(&r->p, r->end, &tag))
        return fail(r, "the number of a field is cut short", err);
    if (tag >> 3 == 0 || tag >> 3 > number_max)
        return fail(r, "not the number of a field", err);
    *out = (ce_wire_field){ .number = (uint32_t)(tag >> 3),
                            .type = (ce_wire_type)(tag & 7) };
    return CE_OK;
}

static ce_status take(ce_wire_reader *r, uint64_t len, ce_wire_field *out,
                      ce_error *err)
{
    if (len > (uint64_t)(r->end - r->p))
        return fail(r, "a field is cut short", err);
    out->bytes = (ce_slice){ r->p, (size_t)len };
    r->p += len;
    return CE_OK;
}

/* A value that is no group; the end of one has no value. */
static ce_status read_value(ce_wire_reader *r, ce_wire_field *out,
                            ce_error *err)
{
    uint64_t len;

    switch (out->type) {
    case CE_WIRE_VARINT:
        if (ce_varint_read(&r->p, r->end, &out->varint))
            return CE_OK;
        return fail(r, "a number is cut short or too long", err);
    case CE_WIRE_64BIT:
        return take(r, 8, out, err);
    case CE_WIRE_32BIT:
        return take(r, 4, out, err);
    case CE_WIRE_BYTES:
        if (ce_varint_read(&r->p, r->end, &len))
            return take(r, len, out, err);
        return fail(r, "a length is cut short or too long", err);
    case CE_WIRE_GROUP:
    case CE_WIRE_GROUP_END:
        return CE_OK;
    }
    return fail(r, "not the type of a field", err);
}

/* Groups are of an older time, but a field that is not known may be one. */
static ce_status skip_group(ce_wire_reader *r, uint32_t number, ce_error *err)
{
    uint32_t open[GROUPS_MAX] = { number };
    unsigned depth = 1;

    while (depth > 0) {
        ce_wire_field f;
        ce_status status = read_tag(r, &f, err);

        if (status == CE_OK)
            status = read_value(r, &f, err);
        if (status != CE_OK)
            return status;
        if (f.type == CE_WIRE_GROUP) {
            if (depth == GROUPS_MAX)
                return fail(r, "groups are nested too deeply", err);
            open[depth++] = f.number;
        } else if (f.type == CE_WIRE_GROUP_END && f.number != open[--depth]) {
            return fail(r, "the end of another group", err);
        }
    }
    return CE_OK;
}

ce_status ce_wire_next(ce_wire_reader *r, ce_wire_field *out, ce_error *err)
{
    ce_status status = read_tag(r, out, err);

    if (status != CE_OK)
        return status;
    if (out->type == CE_WIRE_GROUP)
        return skip_group(r, out->number, err);
    if (out->type == CE_WIRE_GROUP_END)
        return fail(r, "the end of a group that was not begun", err);
    return read_value(r, out, err);
}

ce_status ce_wire_expect(const ce_wire_field *f, ce_wire_type type,
                         const char *name, ce_error *err)
{
    if (f->type == type)
        return CE_OK;
    return ce_fail(err, CE_ESYNTAX,
                   "Protobuf: field \"%s\" has wire type %d, and not %d", name,
                   (int)f->type, (int)type);
}

/* --- writing --- */

static void put(ce_buf *out, uint64_t value)
{
    assert(out->cap - out->len >= CE_VARINT_MAX);
    out->len += ce_varint_write(value, out->ptr + out->len);
}

static void put_tag(ce_buf *out, uint32_t number, ce_wire_type type)
{
    put(out, (uint64_t)number << 3 | type);
}

void ce_wire_put_varint(ce_buf *out, uint32_t number, uint64_t value)
{
    put_tag(out, number, CE_WIRE_VARINT);
    put(out, value);
}

void ce_wire_put_bytes(ce_buf *out, uint32_t number, ce_slice bytes)
{
    put_tag(out, number, CE_WIRE_BYTES);
    put(out, bytes.len);
    assert(out->cap - out->len >= bytes.len);
    if (bytes.len)
        memcpy(out->ptr + out->len, bytes.ptr, bytes.len);
    out->len += bytes.len;
}

size_t ce_wire_open(ce_buf *out, uint32_t number)
{
    put_tag(out, number, CE_WIRE_BYTES);
    return out->len;
}

void ce_wire_close(ce_buf *out, size_t opened)
{
    size_t len = out->len - opened;
    char text[CE_VARINT_MAX];
    unsigned n = ce_varint_write(len, text);

    assert(out->cap - out->len >= n);
    memmove(out->ptr + opened + n, out->ptr + opened, len);
    memcpy(out->ptr + opened, text, n);
    out->len += n;
}
