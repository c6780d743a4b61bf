/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a dead letter: the extensions dlq*, and the way back. */
#ifndef CE_CORE_PIPELINE_LETTER_H
#define CE_CORE_PIPELINE_LETTER_H

#include <cloudevents/delivery.h>

/* What a letter says beside the result. */
typedef struct ce_letter_cause {
    const char *route, *target; /* TARGET may be NULL */
    uint64_t first_ms, now_ms;  /* the first time it came, and now */
} ce_letter_cause;

/* Makes *OUT, which borrows from D and its arena: the event with dlqroute,
 * dlqtarget, dlqoutcome, dlqcode, dlqreason, dlqattempts, dlqfirsttime and
 * dlqtime; or, of a message that is no event, an event of the type
 * cebridge.malformed around the bytes as they came, with dlqtopic,
 * dlqpartition, dlqoffset, dlqkey and dlqheaders where they are known.
 *
 * dlqheaders is JSON: [["name","value"],...], with null for a value that is
 * absent and {"base64":"..."} in the place of a string that is no UTF-8. What
 * may not stand in an attribute of its own is there too, as ":content-type",
 * ":key" and ":topic"; the name of a header that begins with a colon is
 * written as Base64. Fails without memory or random numbers only. */
ce_status ce_letter_write(ce_delivery *d, const ce_result *r,
                          const ce_letter_cause *why, ce_message *out,
                          ce_error *err);

/* Makes *OUT of D, whose origin has a place (origin.h), and whose message is a
 * letter that its target does not take: an event of the type cebridge.cut,
 * without data and headers, whose attributes are short: dlqtype is the type,
 * dlqsize the length of the data, and dlqtopic, dlqpartition and dlqoffset say
 * where the record is. */
ce_status ce_letter_cut(ce_delivery *d, ce_message *out, ce_error *err);
/* Whether LETTER was cut: what it is about cannot be made of it. */
bool ce_letter_is_cut(const ce_event *letter);

/* The message that a letter of the type cebridge.malformed is about, as it
 * came. */
typedef struct ce_letter_original {
    ce_slice content_type, body, key, topic;
    ce_attrs headers;          /* an absent text: the header had no value */
    int64_t partition, offset; /* -1: not known */
} ce_letter_original;

/* Whether LETTER wraps a message that is no event. */
bool ce_letter_is_wrapped(const ce_event *letter);
/* Fills *OUT, which borrows from LETTER and ARENA, from a letter that is
 * wrapped. */
ce_status ce_letter_unwrap(const ce_event *letter, ce_arena *arena,
                           ce_letter_original *out, ce_error *err);
/* Makes *OUT a view of LETTER without what a letter adds: the event that
 * was refused. */
ce_status ce_letter_event(const ce_event *letter, ce_arena *arena,
                          ce_event *out);

#endif
