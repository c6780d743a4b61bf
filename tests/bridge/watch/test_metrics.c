/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the metrics. */
#include "bridge/watch/metrics.h"
#include "tests/support/ce_test.h"

static ce_meter one, two;

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

static ce_buf write_all(const char *route, const char *sink)
{
    const ce_meter *meters[] = { &one, &two };
    br_metrics_sink sinks[] = { { sink, 7, 3 }, { "file:b", 0, 0 } };
    br_metrics_route row = { route, meters, 2, sinks, 2 };
    ce_buf text = { 0 };

    REQUIRE_OK(br_metrics_write(&row, 1, &text));
    return text;
}

static void workers_are_summed_up_by_route(void)
{
    ce_buf text;

    one.received = 3;
    two.received = 4;
    one.delivered = 5;
    two.in_flight = 2;
    one.received_bytes = 100;
    two.tolerated = 6;
    text = write_all("r", "http://h/x");
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
    ce_buf_free(&text);
}

static void retries_and_late_replies_are_counted_by_sink(void)
{
    ce_buf text = write_all("r", "http://h/x");

    EXPECT(has_line(
        &text, "cebridge_retries_total{route=\"r\",sink=\"http://h/x\"} 7"));
    EXPECT(has_line(&text,
                    "cebridge_retries_total{route=\"r\",sink=\"file:b\"} 0"));
    EXPECT(has_line(
        &text,
        "cebridge_late_replies_total{route=\"r\",sink=\"http://h/x\"} 3"));
    ce_buf_free(&text);
}

static void buckets_are_cumulative_and_in_seconds(void)
{
    ce_buf text;

    one.buckets[0] = 1;
    two.buckets[0] = 1;
    one.buckets[1] = 3;
    one.buckets[CE_METER_BUCKETS - 1] = 1;
    one.seconds_us = 1500000;
    text = write_all("r", "s");
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
    ce_buf_free(&text);
}

static void label_values_are_escaped(void)
{
    ce_buf text = write_all("r", "file:a\"b\\c\nd");

    EXPECT(has_line(&text, "cebridge_retries_total{route=\"r\",sink=\"file:a"
                           "\\\"b\\\\c\\nd\"} 7"));
    ce_buf_free(&text);
}

TESTS("metrics", TEST(workers_are_summed_up_by_route),
      TEST(retries_and_late_replies_are_counted_by_sink),
      TEST(buckets_are_cumulative_and_in_seconds),
      TEST(label_values_are_escaped))
