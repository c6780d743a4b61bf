/* SPDX-License-Identifier: Apache-2.0 */
/* Counts times, so that their percentiles can be told: any value from a
 * nanosecond to centuries, in little memory, with less than 1 % of error. */
#ifndef CE_BRIDGE_BENCH_HISTOGRAM_H
#define CE_BRIDGE_BENCH_HISTOGRAM_H

#include <stdint.h>

/* Each power of two has so many buckets of one width. */
enum { BR_HISTOGRAM_STEPS = 128, BR_HISTOGRAM_BUCKETS = 58 * 128 };

/* Zero it before its first use. One thread at a time. */
typedef struct br_histogram {
    uint64_t buckets[BR_HISTOGRAM_BUCKETS];
    uint64_t count, max;
} br_histogram;

void br_histogram_add(br_histogram *h, uint64_t value);
/* Returns what PER_MILLE of all values do not exceed; 0 without any. It is
 * never below the true one, and never above the greatest value. */
uint64_t br_histogram_at(const br_histogram *h, unsigned per_mille);

#endif
