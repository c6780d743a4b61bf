/* SPDX-License-Identifier: Apache-2.0 */
/* What the filter stage needs of filters beyond their public face. */
#ifndef CE_CORE_CESQL_FILTER_H
#define CE_CORE_CESQL_FILTER_H

#include <cloudevents/cesql.h>

/* Fails with CE_ENOMEM: an event that could not be judged is not filtered. */
ce_status ce_filter_decide(const ce_filter *f, const ce_event *e,
                           ce_arena *arena, bool *passes) CE_MUST_USE;

#endif
