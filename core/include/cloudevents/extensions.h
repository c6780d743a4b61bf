/* SPDX-License-Identifier: Apache-2.0 */
/* The documented extensions: names, types and rules of their own. A relay
 * needs none of this; it passes every extension on as it is.
 *
 * Each part names its document in the folder cloudevents/extensions of the
 * CloudEvents specification. The rules of event.h hold: texts are copied, ERR
 * may be NULL, an error leaves the attribute as it was. Every setter fails with
 * CE_EINVAL for a value that the extension does not allow. */
#ifndef CLOUDEVENTS_EXTENSIONS_H
#define CLOUDEVENTS_EXTENSIONS_H

#include <cloudevents/event.h>

CE_BEGIN_DECLS

/* Correlation (correlation.md): says that CAUSE caused NEXT. Sets correlationid
 * (CAUSE's own, else its id) and causationid (its id). Also carries
 * traceparent and tracestate on, unless NEXT has a traceparent of its own.
 * CAUSE is not kept. */
CE_API ce_status ce_event_follow(ce_event *next, const ce_event *cause,
                                 ce_error *err) CE_MUST_USE;

/* Partitioning (partitioning.md): events with one key stay in order. KEY may
 * not be empty. Kafka sends it as the record's key (Kafka binding 3.1). */
CE_API ce_status ce_event_set_partition_key(ce_event *e, const char *key,
                                            ce_error *err) CE_MUST_USE;

/* Distributed tracing (distributed-tracing.md): a traceparent of W3C Trace
 * Context, version 00. Copy it freely. */
typedef struct ce_trace {
    char trace_id[33], parent_id[17]; /* lower-case hexadecimal digits */
    bool sampled;                     /* the caller recorded this trace */
} ce_trace;
/* Fills *OUT with a new trace, sampled, with random ids. Fails with CE_EIO when
 * the system has no random numbers. */
CE_API ce_status ce_trace_new(ce_trace *out) CE_MUST_USE;
/* Fills *OUT with the same trace and a random id for the next step. Fails as
 * ce_trace_new. */
CE_API ce_status ce_trace_child(const ce_trace *parent,
                                ce_trace *out) CE_MUST_USE;
/* Sets traceparent from T, and tracestate from STATE; NULL removes
 * tracestate. Fails with CE_EINVAL when one of T's ids is not all digits or is
 * zero, and when STATE is not a list of Trace Context 3.3 or is empty. An error
 * leaves both as they were. */
CE_API ce_status ce_event_set_trace(ce_event *e, const ce_trace *t,
                                    const char *state,
                                    ce_error *err) CE_MUST_USE;
/* Reads traceparent. Fails with CE_ENOENT without one and with CE_ESYNTAX when
 * it is malformed or one of its ids is zero (Trace Context 3.2.2). Later
 * versions are read as far as version 00 goes. */
CE_API ce_status ce_event_trace(const ce_event *e, ce_trace *out) CE_MUST_USE;

/* Sequence (sequence.md): the place of the event among those of its source. The
 * number is written with 20 digits, so that plain comparison of the texts
 * orders them. */
CE_API ce_status ce_event_set_sequence(ce_event *e, uint64_t number,
                                       ce_error *err) CE_MUST_USE;

/* Sampled rate (sampledrate.md): this event stands for RATE events, at least
 * 1. */
CE_API ce_status ce_event_set_sampled_rate(ce_event *e, int32_t rate,
                                           ce_error *err) CE_MUST_USE;
/* Returns the rate; 1 for an event without one, or with one that cannot be
 * read. */
CE_API int32_t ce_event_sampled_rate(const ce_event *e);

/* Dataref (dataref.md): where the data lies, for a claim check. URI is a
 * URI-reference and not empty. It does not remove the data. */
CE_API ce_status ce_event_set_dataref(ce_event *e, const char *uri,
                                      ce_error *err) CE_MUST_USE;

/* Expiry time (expirytime.md): AT counts from 1970 in UTC. */
CE_API ce_status ce_event_set_expiry(ce_event *e, struct timespec at,
                                     ce_error *err) CE_MUST_USE;
/* Returns whether the event has expired at NOW: at its expiry time or later.
 * Never for an event without an expiry time that can be read. */
CE_API bool ce_event_is_expired(const ce_event *e, struct timespec now);

CE_END_DECLS

#endif
