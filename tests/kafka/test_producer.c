/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a partition has a price, and only those who need it pay. */
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/producer.h"
#include "core/loop/loop.h"
#include "tests/support/ce_test.h"

static void order_is_kept_where_it_counts(void)
{
    static const struct {
        const char *name, *uri;
        bool unordered, keeps_order;
    } rows[] = {
        { "by default", "kafka://a:1/t", false, true },
        { "an unordered route", "kafka://a:1/t", true, false },
        { "the user insists", "kafka://a:1/t?rdkafka.enable.idempotence=true",
          true, true },
        { "the user declines", "kafka://a:1/t?rdkafka.enable.idempotence=false",
          false, false },
        { "one copy is enough", "kafka://a:1/t?rdkafka.acks=1", false, false },
        { "by its other name", "kafka://a:1/t?rdkafka.request.required.acks=0",
          false, false },
        { "all copies", "kafka://a:1/t?rdkafka.acks=all", false, true },
        { "all copies, as a number", "kafka://a:1/t?rdkafka.acks=-1", false,
          true },
        { "one copy, unordered", "kafka://a:1/t?rdkafka.acks=1", true, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_endpoint at = { .name = "route", .unordered = rows[i].unordered };
        ce_settings *s;
        ce_sender *sender;

        REQUIRE_OK(ce_loop_open(&at.loop, NULL, NULL));
        REQUIRE_OK(ce_settings_open(&s, ce_kafka_sender_options, rows[i].uri,
                                    CE_URI_STRICT, NULL));
        at.settings = s;
        REQUIRE_OK(ce_kafka_sender_open(&sender, &at, NULL));
        EXPECT_EQ_ROW(rows[i].name, sender->keeps_order, rows[i].keeps_order);
        EXPECT_OK_ROW(rows[i].name, sender->ops->start(sender, NULL));
        sender->stage.ops->close(&sender->stage);
        ce_settings_close(s);
        ce_loop_close(at.loop);
    }
}

static void what_librdkafka_refuses_together_is_said_by_a_trial(void)
{
    static const struct {
        const char *uri, *said;
    } rows[] = {
        { "kafka://a:1/t?rdkafka.retries=0", "`retries` must be set >= 1" },
        { "kafka://a:1/t?rdkafka.message.timeout.ms=1",
          "`message.timeout.ms` must be greater than `linger.ms`" },
        { "kafka://a:1/t?rdkafka.acks=1&rdkafka.enable.idempotence=true",
          "`acks` must be set to `all`" },
        { "kafkas://a:1/t?ca=/dev/null", "no certificates" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_endpoint at = { .name = "route", .is_trial = true };
        ce_settings *s;
        ce_sender *sender;
        ce_error err = { CE_OK, "" };

        REQUIRE_OK(ce_loop_open(&at.loop, NULL, NULL));
        REQUIRE_OK(ce_settings_open(&s, ce_kafka_sender_options, rows[i].uri,
                                    CE_URI_STRICT, NULL));
        at.settings = s;
        EXPECT_STATUS_ROW(rows[i].uri, ce_kafka_sender_open(&sender, &at, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].uri, err.text, rows[i].said);
        ce_settings_close(s);
        ce_loop_close(at.loop);
    }
}

static void open_producer(ce_kafka_producer *p, ce_endpoint *at,
                          const char *uri, ce_settings **s)
{
    static ce_health health;
    const ce_kafka_producer_config config = {
        .topic = "t",
        .timeout_ms = 30000,
        .health = &health,
    };

    REQUIRE_OK(
        ce_settings_open(s, ce_kafka_sender_options, uri, CE_URI_STRICT, NULL));
    at->settings = *s;
    REQUIRE_OK(ce_kafka_producer_open(p, at, &config, NULL));
}

static void few_requests_are_on_their_way_unless_the_user_says_more(void)
{
    static const struct {
        const char *uri;
        bool unordered;
        const char *value;
    } rows[] = {
        { "kafka://a:1/t", true, "5" },
        { "kafka://a:1/t", false, "5" },
        { "kafka://a:1/t?rdkafka.max.in.flight=1000", true, "1000" },
        { "kafka://a:1/t?rdkafka.max.in.flight.requests.per.connection=7", true,
          "7" },
        { "kafka://a:1/t?rdkafka.max.in.flight=1", false, "1" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_endpoint at = { .name = "route", .unordered = rows[i].unordered };
        ce_kafka_producer p = { .loop = NULL };
        ce_settings *s;
        char value[16];
        size_t size = sizeof value;

        open_producer(&p, &at, rows[i].uri, &s);
        REQUIRE_EQ(rd_kafka_conf_get(p.conf, "max.in.flight", value, &size),
                   RD_KAFKA_CONF_OK);
        EXPECT_TEXT(ce_slice_of(value), rows[i].value);
        ce_kafka_producer_close(&p);
        ce_settings_close(s);
    }
}

/* librdkafka's thread turns without a pause when more wait in it. */
static void what_cannot_be_sent_yet_waits_for_those_before_it(void)
{
    static const struct {
        const char *name;
        bool ordered;
        unsigned in_client;
        uint64_t since_ms; /* the last burst began */
        bool has_room;
    } rows[] = {
        { "few are on their way", true, 4, 1, true },
        { "it belongs to the burst", true, 5, 0, true },
        { "the burst is over", true, 5, 1, false },
        { "for a while", true, 1000, 9, false },
        { "a distant broker", true, 1000, 10, true },
        { "order does not count", false, 1000, 1, true },
    };
    enum { START_MS = 1000 };
    ce_loop *loop;

    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    ce_loop_freeze(loop);
    ce_loop_advance(loop, START_MS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_producer p = { .loop = loop,
                                .ordered = rows[i].ordered,
                                .in_client = rows[i].in_client,
                                .burst_ms =
                                    ce_loop_now_ms(loop) - rows[i].since_ms };

        EXPECT_EQ_ROW(rows[i].name, ce_kafka_producer_has_room(&p),
                      rows[i].has_room);
    }
    ce_loop_close(loop);
}

TESTS("kafka producer", TEST(order_is_kept_where_it_counts),
      TEST(what_librdkafka_refuses_together_is_said_by_a_trial),
      TEST(few_requests_are_on_their_way_unless_the_user_says_more),
      TEST(what_cannot_be_sent_yet_waits_for_those_before_it))
