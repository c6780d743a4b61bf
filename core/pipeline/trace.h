/* SPDX-License-Identifier: Apache-2.0 */
/* Follows deliveries through their stages, in lines of the level debug.
 *
 * Call only when ce_log_is_on(CE_DEBUG): the lines cost far more than what they
 * tell about. Neither an event's data nor its attributes are written. */
#ifndef CE_CORE_PIPELINE_TRACE_H
#define CE_CORE_PIPELINE_TRACE_H

#include <cloudevents/pipeline.h>

/* Do what ce_push and ce_settle do, and tell it before. That these call them
 * last keeps the usual way, without lines, free of saved registers. */
void ce_trace_push(ce_stage *s, ce_delivery *d);
void ce_trace_settle(ce_delivery *d, const ce_result *r);

#endif
