/* SPDX-License-Identifier: Apache-2.0 */
/* For owners of a ce_health that write log lines of their own. */
#ifndef CE_CORE_PIPELINE_HEALTH_H
#define CE_CORE_PIPELINE_HEALTH_H

#include <cloudevents/pipeline.h>

/* Sets both and tells all that watch, without a line. REASON is copied. */
void ce_health_set(ce_health *h, bool up, const char *reason);

#endif
