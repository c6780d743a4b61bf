/* SPDX-License-Identifier: Apache-2.0 */
#include "core/transport/tracing.h"

#include "core/event/tracing.h"

unsigned ce_trace_fields(ce_delivery *d, ce_attr out[CE_TRACE_FIELDS])
{
    const ce_event *e = ce_delivery_event(d, NULL);
    const ce_attr *parent, *state;

    if (!e)
        return 0;
    parent = ce_attrs_find(&e->attrs, CE_SLICE("traceparent"));
    state = ce_attrs_find(&e->attrs, CE_SLICE("tracestate"));
    if (!parent || !ce_traceparent_is_valid(parent->text))
        return 0;
    out[0] = *parent;
    if (!state || !ce_tracestate_is_valid(state->text))
        return 1;
    out[1] = *state;
    return 2;
}
