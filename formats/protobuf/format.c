/* SPDX-License-Identifier: Apache-2.0 */
/* The Protobuf format and its batches. */
#include "formats/protobuf/protobuf.h"

#include "core/message/envelope.h"
#include "formats/protobuf/wire.h"

static ce_status decode_one(const ce_wire_field *f, ce_batch_version *version,
                            ce_arena *arena, ce_event_fn *each, void *arg,
                            ce_error *err)
{
    ce_event e;
    ce_status status = ce_wire_expect(f, CE_WIRE_BYTES, "events", err);

    if (status != CE_OK)
        return status;
    status = ce_pb_decode(f->bytes, arena, &e, err);
    if (status != CE_OK)
        return status;
    status = ce_batch_version_check(version, 1, &e, err);
    if (status != CE_OK)
        return status;
    return each(arg, &e, f->bytes);
}

static ce_status decode_batch(ce_slice body, ce_arena *arena, ce_event_fn *each,
                              void *arg, ce_error *err)
{
    ce_wire_reader r = ce_wire_read(body);
    ce_batch_version version = { 0, "" };
    size_t index = 0;

    while (r.p < r.end) {
        ce_arena_mark mark = ce_arena_marked(arena);
        ce_wire_field f;
        ce_status status = ce_wire_next(&r, &f, err);

        if (status == CE_OK && f.number == CE_PB_EVENTS)
            status = ce_envelope_name_event(
                decode_one(&f, &version, arena, each, arg, err), index++, err);
        ce_arena_rewind(arena, mark);
        if (status != CE_OK)
            return status;
    }
    return CE_OK;
}

static ce_status encode_batch(const ce_event *const *events, size_t count,
                              ce_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        ce_status status = ce_buf_reserve(out, CE_WIRE_ROOM);
        size_t at;

        if (status != CE_OK)
            return status;
        at = ce_wire_open(out, CE_PB_EVENTS);
        status = ce_pb_encode(events[i], out);
        if (status == CE_OK)
            status = ce_buf_reserve(out, CE_WIRE_ROOM);
        if (status != CE_OK)
            return status;
        ce_wire_close(out, at);
    }
    return CE_OK;
}

const ce_format ce_format_protobuf = {
    .name = "protobuf",
    .media_type = "application/cloudevents+protobuf",
    .batch_media_type = "application/cloudevents-batch+protobuf",
    .decode = ce_pb_decode,
    .encode = ce_pb_encode,
    .decode_batch = decode_batch,
    .encode_batch = encode_batch,
    .findings = ce_pb_findings,
    .check = ce_pb_check,
};
