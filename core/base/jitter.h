/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that keep instances from marching in step; nothing secret. */
#ifndef CE_CORE_BASE_JITTER_H
#define CE_CORE_BASE_JITTER_H

#include <stdint.h>

/* A xorshift. Begin with any STATE but 0. */
static inline uint64_t ce_jitter_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Returns between half of MS and MS. */
static inline uint64_t ce_jitter_half(uint64_t *state, uint64_t ms)
{
    return ms - ce_jitter_next(state) % (ms / 2 + 1);
}

#endif
