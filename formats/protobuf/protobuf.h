/* SPDX-License-Identifier: Apache-2.0 */
/* The Protobuf event format: protobuf-format.md and cloudevents.proto of
 * CloudEvents 1.0. Where the two differ the schema is right (FMT-21). */
#ifndef CE_FORMATS_PROTOBUF_PROTOBUF_H
#define CE_FORMATS_PROTOBUF_PROTOBUF_H

#include <cloudevents/format.h>

/* Field numbers of io.cloudevents.v1.CloudEvent. */
enum {
    CE_PB_ID = 1,
    CE_PB_SOURCE,
    CE_PB_SPEC_VERSION,
    CE_PB_TYPE,
    CE_PB_ATTRIBUTES,
    CE_PB_BINARY_DATA,
    CE_PB_TEXT_DATA,
    CE_PB_PROTO_DATA
};

/* ... of CloudEvent.CloudEventAttributeValue ... */
enum {
    CE_PB_BOOLEAN = 1,
    CE_PB_INTEGER,
    CE_PB_STRING,
    CE_PB_BYTES,
    CE_PB_URI,
    CE_PB_URI_REF,
    CE_PB_TIMESTAMP
};

/* ... of the entries of a map, of google.protobuf.Timestamp and Any, and of
 * CloudEventBatch. */
enum { CE_PB_KEY = 1, CE_PB_VALUE };
enum { CE_PB_SECONDS = 1, CE_PB_NANOS };
enum { CE_PB_TYPE_URL = 1, CE_PB_ANY_VALUE };
enum { CE_PB_EVENTS = 1 };

/* Attributes that are fields of their own, at their field numbers. */
extern const char *const ce_pb_fields[CE_PB_TYPE + 1];

ce_status ce_pb_decode(ce_slice body, ce_arena *arena, ce_event *out,
                       ce_error *err);
ce_status ce_pb_findings(ce_slice body, ce_arena *arena, ce_event *out,
                         ce_finding_fn *fn, void *arg);
ce_status ce_pb_encode(const ce_event *e, ce_buf *out);
ce_status ce_pb_check(const ce_event *e, ce_error *err);
/* Returns whether a Timestamp can hold what TEXT says. Near the ends of the
 * years an offset leads out of them. */
bool ce_pb_is_instant(ce_slice text);

/* A message as data is the pair of its bytes and its type's URL. In an event
 * the URL is the dataschema; where that already says something else it is a
 * parameter of the datacontenttype. */
ce_status ce_any_to_event(ce_event *e, ce_slice type_url, ce_error *err);

typedef struct ce_any {
    ce_slice type_url; /* absent: the data is no such message */
    ce_slice content_type;
} ce_any;
/* Returns the type's URL, and the datacontenttype that remains. */
ce_any ce_any_of_event(const ce_event *e);

#endif
