/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the counters of all routes in the Prometheus text format 0.0.4. */
#include "bridge/watch/metrics.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

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

static void put_label(writer *w, const char *name, const char *value)
{
    PUT(w, ",%s=", name);
    put_quoted(w, value);
}

static void put_value(writer *w, uint64_t value)
{
    PUT(w, "} %llu\n", (unsigned long long)value);
}

/* SINK: NULL for a series of the whole route. */
static void put_series(writer *w, const char *name, const char *route,
                       const char *sink, uint64_t value)
{
    put_route(w, name, route);
    if (sink)
        put_label(w, "sink", sink);
    put_value(w, value);
}

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static const atomic_uint_fast64_t *counter_at(const ce_meter *m, size_t offset)
{
    return (const void *)((const char *)m + offset);
}

static uint64_t sum(const br_meters *m, size_t offset)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < m->count; i++)
        n += load(counter_at(m->meters[i], offset));
    return n;
}

/* --- events --- */

typedef struct row {
    const char *name, *type, *help;
    size_t offset;
} row;

/* With several sinks each has a series of its own; the one without a sink
 * counts what came to none of them. */
static const row results[] = {
    { "events_delivered_total", "counter", "Events that a sink confirmed.",
      offsetof(ce_meter, delivered) },
    { "events_refused_total", "counter",
      "Events that were invalid or that a sink refused.",
      offsetof(ce_meter, refused) },
    { "events_undelivered_total", "counter",
      "Events that were left with their source.",
      offsetof(ce_meter, undelivered) },
    { "events_dead_lettered_total", "counter",
      "Events that the dead-letter target took.",
      offsetof(ce_meter, dead_lettered) },
};

static const row counters[] = {
    { "events_filtered_total", "counter", "Events that did not match.",
      offsetof(ce_meter, filtered) },
    { "events_duplicates_total", "counter", "Events that the sink had before.",
      offsetof(ce_meter, duplicates) },
    { "repeats_spared_total", "counter",
      "Copies that one of several sinks had from an earlier attempt.",
      offsetof(ce_meter, spared) },
    { "received_bytes_total", "counter", "Bytes of the messages' bodies.",
      offsetof(ce_meter, received_bytes) },
    { "tolerated_total", "counter",
      "Messages that were read only because an option allows it.",
      offsetof(ce_meter, tolerated) },
    { "in_flight", "gauge", "Events that are not settled yet.",
      offsetof(ce_meter, in_flight) },
};

static const row attempts[] = {
    { "retries_total", "counter",
      "Attempts that failed and were followed by another.",
      offsetof(ce_meter, retries) },
    { "late_replies_total", "counter",
      "Replies that nobody waited for any more.",
      offsetof(ce_meter, late_replies) },
};

static void put_row_head(writer *w, const row *c)
{
    put_head(w, c->name, c->type, c->help);
}

static void put_received(writer *w)
{
    static const char name[] = "events_received_total";

    put_head(w, name, "counter", "Events that came in.");
    for (unsigned i = 0; i < w->count; i++)
        put_series(w, name, w->routes[i].name, NULL, w->routes[i].received);
}

/* The counters are read one after the other: an event may be in the second
 * before it is in the first. */
static uint64_t difference(uint64_t all, uint64_t part)
{
    return all > part ? all - part : 0;
}

static void put_result(writer *w, const row *c, const br_metrics_route *r)
{
    uint64_t reached = sum(&r->spread, c->offset);

    put_series(w, c->name, r->name, NULL,
               difference(sum(&r->all, c->offset), reached));
    for (unsigned s = 0; r->fanned > 1 && s < r->fanned; s++)
        put_series(w, c->name, r->name, r->sinks[s].name,
                   sum(&r->sinks[s].flow, c->offset));
}

