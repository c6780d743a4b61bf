/* SPDX-License-Identifier: Apache-2.0 */
/* The counters as Prometheus text. */
#ifndef CE_BRIDGE_WATCH_METRICS_H
#define CE_BRIDGE_WATCH_METRICS_H

#include "core/stages/meter.h"

#include <cloudevents/slice.h>

/* One sink of a route. */
typedef struct br_metrics_sink {
    const char *label;
    uint64_t retries, late_replies;
} br_metrics_sink;

/* One route; METERS are those of its workers. */
typedef struct br_metrics_route {
    const char *name;
    const ce_meter *const *meters;
    unsigned workers;
    const br_metrics_sink *sinks;
    unsigned count;
} br_metrics_route;

/* Appends the metrics of COUNT routes. The counters may run meanwhile. After
 * a failure OUT holds a part of the text. */
ce_status br_metrics_write(const br_metrics_route *routes, unsigned count,
                           ce_buf *out);

#endif
