/* SPDX-License-Identifier: Apache-2.0 */
/* What a topic would say of a record. The sizes are those of the broker:
 * test_refusals_broker.c compares them to the byte. */
#include "bindings/kafka/rules.h"
#include "tests/support/ce_test.h"

static void a_record_is_judged_before_it_is_sent(void)
{
    static const struct {
        const char *name;
        ce_kafka_rules rules;
        uint64_t bytes;
        const char *key;
        rd_kafka_resp_err_t code;
    } rows[] = {
        { "nothing is known", { 0, false }, 1 << 30, NULL, 0 },
        { "it just fits", { 100, false }, 100, NULL, 0 },
        { "one byte too many",
          { 100, false },
          101,
          NULL,
          RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE },
        { "no key", { 100, true }, 1, NULL, RD_KAFKA_RESP_ERR_INVALID_RECORD },
        { "an empty key", { 100, true }, 1, "", 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].name,
                      ce_kafka_rules_judge(&rows[i].rules, rows[i].bytes,
                                           ce_slice_of(rows[i].key)),
                      rows[i].code);
}

static void a_size_counts_what_a_batch_has(void)
{
    static const char text[70000];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);

    /* The batch 61; the length of the record, three more, and one each for the
     * key, the value and the number of headers. */
    EXPECT_EQ(ce_kafka_batch_bytes((ce_slice){ NULL, 0 }, (ce_slice){ NULL, 0 },
                                   NULL),
              61 + 1 + 3 + 3);
    EXPECT_EQ(ce_kafka_batch_bytes(CE_SLICE("k"), (ce_slice){ text, 63 }, NULL),
              61 + 2 + 3 + 2 + 64 + 1);
    EXPECT_EQ(ce_kafka_batch_bytes((ce_slice){ NULL, 0 },
                                   (ce_slice){ text, 70000 }, NULL),
              61 + 3 + 3 + 1 + 70003 + 1);
    rd_kafka_header_add(headers, "ce_id", -1, "1", 1);
    EXPECT_EQ(ce_kafka_batch_bytes((ce_slice){ NULL, 0 }, (ce_slice){ NULL, 0 },
                                   headers),
              61 + 1 + 3 + 3 + 6 + 2);
    rd_kafka_headers_destroy(headers);
}

static void a_refusal_names_the_size_and_the_rule(void)
{
    static const struct {
        ce_kafka_rules rules;
        rd_kafka_resp_err_t code;
        const char *said;
    } rows[] = {
        { { 100, false },
          RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
          "a record of 150 bytes: the topic takes 100 (max.message.bytes)" },
        { { 0, false },
          RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
          "a record of 150 bytes: Broker: Message size too large" },
        { { 100, true },
          RD_KAFKA_RESP_ERR_INVALID_RECORD,
          "a record without a key: the topic is compacted (cleanup.policy)" },
        { { 100, false },
          RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
          "Broker: Policy violation" },
    };
    char said[CE_KAFKA_REASON_SIZE];

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_kafka_rules_explain(said, &rows[i].rules, rows[i].code, 150);
        EXPECT_TEXT(ce_slice_of(said), rows[i].said);
    }
}

TESTS("kafka/rules", TEST(a_record_is_judged_before_it_is_sent),
      TEST(a_size_counts_what_a_batch_has),
      TEST(a_refusal_names_the_size_and_the_rule))
