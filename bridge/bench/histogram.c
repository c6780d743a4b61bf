/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bench/histogram.h"

/* How far a value is shifted to have eight bits: the bucket's width is two to
 * the power of it. Small values have buckets of their own. */
static unsigned shift_of(uint64_t value)
{
    unsigned shift = 0;

    while (value >> shift >= 2 * BR_HISTOGRAM_STEPS)
        shift++;
    return shift;
}

static unsigned bucket_of(uint64_t value)
{
    unsigned shift = shift_of(value);

    return shift * BR_HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

static uint64_t greatest_of(unsigned bucket)
{
    unsigned shift = 0;

    if (bucket >= 2 * BR_HISTOGRAM_STEPS)
        shift = bucket / BR_HISTOGRAM_STEPS - 1;
    return (((uint64_t)bucket - shift * BR_HISTOGRAM_STEPS + 1) << shift) - 1;
}

void br_histogram_add(br_histogram *h, uint64_t value)
{
    h->buckets[bucket_of(value)]++;
    h->count++;
    h->max = value > h->max ? value : h->max;
}

uint64_t br_histogram_at(const br_histogram *h, unsigned per_mille)
{
    uint64_t rank = (h->count * per_mille + 999) / 1000, seen = 0;

    for (unsigned i = 0; i < BR_HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= rank && seen > 0)
            return greatest_of(i) < h->max ? greatest_of(i) : h->max;
    }
    return h->max;
}
