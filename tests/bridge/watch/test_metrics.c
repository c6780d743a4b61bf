/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the metrics. */
#include "bridge/watch/metrics.h"

#include <uv.h>

#include "tests/support/ce_test.h"

static ce_meter one, two, sink_a, sink_b, spread;
static const ce_meter *const workers[] = { &one, &two };
static const ce_meter *const of_a[] = { &sink_a }, *const of_b[] = { &sink_b };
static const ce_meter *const of_spread[] = { &spread };
static ce_loop *loop;
static br_readiness *board;
static ce_task changed;

static bool has_line(const ce_buf *text, const char *line)
{
    char *copy = ce_strndup(text->ptr, text->len);
    char *at = copy ? strstr(copy, line) : NULL;
    bool found =
        at && at[strlen(line)] == '\n' && (at == copy || at[-1] == '\n');

    if (!found)
        fprintf(stderr, "there is no line %s\n", line);
    ce_free(copy);
    return found;
}

static void open_board(void)
{
    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    memset(&sink_a, 0, sizeof sink_a);
    memset(&sink_b, 0, sizeof sink_b);
    memset(&spread, 0, sizeof spread);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    REQUIRE_OK(br_readiness_open(&board, loop, &changed));
}

static void close_board(ce_buf *text)
{
    ce_buf_free(text);
    ce_loop_unpost(loop, &changed);
    br_readiness_close(board);
    ce_loop_close(loop);
}

static ce_buf write_route(const br_metrics_route *r)
{
    ce_buf text = { 0 };

    REQUIRE_OK(br_metrics_write(r, 1, board, &text));
    return text;
}

static ce_buf write_single(const char *route, const char *sink)
{
    const br_meters all = { workers, 2 };
    const br_metrics_sink row = { sink, { of_a, 1 }, all };
    const br_metrics_route r = { .name = route,
                                 .all = all,
                                 .received = 7,
                                 .sinks = &row,
                                 .sink_count = 1,
                                 .fanned = 1 };

    return write_route(&r);
}

static ce_buf write_fanned(void)
{
    const br_metrics_sink rows[] = { { "a", { of_a, 1 }, { of_a, 1 } },
                                     { "b", { of_b, 1 }, { of_b, 1 } } };
    const br_metrics_route r = { .name = "r",
                                 .all = { workers, 2 },
                                 .spread = { of_spread, 1 },
                                 .sinks = rows,
                                 .sink_count = 2,
                                 .fanned = 2 };

    return write_route(&r);
}

static void put_lag(ce_gauges *g, const char *partition, uint64_t lag)
{
    ce_gauge row = { .name = "x_lag", .help = "Behind.", .value = lag };
    ce_gauge total = {
        .name = "x_gone_total", .help = "Gone.", .counts = true, .value = 2
    };

    row.labels[0].name = "topic";
    snprintf(row.labels[0].value, sizeof row.labels[0].value, "t\"");
    row.labels[1].name = "partition";
    snprintf(row.labels[1].value, sizeof row.labels[1].value, "%s", partition);
    ce_gauges_begin(g);
    ce_gauges_put(g, &row);
    ce_gauges_put(g, &total);
    ce_gauges_end(g);
}

static void sources_tell_what_they_like(void)
{
    ce_gauges *all[] = { ce_gauges_new(), ce_gauges_new(), NULL };
    const br_metrics_route r = { .name = "r", .gauges = all, .gauge_count = 3 };
    ce_buf text;

    open_board();
    put_lag(all[0], "9", 1);
    put_lag(all[0], "0", 5);
    put_lag(all[1], "1", 7);
    text = write_route(&r);
    EXPECT(has_line(&text, "# TYPE cebridge_x_lag gauge\n"
                           "cebridge_x_lag{route=\"r\",topic=\"t\\\"\","
                           "partition=\"0\"} 5\n"
                           "cebridge_x_lag{route=\"r\",topic=\"t\\\"\","
                           "partition=\"1\"} 7"));
    EXPECT(has_line(&text, "# TYPE cebridge_x_gone_total counter\n"
                           "cebridge_x_gone_total{route=\"r\"} 4"));
    ce_gauges_free(all[0]);
    ce_gauges_free(all[1]);
    close_board(&text);
}

