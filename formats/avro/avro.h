/* SPDX-License-Identifier: Apache-2.0 */
/* The Avro event format: avro-format.md and cloudevents.avsc of CloudEvents
 * 1.0, in Avro's binary encoding. */
#ifndef CE_FORMATS_AVRO_AVRO_H
#define CE_FORMATS_AVRO_AVRO_H

#include <stdint.h>

#include <cloudevents/format.h>

/* --- the encoding --- */

/* Reads between P and END; START is the beginning, from which errors count. */
typedef struct ce_avro_reader {
    const char *start, *p, *end;
} ce_avro_reader;

ce_status ce_avro_fail(const ce_avro_reader *r, const char *what,
                       ce_error *err);
ce_status ce_avro_long(ce_avro_reader *r, int64_t *out,
                       ce_error *err) CE_MUST_USE;
/* Reads the index of a union's branch; fails unless it is below COUNT. */
ce_status ce_avro_branch(ce_avro_reader *r, unsigned count, unsigned *out,
                         ce_error *err) CE_MUST_USE;
ce_status ce_avro_boolean(ce_avro_reader *r, bool *out,
                          ce_error *err) CE_MUST_USE;
ce_status ce_avro_double(ce_avro_reader *r, double *out,
                         ce_error *err) CE_MUST_USE;
/* Reads a string or bytes; *OUT is a view. */
ce_status ce_avro_bytes(ce_avro_reader *r, ce_slice *out,
                        ce_error *err) CE_MUST_USE;

/* The blocks of a map or an array. */
typedef struct ce_avro_blocks {
    uint64_t left; /* in this block */
} ce_avro_blocks;
/* Call before each item, with B zeroed at first: sets *OUT to whether there is
 * another one. */
ce_status ce_avro_more(ce_avro_reader *r, ce_avro_blocks *b, bool *out,
                       ce_error *err) CE_MUST_USE;

ce_status ce_avro_put_long(ce_buf *out, int64_t value) CE_MUST_USE;
ce_status ce_avro_put_bytes(ce_buf *out, ce_slice bytes) CE_MUST_USE;

/* --- data --- */

/* Branches of the union that is the record's field "data". */
enum {
    CE_AVRO_BYTES,
    CE_AVRO_NULL,
    CE_AVRO_BOOLEAN,
    CE_AVRO_MAP,
    CE_AVRO_ARRAY,
    CE_AVRO_DOUBLE,
    CE_AVRO_STRING,
    CE_AVRO_BRANCHES
};

/* Appends the value of branch BRANCH, from CE_AVRO_BOOLEAN on, as JSON. */
ce_status ce_avro_to_json(ce_avro_reader *r, unsigned branch, ce_buf *out,
                          ce_error *err) CE_MUST_USE;

#endif
