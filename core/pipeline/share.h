/* SPDX-License-Identifier: Apache-2.0 */
/* How several share a pool: addresses of senders, partitions of a topic. */
#ifndef CE_CORE_PIPELINE_SHARE_H
#define CE_CORE_PIPELINE_SHARE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether one of them, that has OWN already, may have what makes WANTED of ALL
 * that there is: the last sixteenth is for those that have less than that. */
static inline bool ce_share_allows(size_t all, size_t wanted, size_t own)
{
    size_t reserve = all < 16 ? 1 : all / 16;

    return wanted <= all - reserve || own < reserve;
}

#endif
