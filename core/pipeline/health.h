/* SPDX-License-Identifier: Apache-2.0 */
/* For owners of a ce_health that write log lines of their own. */
#ifndef CE_CORE_PIPELINE_HEALTH_H
#define CE_CORE_PIPELINE_HEALTH_H

#include <cloudevents/pipeline.h>

/* Sets both and tells all that watch, without a line. REASON is copied. */
void ce_health_set(ce_health *h, bool up, const char *reason);
/* Whether H has never been up, nor down for a reason: a first connection is on
 * its way. */
bool ce_health_is_new(const ce_health *h);
/* Runs the loop of H, which nobody else runs, until H is up, or says why not,
 * or the time is over. CE_EIO: ERR has the reason. */
ce_status ce_health_await(ce_health *h, uint64_t timeout_ms, ce_error *err);

#endif
