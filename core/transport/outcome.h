/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a request whose reply holds no event, in header fields, for
 * transports that have some. */
#ifndef CE_CORE_TRANSPORT_OUTCOME_H
#define CE_CORE_TRANSPORT_OUTCOME_H

#include <cloudevents/delivery.h>

/* Appends the fields that express R; they borrow from R and ARENA. */
ce_status ce_outcome_write(const ce_result *r, ce_arena *arena, ce_attrs *out);
/* Sets *OUT to the result that FIELDS express; returns false when they express
 * none. ARENA is scratch. */
bool ce_outcome_read(const ce_attrs *fields, ce_arena *arena, ce_result *out);
/* Returns the result that a reply stands for: the outcome in its metadata, its
 * event, or, when it holds neither, that all is done. The event is that of
 * REPLY. */
ce_result ce_outcome_of_reply(const ce_delivery *reply);

#endif
