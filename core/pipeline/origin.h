/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CE_CORE_PIPELINE_ORIGIN_H
#define CE_CORE_PIPELINE_ORIGIN_H

#include <cloudevents/delivery.h>

/* Whether it is the place of a record that stays there: one of Kafka. */
static inline bool ce_origin_has_place(const ce_origin *o)
{
    return o->topic.ptr && o->partition >= 0 && o->offset >= 0;
}

#endif
