/* SPDX-License-Identifier: Apache-2.0 */
/* An encoded event, as it arrived or as it will leave.
 *
 * The functions keep nothing and may be called from any thread, each with an
 * arena of its own. ERR may be NULL. */
#ifndef CLOUDEVENTS_MESSAGE_H
#define CLOUDEVENTS_MESSAGE_H

#include <cloudevents/format.h>

CE_BEGIN_DECLS

/* How an event lies in a transport message: the content modes of the protocol
 * bindings (HTTP binding 3, Kafka binding 3, MQTT binding 3). */
typedef enum ce_mode {
    CE_MODE_NONE,       /* not an event */
    CE_MODE_BINARY,     /* attributes as headers, the data as the body */
    CE_MODE_STRUCTURED, /* the body is one event in an event format */
    CE_MODE_BATCH       /* the body is a list of events in an event format */
} ce_mode;

/* Data, not an interface: every slice borrows from the transport's memory. Copy
 * what you need longer than the delivery. */
typedef struct ce_message {
    ce_mode mode;
    const ce_format *format; /* structured, batch; NULL: unknown to us */
    ce_slice content_type;   /* as on the wire, with parameters */
    ce_slice body;           /* the data, or the whole encoded event; absent
                                and empty differ where the transport can */
    ce_slice key;            /* the Kafka record key; absent: none */
    ce_attrs attrs;          /* binary: all but datacontenttype */
} ce_message;

/* Returns the mode that a Content-Type announces, by its prefix and without
 * case (HTTP binding 3): batch, structured, or else binary. It does not say
 * that the message is an event: binary mode needs its attributes too. */
CE_API ce_mode ce_mode_of(ce_slice content_type);
/* Returns "binary", "structured" and so on. */
CE_API const char *ce_mode_name(ce_mode mode);

/* Decodes binary or structured mode and checks the event. *OUT is a view of M
 * and ARENA: keep both while you use it, and do not free it. Fails with
 * CE_ENOTSUP for a format that is not known, with CE_EINVAL for a batch, for
 * mode none and for an event that breaks a rule, with CE_ESYNTAX for a body
 * that does not parse. */
CE_API ce_status ce_message_decode(const ce_message *m, ce_arena *arena,
                                   ce_event *out, ce_error *err) CE_MUST_USE;
/* As ce_message_decode, but calls FN for everything that is wrong with M, not
 * only the first. OUT is valid when FN was not called. Returns what FN returned
 * last, CE_OK, or CE_ENOMEM. */
CE_API ce_status ce_message_findings(const ce_message *m, ce_arena *arena,
                                     ce_event *out, ce_finding_fn *fn,
                                     void *arg) CE_MUST_USE;
/* Writes E, which must be valid, as binary or structured mode; F is the format
 * for structured mode, NULL stands for JSON. *OUT borrows from E and ARENA.
 * Look at OUT->mode: an event that binary mode would turn into another one,
 * such as an event whose data is itself an event, is written in structured
 * mode. Fails with CE_ENOTSUP for the other modes, and for an event that the
 * format cannot carry. */
CE_API ce_status ce_message_encode(const ce_event *e, ce_mode mode,
                                   const ce_format *f, ce_arena *arena,
                                   ce_message *out) CE_MUST_USE;
/* Points *OUT at M when it already has the wanted mode and format, else at
 * TMP, filled with a transcoded message that lives in ARENA and borrows from
 * M: keep all of them while you use *OUT. MODE none means "as it is". The key
 * is kept. Errors are those of ce_message_decode and ce_message_encode. */
CE_API ce_status ce_message_as(const ce_message *m, ce_mode mode,
                               const ce_format *f, ce_arena *arena,
                               ce_message *tmp, const ce_message **out,
                               ce_error *err) CE_MUST_USE;

CE_END_DECLS

#endif