static void put_results(writer *w)
{
    for (size_t c = 0; c < sizeof results / sizeof *results; c++) {
        put_row_head(w, &results[c]);
        for (unsigned i = 0; i < w->count; i++)
            put_result(w, &results[c], &w->routes[i]);
    }
}

static void put_counters(writer *w)
{
    for (size_t c = 0; c < sizeof counters / sizeof *counters; c++) {
        put_row_head(w, &counters[c]);
        for (unsigned i = 0; i < w->count; i++)
            put_series(w, counters[c].name, w->routes[i].name, NULL,
                       sum(&w->routes[i].all, counters[c].offset));
    }
}

/* --- sinks --- */

typedef void sink_fn(writer *w, const char *name, const char *route,
                     const br_metrics_sink *s, size_t offset);

static void each_sink(writer *w, const row *c, sink_fn *fn)
{
    put_row_head(w, c);
    for (unsigned i = 0; i < w->count; i++)
        for (unsigned s = 0; s < w->routes[i].sink_count; s++)
            fn(w, c->name, w->routes[i].name, &w->routes[i].sinks[s],
               c->offset);
}

static void put_attempts(writer *w, const char *name, const char *route,
                         const br_metrics_sink *s, size_t offset)
{
    put_series(w, name, route, s->name, sum(&s->own, offset));
}

static void put_oldest(writer *w, const char *name, const char *route,
                       const br_metrics_sink *s, size_t offset)
{
    uint64_t now = uv_hrtime() / 1000, oldest = now;

    for (unsigned i = 0; i < s->flow.count; i++) {
        uint64_t came = load(counter_at(s->flow.meters[i], offset));

        if (came && came < oldest)
            oldest = came;
    }
    put_route(w, name, route);
    put_label(w, "sink", s->name);
    PUT(w, "} %.3f\n", (double)(now - oldest) / 1e6);
}

static void put_sinks(writer *w)
{
    static const row oldest = {
        "oldest_unsettled_seconds", "gauge",
        "Age of the oldest event that a sink has not settled.",
        offsetof(ce_meter, oldest_us)
    };

    for (size_t c = 0; c < sizeof attempts / sizeof *attempts; c++)
        each_sink(w, &attempts[c], put_attempts);
    each_sink(w, &oldest, put_oldest);
}

/* --- the program and its endpoints --- */

static void put_standing(void *arg, const br_standing *s)
{
    writer *w = arg;

    put_route(w, "endpoint_up", s->at.route);
    put_label(w, "role", s->at.role);
    if (s->at.sink[0])
        put_label(w, "sink", s->at.sink);
    put_label(w, "endpoint", s->label);
    put_value(w, s->up);
}

static void put_program(writer *w, br_readiness *board)
{
    put_head(w, "endpoint_up", "gauge",
             "Whether an endpoint is connected and events get through.");
    br_readiness_walk(board, put_standing, w);
    put_head(w, "build_info", "gauge", "The program that runs, always 1.");
    PUT(w, "cebridge_build_info{version=\"%s\"} 1\n", CE_VERSION);
}

/* --- what sources tell --- */

/* All series of a metric stand together, so the names are taken one by one,
 * sorted. */
typedef struct series {
    writer *w;
    const char *name;
    const ce_gauge *next; /* the first name behind NAME */
    ce_gauge found;
    ce_buf rows; /* of one route */
} series;

static void find_next(void *arg, const ce_gauge *g)
{
    series *s = arg;

    if (s->name && strcmp(g->name, s->name) <= 0)
        return;
    if (s->next && strcmp(g->name, s->next->name) >= 0)
        return;
    s->found = *g;
    s->next = &s->found;
}

static void collect(void *arg, const ce_gauge *g)
{
    series *s = arg;

    if (s->w->status == CE_OK && strcmp(g->name, s->name) == 0)
        s->w->status =
            ce_buf_append(&s->rows, (ce_slice){ (const char *)g, sizeof *g });
}

