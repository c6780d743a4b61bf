/* SPDX-License-Identifier: Apache-2.0 */
/* The documented extensions: names, types and rules of their own. A relay
 * needs none of this; it passes every extension on as it is. */
#ifndef CLOUDEVENTS_EXTENSIONS_H
#define CLOUDEVENTS_EXTENSIONS_H

#include <cloudevents/event.h>

CE_BEGIN_DECLS

/* Correlation: NEXT was caused by CAUSE. Sets correlationid (CAUSE's own, else
 * its id) and causationid (its id), and carries traceparent and tracestate on,
 * unless NEXT has a traceparent of its own. */
CE_API ce_status ce_event_follow(ce_event *next, const ce_event *cause,
                                 ce_error *err) CE_MUST_USE;

/* Partitioning: events with one key stay in order. */
CE_API ce_status ce_event_set_partition_key(ce_event *e, const char *key,
                                            ce_error *err) CE_MUST_USE;

/* Distributed tracing: a traceparent of W3C Trace Context, version 00. */
typedef struct ce_trace {
    char trace_id[33], parent_id[17]; /* lower-case hexadecimal digits */
    bool sampled;
} ce_trace;
/* A trace that begins here. */
CE_API ce_status ce_trace_new(ce_trace *out) CE_MUST_USE;
/* The same trace with an id for the next step. */
CE_API ce_status ce_trace_child(const ce_trace *parent,
                                ce_trace *out) CE_MUST_USE;
/* STATE is the tracestate, or NULL for none. */
CE_API ce_status ce_event_set_trace(ce_event *e, const ce_trace *t,
                                    const char *state,
                                    ce_error *err) CE_MUST_USE;
/* CE_ENOENT without one, CE_ESYNTAX when it is malformed. */
CE_API ce_status ce_event_trace(const ce_event *e, ce_trace *out) CE_MUST_USE;

/* Sequence: the place of the event among those of its source. The number is
 * written with 20 digits, so that plain comparison of the texts orders them. */
CE_API ce_status ce_event_set_sequence(ce_event *e, uint64_t number,
                                       ce_error *err) CE_MUST_USE;

/* Sampled rate: this event stands for RATE events, at least 1. */
CE_API ce_status ce_event_set_sampled_rate(ce_event *e, int32_t rate,
                                           ce_error *err) CE_MUST_USE;
/* 1 for an event without a rate. */
CE_API int32_t ce_event_sampled_rate(const ce_event *e);

/* Dataref: where the data lies (claim check). */
CE_API ce_status ce_event_set_dataref(ce_event *e, const char *uri,
                                      ce_error *err) CE_MUST_USE;

/* Expiry time. */
CE_API ce_status ce_event_set_expiry(ce_event *e, struct timespec at,
                                     ce_error *err) CE_MUST_USE;
/* Whether the event has expired at NOW; never when it has no expiry time that
 * can be read. */
CE_API bool ce_event_is_expired(const ce_event *e, struct timespec now);

CE_END_DECLS

#endif
