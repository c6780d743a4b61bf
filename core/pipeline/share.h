/* SPDX-License-Identifier: Apache-2.0 */
/* A pool that several share: addresses of senders, partitions of a topic. */
#ifndef CE_CORE_PIPELINE_SHARE_H
#define CE_CORE_PIPELINE_SHARE_H

#include <cloudevents/pipeline.h>

/* Deliveries, and the bytes that are charged to them. */
typedef struct ce_pool_part {
    size_t count, bytes;
} ce_pool_part;

/* Returns what may be out of P altogether. */
ce_pool_part ce_pool_all(const ce_pool *p);
/* Whether one of those that share P, of whose deliveries OWN are out, may have
 * MORE: the last sixteenth is for those that have less than that. Whether P has
 * so much, ce_pool_take says. */
bool ce_pool_allows(const ce_pool *p, ce_pool_part own, ce_pool_part more);

#endif
