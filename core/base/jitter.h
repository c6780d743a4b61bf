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

/* Returns anything between 0 and BASE, doubled DOUBLINGS times, or CAP where
 * that is less. */
static inline uint64_t ce_jitter_full(uint64_t *state, uint64_t base,
                                      uint64_t cap, unsigned doublings)
{
    uint64_t most;

    /* More would shift out of the number; every cap is reached before. */
    if (doublings > 31)
        doublings = 31;
    most = base << doublings;
    if (most > cap || most >> doublings != base)
        most = cap;
    return ce_jitter_next(state) % (most + 1);
}

#endif
