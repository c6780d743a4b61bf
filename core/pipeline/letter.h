/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a dead letter: design of the extensions dlq*. */
#ifndef CE_CORE_PIPELINE_LETTER_H
#define CE_CORE_PIPELINE_LETTER_H

#include <cloudevents/delivery.h>

/* Makes *OUT, which borrows from D and its arena: the event with dlqroute,
 * dlqtarget, dlqoutcome, dlqcode, dlqreason, dlqattempts, dlqfirsttime and
 * dlqtime; or, of a message that is no event, an event of the type
 * cebridge.malformed around the bytes as they came, with dlqtopic,
 * dlqpartition, dlqoffset, dlqkey and dlqheaders where they are known. */
ce_status ce_letter_write(ce_delivery *d, const ce_result *r, const char *route,
                          const char *target, uint64_t first_ms,
                          uint64_t now_ms, ce_message *out);

#endif
