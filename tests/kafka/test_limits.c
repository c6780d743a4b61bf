/* SPDX-License-Identifier: Apache-2.0 */
/* What a record of too many headers gets, and what it costs. */
#include <time.h>

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

/* In nanoseconds of this thread, the best of three. */
static int64_t cost_of(unsigned count)
{
    int64_t best = INT64_MAX;

    make_many(count);
    for (int i = 0; i < 3; i++) {
        struct timespec from, to;
        int64_t cost;

        delivery = (ce_delivery){ .arena = ce_arena_new() };
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        REQUIRE_OK(ce_kafka_decode(&delivery, headers, &ce_kafka_exact, NULL));
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        ce_arena_free(delivery.arena);
        cost =
            (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec;
        best = cost < best ? cost : best;
    }
    rd_kafka_headers_destroy(headers);
    return best;
}

/* Ten times the input may cost ten times as much, and three times that on a
 * busy machine; a square would be a hundred times. */
static void many_attributes_cost_no_square(void)
{
    EXPECT_CMP(cost_of(70000), <, 30 * cost_of(7000));
}

TESTS("kafka/limits", TEST(a_limit_ends_a_list_of_attributes),
      TEST(many_attributes_cost_no_square))
