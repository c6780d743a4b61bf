/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of W3C Trace Context (Level 1), for what the distributed tracing
 * extension and headers of messages hold. */
#ifndef CE_CORE_EVENT_TRACING_H
#define CE_CORE_EVENT_TRACING_H

#include <stdbool.h>

#include <cloudevents/slice.h>

/* Of version 00; a later one may go on behind it. */
enum { CE_TRACEPARENT_LEN = 55 };
/* Of a tracestate that is valid, in bytes. */
enum { CE_TRACESTATE_MAX = 512 };

/* Trace Context 3.2: lower-case digits, ids that are not zero, and no version
 * ff. Later versions are read as far as version 00 goes. */
bool ce_traceparent_is_valid(ce_slice text);
/* Trace Context 3.3: at most 32 members and CE_TRACESTATE_MAX bytes. */
bool ce_tracestate_is_valid(ce_slice text);

#endif
