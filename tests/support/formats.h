/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of all event formats do: one event, there and back. */
#ifndef CE_TESTS_SUPPORT_FORMATS_H
#define CE_TESTS_SUPPORT_FORMATS_H

#include "tests/support/ce_test.h"

extern ce_event formats_event;  /* decoded last */
extern ce_error formats_error;  /* of the last failure */
extern ce_event *formats_built; /* built last */
extern size_t formats_count;    /* events of the batch decoded last */
extern ce_slice formats_bodies[8];

/* The format of this name; without it the test ends. */
const ce_format *formats_named(const char *name);
/* Begins with the format of this name. */
void formats_open(const char *name);
void formats_close(void);

ce_status formats_decode(ce_slice body);
ce_status formats_decode_text(const char *body);
ce_status formats_decode_batch(ce_slice body);
/* An event of JSON with the four required attributes, in the order id, source,
 * specversion, type, and MEMBERS. */
void formats_from_json(const char *members);
/* Encodes the decoded event, and decodes that. */
void formats_again(void);
/* The required attributes, datacontenttype TYPE (or NULL) and DATA. */
void formats_build(const char *type, ce_slice data, ce_data_kind kind);

void formats_expect(const char *name, const char *text, ce_type type);
void formats_expect_encoded(ce_slice bytes);
void formats_expect_error(const char *row, const char *part);
/* The event that was built is the same after encoding and decoding. */
void formats_expect_built(const char *row);
/* ... and its encoded text holds PART. */
bool formats_encoded_holds(ce_slice part);
/* All of these for an event with TYPE and DATA. */
void formats_expect_data(const char *row, const char *type, ce_slice data,
                         ce_data_kind kind, ce_slice part);
/* A body that is no event, and a part of what is said about it. */
typedef struct formats_fault {
    const char *name;
    ce_slice body;
    const char *says;
} formats_fault;
void formats_expect_faults(const char *format_name, const formats_fault *rows,
                           size_t count);
/* Data, and a part of its encoded text; for formats_expect_data. */
typedef struct formats_data {
    const char *name, *type;
    ce_slice data;
    ce_data_kind kind;
    ce_slice part;
} formats_data;
void formats_expect_all_data(const char *format_name, const formats_data *rows,
                             size_t count);
/* Two events: the required attributes; and with the text "x" as data. */
void formats_expect_batch(ce_slice bytes);
/* The event that was built has no place in the format. */
void formats_expect_refusal(const char *text);
/* All that is wrong with BODY, a line each. */
void formats_expect_findings(ce_slice body, const char *lines);
/* Every beginning of BODY is read without harm, and refused when it is shorter
 * than SHORTEST. */
void formats_cut(ce_slice body, size_t shortest);
/* Decoding and encoding BODY, with every allocation failing in turn. */
void formats_torture(const ce_format *f, ce_slice body);

#endif
