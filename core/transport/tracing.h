/* SPDX-License-Identifier: Apache-2.0 */
/* The trace of an event beside it in a message, where tracing tools look: the
 * option "trace" of senders. */
#ifndef CE_CORE_TRANSPORT_TRACING_H
#define CE_CORE_TRANSPORT_TRACING_H

#include <cloudevents/delivery.h>

enum { CE_TRACE_FIELDS = 2 };

/* Fills OUT with the headers traceparent and tracestate of D's event, as far as
 * it has them and they are valid; without the first there is no second. They
 * borrow from D. Returns their number. */
unsigned ce_trace_fields(ce_delivery *d, ce_attr out[CE_TRACE_FIELDS]);

#endif
