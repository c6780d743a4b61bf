/* SPDX-License-Identifier: Apache-2.0 */
/* The function of filters that only the filter stage needs. */
#ifndef CE_CORE_CESQL_FILTER_H
#define CE_CORE_CESQL_FILTER_H

#include <cloudevents/cesql.h>

/* Sets *PASSES as ce_filter_match returns it. Fails with CE_ENOMEM: then do not
 * drop the event, since it was not decided. */
ce_status ce_filter_decide(const ce_filter *f, const ce_event *e,
                           ce_arena *arena, bool *passes) CE_MUST_USE;

#endif