static void the_same_of_several_workers_is_summed(void)
{
    ce_gauges *all[] = { ce_gauges_new(), ce_gauges_new() };
    const br_metrics_route r = { .name = "r", .gauges = all, .gauge_count = 2 };
    ce_buf text;

    open_board();
    put_lag(all[0], "1", 5);
    put_lag(all[1], "1", 7);
    text = write_route(&r);
    EXPECT(has_line(&text, "# TYPE cebridge_x_lag gauge\n"
                           "cebridge_x_lag{route=\"r\",topic=\"t\\\"\","
                           "partition=\"1\"} 12"));
    ce_gauges_free(all[0]);
    ce_gauges_free(all[1]);
    close_board(&text);
}

static void workers_are_summed_up_by_route(void)
{
    ce_buf text;

    open_board();
    one.delivered = 5;
    two.in_flight = 2;
    one.received_bytes = 100;
    two.tolerated = 6;
    text = write_single("r", "1");
    EXPECT(has_line(&text, "cebridge_events_received_total{route=\"r\"} 7"));
    EXPECT(has_line(&text, "cebridge_events_delivered_total{route=\"r\"} 5"));
    EXPECT(has_line(&text, "cebridge_events_refused_total{route=\"r\"} 0"));
    EXPECT(has_line(&text, "cebridge_events_filtered_total{route=\"r\"} 0"));
    EXPECT(
        has_line(&text, "cebridge_events_dead_lettered_total{route=\"r\"} 0"));
    EXPECT(has_line(&text, "cebridge_in_flight{route=\"r\"} 2"));
    EXPECT(has_line(&text, "cebridge_received_bytes_total{route=\"r\"} 100"));
    EXPECT(has_line(&text, "cebridge_tolerated_total{route=\"r\"} 6"));
    EXPECT(has_line(&text, "# TYPE cebridge_in_flight gauge"));
    EXPECT(has_line(&text, "# TYPE cebridge_events_received_total counter"));
    EXPECT(
        has_line(&text, "cebridge_build_info{version=\"" CE_VERSION "\"} 1"));
    close_board(&text);
}

static void several_sinks_have_series_of_their_own(void)
{
    ce_buf text;

    open_board();
    one.delivered = 3;
    one.refused = 5;
    spread.delivered = 3;
    spread.refused = 4;
    sink_a.delivered = 7;
    sink_b.delivered = 3;
    sink_b.refused = 4;
    text = write_fanned();
    EXPECT(has_line(&text, "cebridge_events_delivered_total{route=\"r\"} 0"));
    EXPECT(has_line(
        &text, "cebridge_events_delivered_total{route=\"r\",sink=\"a\"} 7"));
    EXPECT(has_line(
        &text, "cebridge_events_delivered_total{route=\"r\",sink=\"b\"} 3"));
    EXPECT(has_line(&text, "cebridge_events_refused_total{route=\"r\"} 1"));
    EXPECT(has_line(&text,
                    "cebridge_events_refused_total{route=\"r\",sink=\"b\"} 4"));
    close_board(&text);
}

static void retries_and_late_replies_are_counted_by_sink(void)
{
    ce_buf text;

    open_board();
    sink_a.retries = 7;
    sink_b.late_replies = 3;
    text = write_fanned();
    EXPECT(has_line(&text, "cebridge_retries_total{route=\"r\",sink=\"a\"} 7"));
    EXPECT(has_line(&text, "cebridge_retries_total{route=\"r\",sink=\"b\"} 0"));
    EXPECT(has_line(&text,
                    "cebridge_late_replies_total{route=\"r\",sink=\"b\"} 3"));
    close_board(&text);
}

