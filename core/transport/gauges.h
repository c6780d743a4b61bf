/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of an endpoint that come and go with what it has, such as the lag of
 * each partition. The endpoint writes them, metrics read them. */
#ifndef CE_CORE_TRANSPORT_GAUGES_H
#define CE_CORE_TRANSPORT_GAUGES_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/transport.h>

enum { CE_GAUGE_LABELS = 2 };

typedef struct ce_gauge_label {
    const char *name;
    char value[256]; /* longer ones are cut */
} ce_gauge_label;

typedef struct ce_gauge {
    /* Both live for ever: "kafka_lag", "Records that wait." */
    const char *name, *help;
    bool counts; /* a counter: it only grows */
    bool waits;  /* events that are still to be delivered: the lag */
    /* A name of NULL ends them. Gauges of a route with the same labels are
     * summed: each of its workers says what is its own. */
    ce_gauge_label labels[CE_GAUGE_LABELS];
    uint64_t value;
} ce_gauge;

/* Returns NULL when out of memory: then nobody is told. */
ce_gauges *ce_gauges_new(void);
/* Call when nobody reads or writes any more. Accepts NULL. */
void ce_gauges_free(ce_gauges *g);
/* Write all anew: begin, put each, end. What there is no memory for is left
 * out. Accept NULL. Any thread, one at a time. */
void ce_gauges_begin(ce_gauges *g);
void ce_gauges_put(ce_gauges *g, const ce_gauge *gauge);
void ce_gauges_end(ce_gauges *g);
/* Calls FN with each. Accepts NULL. Any thread. */
void ce_gauges_each(ce_gauges *g, void (*fn)(void *arg, const ce_gauge *gauge),
                    void *arg);

#endif
