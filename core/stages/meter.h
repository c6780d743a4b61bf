/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of one route. Any thread may read them at any time. */
#ifndef CE_CORE_STAGES_METER_H
#define CE_CORE_STAGES_METER_H

#include <stdatomic.h>
#include <stdint.h>

enum { CE_METER_BUCKETS = 14 };

/* Upper bounds in microseconds; the last bucket is unbounded. */
extern const uint32_t ce_meter_bounds_us[CE_METER_BUCKETS - 1];

/* When nothing is in flight, or stands with its source: received = delivered +
 * refused + undelivered + filtered + dead_lettered + duplicates. */
typedef struct ce_meter {
    atomic_uint_fast64_t received, delivered, refused, undelivered, filtered,
        dead_lettered, duplicates, retries, late_replies, received_bytes,
        tolerated, spared;
    atomic_uint_fast64_t in_flight;
    atomic_uint_fast64_t buckets[CE_METER_BUCKETS]; /* not cumulative */
    atomic_uint_fast64_t seconds_us;                /* sum of all latencies */
    atomic_uint_fast64_t oldest_us; /* when the oldest event in flight came, by
                                       uv_hrtime; 0: none is */
} ce_meter;

#endif
