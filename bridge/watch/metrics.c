/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the counters of all routes in the Prometheus text format 0.0.4. */
#include "bridge/watch/metrics.h"

#include <stddef.h>

/* Remembers the first failure, so that the text reads straight down. */
typedef struct writer {
    const br_metrics_route *routes;
    unsigned count;
    ce_buf *out;
    ce_status status;
} writer;

static void put(writer *w, ce_slice text)
{
    if (w->status == CE_OK)
        w->status = ce_buf_append(w->out, text);
}

#define PUT(w, ...)                                                            \
    do {                                                                       \
        if ((w)->status == CE_OK)                                              \
            (w)->status = ce_buf_printf((w)->out, __VA_ARGS__);                \
    } while (0)

/* A label's value in quotes. */
static void put_quoted(writer *w, const char *text)
{
    put(w, CE_SLICE("\""));
    for (; *text; text++) {
        if (*text == '\n')
            put(w, CE_SLICE("\\n"));
        else if (*text == '"' || *text == '\\')
            PUT(w, "\\%c", *text);
        else
            put(w, (ce_slice){ text, 1 });
    }
    put(w, CE_SLICE("\""));
}

static void put_head(writer *w, const char *name, const char *type,
                     const char *help)
{
    PUT(w, "# HELP cebridge_%s %s\n# TYPE cebridge_%s %s\n", name, help, name,
        type);
}

/* NAME{route="..." without what closes it. */
static void put_route(writer *w, const char *name, const char *route)
{
    PUT(w, "cebridge_%s{route=", name);
    put_quoted(w, route);
}

/* --- counters of a route --- */

static const struct {
    const char *name, *type, *help;
    size_t offset;
} counters[] = {
    { "events_received_total", "counter", "Events that came in.",
      offsetof(ce_meter, received) },
    { "events_delivered_total", "counter", "Events that all sinks confirmed.",
      offsetof(ce_meter, delivered) },
    { "events_refused_total", "counter",
      "Events that were invalid or that a sink refused.",
      offsetof(ce_meter, refused) },
    { "events_undelivered_total", "counter",
      "Events that were left with their source.",
      offsetof(ce_meter, undelivered) },
    { "events_filtered_total", "counter", "Events that did not match.",
      offsetof(ce_meter, filtered) },
    { "events_dead_lettered_total", "counter",
      "Events that the dead-letter target took.",
      offsetof(ce_meter, dead_lettered) },
    { "events_duplicates_total", "counter", "Events that the sink had before.",
      offsetof(ce_meter, duplicates) },
    { "received_bytes_total", "counter", "Bytes of the messages' bodies.",
      offsetof(ce_meter, received_bytes) },
    { "tolerated_total", "counter",
      "Messages that were read only because an option allows it.",
      offsetof(ce_meter, tolerated) },
    { "in_flight", "gauge", "Events that are not settled yet.",
      offsetof(ce_meter, in_flight) },
};

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint64_t sum(const br_metrics_route *r, size_t offset)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < r->workers; i++)
        n += load((const atomic_uint_fast64_t
                       *)(const void *)((const char *)r->meters[i] + offset));
    return n;
}

static void put_counters(writer *w)
{
    for (size_t c = 0; c < sizeof counters / sizeof *counters; c++) {
        put_head(w, counters[c].name, counters[c].type, counters[c].help);
        for (unsigned i = 0; i < w->count; i++) {
            put_route(w, counters[c].name, w->routes[i].name);
            PUT(w, "} %llu\n",
                (unsigned long long)sum(&w->routes[i], counters[c].offset));
        }
    }
}

/* --- counters of a sink --- */

static const struct {
    const char *name, *help;
    size_t offset;
} sink_counters[] = {
    { "retries_total", "Attempts that failed and were followed by another.",
      offsetof(br_metrics_sink, retries) },
    { "late_replies_total", "Replies that nobody waited for any more.",
      offsetof(br_metrics_sink, late_replies) },
};

static void put_sink_counter(writer *w, const char *name,
                             const br_metrics_route *r, unsigned sink,
                             size_t offset)
{
    const br_metrics_sink *s = &r->sinks[sink];

    put_route(w, name, r->name);
    put(w, CE_SLICE(",sink="));
    put_quoted(w, s->label);
    PUT(w, "} %llu\n",
        (unsigned long long)*(const uint64_t *)(const void *)((const char *)s +
                                                              offset));
}

static void put_sink_counters(writer *w)
{
    for (size_t c = 0; c < sizeof sink_counters / sizeof *sink_counters; c++) {
        put_head(w, sink_counters[c].name, "counter", sink_counters[c].help);
        for (unsigned i = 0; i < w->count; i++)
            for (unsigned s = 0; s < w->routes[i].count; s++)
                put_sink_counter(w, sink_counters[c].name, &w->routes[i], s,
                                 sink_counters[c].offset);
    }
}

/* --- the histogram --- */

static void put_histogram(writer *w, const br_metrics_route *r)
{
    static const char name[] = "delivery_seconds";
    unsigned long long total = 0;

    for (unsigned b = 0; b < CE_METER_BUCKETS; b++) {
        total += sum(r, offsetof(ce_meter, buckets) +
                            b * sizeof(atomic_uint_fast64_t));
        put_route(w, "delivery_seconds_bucket", r->name);
        if (b < CE_METER_BUCKETS - 1)
            PUT(w, ",le=\"%g\"} %llu\n", ce_meter_bounds_us[b] / 1e6, total);
        else
            PUT(w, ",le=\"+Inf\"} %llu\n", total);
    }
    PUT(w, "cebridge_%s_sum{route=", name);
    put_quoted(w, r->name);
    PUT(w, "} %.6f\n", (double)sum(r, offsetof(ce_meter, seconds_us)) / 1e6);
    PUT(w, "cebridge_%s_count{route=", name);
    put_quoted(w, r->name);
    PUT(w, "} %llu\n", total);
}

ce_status br_metrics_write(const br_metrics_route *routes, unsigned count,
                           ce_buf *out)
{
    writer w = { .routes = routes, .count = count, .out = out };

    put_counters(&w);
    put_sink_counters(&w);
    put_head(&w, "delivery_seconds", "histogram",
             "Time from the arrival of an event to its settlement.");
    for (unsigned i = 0; i < count; i++)
        put_histogram(&w, &routes[i]);
    return w.status;
}
