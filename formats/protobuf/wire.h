/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf's wire format: fields without a schema. */
#ifndef CE_FORMATS_PROTOBUF_WIRE_H
#define CE_FORMATS_PROTOBUF_WIRE_H

#include <stdint.h>

#include <cloudevents/slice.h>

typedef enum ce_wire_type {
    CE_WIRE_VARINT = 0,
    CE_WIRE_64BIT = 1,
    CE_WIRE_BYTES = 2,
    CE_WIRE_GROUP = 3,
    CE_WIRE_GROUP_END = 4,
    CE_WIRE_32BIT = 5
} ce_wire_type;

/* A field as it was written. Only fields of the types CE_WIRE_VARINT and
 * CE_WIRE_BYTES get a value; the event's schema has no others. */
typedef struct ce_wire_field {
    uint32_t number;
    ce_wire_type type;
    uint64_t varint;
    ce_slice bytes;
} ce_wire_field;

/* Walks the fields between P and END; START is that of the whole text, from
 * which errors count. */
typedef struct ce_wire_reader {
    const char *start, *p, *end;
} ce_wire_reader;

ce_wire_reader ce_wire_read(ce_slice text);
/* Returns a reader of the message in the field F, which R has read. */
ce_wire_reader ce_wire_inside(const ce_wire_reader *r, const ce_wire_field *f);
/* Call while P is before END: reads the next field. Fails with CE_ESYNTAX. */
ce_status ce_wire_next(ce_wire_reader *r, ce_wire_field *out,
                       ce_error *err) CE_MUST_USE;
/* Fails unless F, called NAME in the schema, has the TYPE that it has there. */
ce_status ce_wire_expect(const ce_wire_field *f, ce_wire_type type,
                         const char *name, ce_error *err) CE_MUST_USE;

/* Writers need room that was reserved: CE_WIRE_ROOM for all but the bytes
 * themselves. */
enum { CE_WIRE_ROOM = 20 };
void ce_wire_put_varint(ce_buf *out, uint32_t number, uint64_t value);
void ce_wire_put_bytes(ce_buf *out, uint32_t number, ce_slice bytes);
/* Begins a field that is a message. Give the result to ce_wire_close at its
 * end, which inserts the length. */
size_t ce_wire_open(ce_buf *out, uint32_t number);
void ce_wire_close(ce_buf *out, size_t opened);

#endif
