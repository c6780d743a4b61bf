/* SPDX-License-Identifier: Apache-2.0 */
/* What a record of too many headers gets. */
#include "bindings/kafka/codec.h"
#include "tests/support/ce_test.h"

static ce_delivery delivery;
static rd_kafka_headers_t *headers;

/* A record with COUNT attributes of different names. */
static void make_many(unsigned count)
{
    char name[32];

    headers = rd_kafka_headers_new(count);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "ce_%u", i);
        rd_kafka_header_add(headers, i ? name : "ce_specversion", -1, "1.0",
                            -1);
    }
}

static void a_limit_ends_a_list_of_attributes(void)
{
    static const struct {
        unsigned count;
        ce_mode mode;
    } rows[] = { { 256, CE_MODE_BINARY }, { 257, CE_MODE_NONE } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        make_many(rows[i].count);
        delivery = (ce_delivery){ .arena = ce_arena_new() };
        REQUIRE_OK(ce_kafka_decode(&delivery, headers, &ce_kafka_exact, NULL));
        EXPECT_EQ(delivery.message.mode, rows[i].mode);
        if (rows[i].mode == CE_MODE_NONE) {
            EXPECT_CONTAINS(delivery.defect.reason, "max_attributes (256)");
            EXPECT_EQ(delivery.origin.metadata.len, rows[i].count);
        }
        rd_kafka_headers_destroy(headers);
        ce_arena_free(delivery.arena);
    }
}

TESTS("kafka/limits", TEST(a_limit_ends_a_list_of_attributes))
