/* SPDX-License-Identifier: Apache-2.0 */
/* Batches in Protobuf, event by event: a batch is a message whose field 1 is
 * repeated, so that each event stands in it with its length before it. */
#include "bridge/forms/form.h"

#include <string.h>

/* Protobuf writes a field as its number and its wire type (2: a length, then so
 * many bytes), and 64 bits take at most 10 bytes of 7 bits each. */
enum { EVENTS_KEY = 1 << 3 | 2, VARINT_MAX = 10 };

typedef struct frames {
    br_input *in;
    const br_taker *to;
    br_place at; /* events have no lines: they are counted instead */
    const char *fault;
} frames;

static bool fail(frames *f, const char *fault)
{
    f->fault = fault;
    return false;
}

static bool read_varint(frames *f, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < VARINT_MAX; i++) {
        unsigned char c;

        if (!br_input_has(f->in, i + 1))
            return fail(f, "Protobuf: the batch ends too early");
        c = (unsigned char)br_input_rest(f->in).ptr[i];
        *out |= (uint64_t)(c & 0x7F) << 7 * i;
        if (c < 0x80) {
            br_input_drop(f->in, i + 1);
            return true;
        }
    }
    return fail(f, "Protobuf: a number of more than 64 bits");
}

/* The length of a value by its wire type. A number is dropped at once, and
 * nothing is left of it. */
static bool length_of_value(frames *f, uint64_t key, uint64_t *len)
{
    uint64_t number;

    *len = 0;
    switch (key & 7) {
    case 0:
        return read_varint(f, &number);
    case 1:
        *len = 8;
        return true;
    case 2:
        return read_varint(f, len);
    case 5:
        *len = 4;
        return true;
    }
    return fail(f, "Protobuf: not a field of a batch");
}

/* Fields that this version of the format does not know mean nothing. */
static bool skip_field(frames *f, uint64_t key)
{
    uint64_t len;

    if (!length_of_value(f, key, &len))
        return false;
    while (len > 0) {
        size_t n = br_input_rest(f->in).len;

        if (n == 0 && !br_input_has(f->in, 1))
            return fail(f, "Protobuf: the batch ends too early");
        n = n < len ? n : (size_t)len;
        br_input_drop(f->in, n);
        len -= n;
    }
    return true;
}

static bool read_length(frames *f, size_t *out)
{
    uint64_t len;

    if (!read_varint(f, &len))
        return false;
    if (len > f->to->max_bytes)
        return fail(f, "longer than max_event_bytes");
    *out = (size_t)len;
    return br_input_has(f->in, *out) ||
           fail(f, "Protobuf: the batch ends too early");
}

static ce_status take(frames *f, const ce_format *format, size_t len)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED, .format = format };
    ce_status status;

    m.content_type = ce_slice_of(format->media_type);
    m.body = (ce_slice){ br_input_rest(f->in).ptr, len };
    status = f->to->take(f->to->arg, &f->at, &m);
    br_input_drop(f->in, len);
    f->at.line++;
    return status;
}

ce_status br_form_read_protobuf(const br_form *form, br_input *in,
                                const br_taker *to, ce_error *err)
{
    frames f = { .in = in, .to = to };
    ce_status status = CE_OK;
    uint64_t key;
    size_t len;

    f.at = (br_place){ .file = in->name, .line = 1, .batch = 1 };
    while (status == CE_OK && !f.fault && br_input_has(in, 1)) {
        if (!read_varint(&f, &key))
            break;
        if (key != EVENTS_KEY)
            skip_field(&f, key);
        else if (read_length(&f, &len))
            status = take(&f, br_form_format(form), len);
    }
    if (status == CE_OK && in->failure)
        return ce_fail(err, CE_EIO, "%s: %s", in->name, strerror(in->failure));
    return f.fault ? to->refuse(to->arg, &f.at, f.fault) : status;
}

ce_status br_form_write_protobuf(ce_slice event, ce_buf *out)
{
    ce_status status = ce_buf_byte(out, EVENTS_KEY);
    size_t rest = event.len;

    for (; rest >= 0x80 && status == CE_OK; rest >>= 7)
        status = ce_buf_byte(out, (char)(0x80 | (rest & 0x7F)));
    if (status != CE_OK)
        return status;
    status = ce_buf_byte(out, (char)rest);
    return status == CE_OK ? ce_buf_append(out, event) : status;
}