static void the_oldest_event_of_all_workers_is_told(void)
{
    const char *line;
    ce_buf text;

    open_board();
    one.oldest_us = uv_hrtime() / 1000 - 5000000;
    two.oldest_us = uv_hrtime() / 1000 - 65000000;
    text = write_single("r", "1");
    REQUIRE_OK(ce_buf_byte(&text, '\0'));
    line = strstr(text.ptr,
                  "\ncebridge_oldest_unsettled_seconds{route=\"r\",sink=\"1\"");
    EXPECT(line && strncmp(strchr(line, ' '), " 65.", 4) == 0);
    close_board(&text);
}

static void without_events_nothing_is_old(void)
{
    ce_buf text;

    open_board();
    text = write_fanned();
    EXPECT(has_line(
        &text,
        "cebridge_oldest_unsettled_seconds{route=\"r\",sink=\"a\"} 0.000"));
    close_board(&text);
}

static void endpoints_of_several_workers_are_one(void)
{
    static ce_health up, down;
    static br_readiness_watch watches[3];
    ce_buf text;

    open_board();
    ce_health_init(&up, loop, "http://h/x");
    ce_health_init(&down, loop, "http://h/x");
    ce_health_up(&up);
    for (unsigned i = 0; i < 3; i++)
        REQUIRE_OK(br_readiness_add(board,
                                    &(br_place){ "r", "sink", i ? "two" : "1" },
                                    i == 2 ? &down : &up, &watches[i]));
    text = write_fanned();
    EXPECT(has_line(&text, "cebridge_endpoint_up{route=\"r\",role=\"sink\","
                           "sink=\"1\",endpoint=\"http://h/x\"} 1"));
    EXPECT(has_line(&text, "cebridge_endpoint_up{route=\"r\",role=\"sink\","
                           "sink=\"two\",endpoint=\"http://h/x\"} 0"));
    close_board(&text);
}

static void buckets_are_cumulative_and_in_seconds(void)
{
    ce_buf text;

    open_board();
    one.buckets[0] = 1;
    two.buckets[0] = 1;
    one.buckets[1] = 3;
    one.buckets[CE_METER_BUCKETS - 1] = 1;
    one.seconds_us = 1500000;
    text = write_single("r", "s");
    EXPECT(has_line(
        &text,
        "cebridge_delivery_seconds_bucket{route=\"r\",le=\"0.0005\"} 2"));
    EXPECT(has_line(
        &text, "cebridge_delivery_seconds_bucket{route=\"r\",le=\"0.001\"} 5"));
    EXPECT(has_line(
        &text, "cebridge_delivery_seconds_bucket{route=\"r\",le=\"60\"} 5"));
    EXPECT(has_line(
        &text, "cebridge_delivery_seconds_bucket{route=\"r\",le=\"+Inf\"} 6"));
    EXPECT(
        has_line(&text, "cebridge_delivery_seconds_sum{route=\"r\"} 1.500000"));
    EXPECT(has_line(&text, "cebridge_delivery_seconds_count{route=\"r\"} 6"));
    EXPECT(has_line(&text, "# TYPE cebridge_delivery_seconds histogram"));
    close_board(&text);
}

static void label_values_are_escaped(void)
{
    ce_buf text;

    open_board();
    text = write_single("r", "a\"b\\c\nd");
    EXPECT(has_line(&text, "cebridge_retries_total{route=\"r\",sink=\"a"
                           "\\\"b\\\\c\\nd\"} 0"));
    close_board(&text);
}

TESTS("metrics", TEST(sources_tell_what_they_like),
      TEST(the_same_of_several_workers_is_summed),
      TEST(workers_are_summed_up_by_route),
      TEST(several_sinks_have_series_of_their_own),
      TEST(retries_and_late_replies_are_counted_by_sink),
      TEST(the_oldest_event_of_all_workers_is_told),
      TEST(without_events_nothing_is_old),
      TEST(endpoints_of_several_workers_are_one),
      TEST(buckets_are_cumulative_and_in_seconds),
      TEST(label_values_are_escaped))