static int compare(const void *left, const void *right)
{
    const ce_gauge *a = left, *b = right;
    int order = 0;

    for (unsigned i = 0; i < CE_GAUGE_LABELS && !order; i++) {
        if (!a->labels[i].name || !b->labels[i].name)
            return !!a->labels[i].name - !!b->labels[i].name;
        order = strcmp(a->labels[i].value, b->labels[i].value);
    }
    return order;
}

/* Workers of a route say the same of their parts: equal ones are summed. */
static void put_rows(series *s, const char *route)
{
    ce_gauge *rows = (void *)s->rows.ptr;
    size_t count = s->rows.len / sizeof *rows;

    qsort(rows, count, sizeof *rows, compare);
    for (size_t i = 0, next; i < count; i = next) {
        uint64_t sum = 0;

        for (next = i; next < count && !compare(&rows[i], &rows[next]); next++)
            sum += rows[next].value;
        put_route(s->w, s->name, route);
        for (unsigned l = 0; l < CE_GAUGE_LABELS && rows[i].labels[l].name; l++)
            put_label(s->w, rows[i].labels[l].name, rows[i].labels[l].value);
        put_value(s->w, sum);
    }
}

static void each_gauge(series *s, const br_metrics_route *r,
                       void (*fn)(void *arg, const ce_gauge *g))
{
    for (unsigned i = 0; i < r->gauge_count; i++)
        ce_gauges_each(r->gauges[i], fn, s);
}

static void put_gauges_of(series *s, const br_metrics_route *r)
{
    ce_buf_clear(&s->rows);
    each_gauge(s, r, collect);
    if (s->rows.len > 0)
        put_rows(s, r->name);
}

static bool find_name(series *s)
{
    s->next = NULL;
    for (unsigned i = 0; i < s->w->count; i++)
        each_gauge(s, &s->w->routes[i], find_next);
    s->name = s->next ? s->found.name : NULL;
    return s->next != NULL;
}

static void put_gauges(writer *w)
{
    series s = { .w = w };

    while (find_name(&s)) {
        put_head(w, s.name, s.found.counts ? "counter" : "gauge", s.found.help);
        for (unsigned i = 0; i < w->count; i++)
            put_gauges_of(&s, &w->routes[i]);
    }
    ce_buf_free(&s.rows);
}

/* --- the histogram --- */

static void put_histogram(writer *w, const br_metrics_route *r)
{
    static const char name[] = "delivery_seconds";
    unsigned long long total = 0;

    for (unsigned b = 0; b < CE_METER_BUCKETS; b++) {
        total += sum(&r->all, offsetof(ce_meter, buckets) +
                                  b * sizeof(atomic_uint_fast64_t));
        put_route(w, "delivery_seconds_bucket", r->name);
        if (b < CE_METER_BUCKETS - 1)
            PUT(w, ",le=\"%g\"} %llu\n", ce_meter_bounds_us[b] / 1e6, total);
        else
            PUT(w, ",le=\"+Inf\"} %llu\n", total);
    }
    PUT(w, "cebridge_%s_sum{route=", name);
    put_quoted(w, r->name);
    PUT(w, "} %.6f\n",
        (double)sum(&r->all, offsetof(ce_meter, seconds_us)) / 1e6);
    PUT(w, "cebridge_%s_count{route=", name);
    put_quoted(w, r->name);
    PUT(w, "} %llu\n", total);
}

ce_status br_metrics_write(const br_metrics_route *routes, unsigned count,
                           br_readiness *board, ce_buf *out)
{
    writer w = { .routes = routes, .count = count, .out = out };

    put_received(&w);
    put_results(&w);
    put_counters(&w);
    put_sinks(&w);
    put_gauges(&w);
    put_program(&w, board);
    put_head(&w, "delivery_seconds", "histogram",
             "Time from the arrival of an event to its settlement.");
    for (unsigned i = 0; i < count; i++)
        put_histogram(&w, &routes[i]);
    return w.status;
}
