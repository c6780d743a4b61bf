/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a partition has a price, and only those who need it pay. */
#include "bindings/kafka/kafka.h"
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
        sender->stage.ops->close(&sender->stage);
        ce_settings_close(s);
        ce_loop_close(at.loop);
    }
}

TESTS("kafka producer", TEST(order_is_kept_where_it_counts))
