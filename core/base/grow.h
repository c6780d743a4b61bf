/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by one element at a time and keep no capacity. */
#ifndef CE_CORE_BASE_GROW_H
#define CE_CORE_BASE_GROW_H

#include <cloudevents/alloc.h>

/* Returns AT, or where it has moved, with room for one element of SIZE behind
 * the COUNT that it has; NULL when out of memory, and AT stays. It doubles
 * whenever COUNT is a power of two, so that many cost no square. Use it for all
 * growth of the array, from NULL on. */
static inline void *ce_grow(void *at, size_t count, size_t size)
{
    if (count & (count - 1))
        return at;
    return ce_realloc(at, (count ? 2 * count : 1) * size);
}

#endif
