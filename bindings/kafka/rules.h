/* SPDX-License-Identifier: Apache-2.0 */
/* What a topic takes, as its broker says. Whoever knows it refuses a record
 * before it is sent, and makes no batch that is refused for its size. */
#ifndef CE_BINDINGS_KAFKA_RULES_H
#define CE_BINDINGS_KAFKA_RULES_H

#include <stdint.h>

#include "bindings/kafka/errors.h"
#include "bindings/kafka/held.h"

typedef struct ce_kafka_rules {
    uint64_t max_bytes; /* of a batch; 0: not known */
    bool needs_key;     /* the topic is compacted */
} ce_kafka_rules;

/* Asks for the rules of TOPIC. Blocks for about CE_KAFKA_ASK_MS at most: call
 * it on a worker thread (probe.h). Nothing is known after a failure: the login
 * may lack DESCRIBE_CONFIGS, or the broker the answer. */
void ce_kafka_rules_ask(rd_kafka_t *rk, const char *topic, ce_kafka_rules *out);
/* The size of a batch that holds a record alone, not compressed: what
 * max.message.bytes is compared with. HEADERS may be NULL. */
uint64_t ce_kafka_batch_bytes(ce_slice key, ce_slice body,
                              const rd_kafka_headers_t *headers);
/* The error that a record of such a size, with or without a KEY, would get, or
 * 0. */
rd_kafka_resp_err_t ce_kafka_rules_judge(const ce_kafka_rules *rules,
                                         uint64_t bytes, ce_slice key);
/* Says in one line of at most CE_KAFKA_REASON_SIZE why a record of BYTES is
 * refused with CODE. */
void ce_kafka_rules_explain(char *out, const ce_kafka_rules *rules,
                            rd_kafka_resp_err_t code, uint64_t bytes);

#endif
