/* SPDX-License-Identifier: Apache-2.0 */
/* An encoded event, as it arrived or as it will leave. */
#ifndef CLOUDEVENTS_MESSAGE_H
#define CLOUDEVENTS_MESSAGE_H

#include <cloudevents/format.h>

CE_BEGIN_DECLS

/* How an event lies in a transport message (content modes). */
typedef enum ce_mode {
    CE_MODE_NONE, /* not an event */
    CE_MODE_BINARY,
    CE_MODE_STRUCTURED,
    CE_MODE_BATCH
} ce_mode;

/* Data, not an interface: every slice borrows from the transport's memory. */
typedef struct ce_message {
    ce_mode mode;
    const ce_format *format; /* structured, batch; NULL: unknown to us */
    ce_slice content_type;   /* as on the wire, with parameters */
    ce_slice body;           /* the data, or the whole encoded event; absent
                                and empty differ where the transport can */
    ce_slice key;            /* the Kafka record key; absent: none */
    ce_attrs attrs;          /* binary: all but datacontenttype */
} ce_message;

/* The mode that a Content-Type announces, by its prefix and without case:
 * batch, structured, or else binary. */
CE_API ce_mode ce_mode_of(ce_slice content_type);
/* "binary", "structured" and so on. */
CE_API const char *ce_mode_name(ce_mode mode);

/* Decodes binary or structured mode into a checked view of M and ARENA. */
CE_API ce_status ce_message_decode(const ce_message *m, ce_arena *arena,
                                   ce_event *out, ce_error *err) CE_MUST_USE;
/* As ce_message_decode, but calls FN for everything that is wrong with M, not
 * only the first. OUT is valid when FN was not called. */
CE_API ce_status ce_message_findings(const ce_message *m, ce_arena *arena,
                                     ce_event *out, ce_finding_fn *fn,
                                     void *arg) CE_MUST_USE;
/* Writes E, which must be valid, as binary or structured mode; F is the format
 * for structured mode, NULL stands for JSON. *OUT borrows from E and ARENA. */
CE_API ce_status ce_message_encode(const ce_event *e, ce_mode mode,
                                   const ce_format *f, ce_arena *arena,
                                   ce_message *out) CE_MUST_USE;
/* Points *OUT at M when it already has the wanted mode and format, else at
 * TMP, filled with a transcoded message that lives in ARENA and borrows from
 * M. The key is kept. */
CE_API ce_status ce_message_as(const ce_message *m, ce_mode mode,
                               const ce_format *f, ce_arena *arena,
                               ce_message *tmp, const ce_message **out,
                               ce_error *err) CE_MUST_USE;

CE_END_DECLS

#endif
