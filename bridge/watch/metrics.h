/* SPDX-License-Identifier: Apache-2.0 */
/* The counters as Prometheus text. */
#ifndef CE_BRIDGE_WATCH_METRICS_H
#define CE_BRIDGE_WATCH_METRICS_H

#include "bridge/watch/readiness.h"
#include "core/transport/gauges.h"
#include "core/stages/meter.h"

/* Meters of the same place in all workers of a route. */
typedef struct br_meters {
    const ce_meter *const *meters;
    unsigned count;
} br_meters;

/* One way out of a route. */
typedef struct br_metrics_sink {
    const char *name;
    br_meters own;  /* its attempts, and its events where it counts them */
    br_meters flow; /* where its events are counted */
} br_metrics_sink;

typedef struct br_metrics_route {
    const char *name;
    br_meters all;     /* every event */
    br_meters spread;  /* those that reach the sinks; none: there is one */
    uint64_t received; /* from the source */
    const br_metrics_sink *sinks;
    unsigned sink_count;      /* those that the fan-out serves come first */
    ce_gauges *const *gauges; /* of its sources */
    unsigned gauge_count;
    unsigned fanned; /* so many; less than two: the route says it all */
} br_metrics_route;

/* Appends the metrics of COUNT routes and of the endpoints on BOARD. The
 * counters may run meanwhile. After a failure OUT holds a part of the text. */
ce_status br_metrics_write(const br_metrics_route *routes, unsigned count,
                           br_readiness *board, ce_buf *out);

#endif
