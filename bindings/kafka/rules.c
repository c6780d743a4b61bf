/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/kafka/configs.h"

/* --- asking --- */

static void read_entry(void *arg, const char *name, const char *value)
{
    ce_kafka_rules *out = arg;

    if (!strcmp(name, "max.message.bytes"))
        out->max_bytes = strtoull(value, NULL, 10);
    else if (!strcmp(name, "cleanup.policy"))
        out->needs_key = strstr(value, "compact") != NULL;
}

void ce_kafka_rules_ask(rd_kafka_t *rk, const char *topic, ce_kafka_rules *out)
{
    *out = (ce_kafka_rules){ .max_bytes = 0 };
    ce_kafka_configs_ask(rk, RD_KAFKA_RESOURCE_TOPIC, topic, read_entry, out);
}

/* --- sizes --- */

/* Of a number in the variable length of record batches: seven bits a byte,
 * after one for the sign. */
static uint64_t number_bytes(uint64_t n)
{
    uint64_t bytes = 1;

    for (n *= 2; n > 127; n /= 128)
        bytes++;
    return bytes;
}

static uint64_t field_bytes(uint64_t len)
{
    return number_bytes(len) + len;
}

static uint64_t headers_bytes(const rd_kafka_headers_t *headers)
{
    uint64_t bytes = 0;
    size_t i = 0, len;
    const char *name;
    const void *value;

    while (headers &&
           !rd_kafka_header_get_all(headers, i, &name, &value, &len)) {
        bytes += field_bytes(strlen(name)) + field_bytes(len);
        i++;
    }
    return number_bytes(i) + bytes;
}

/* The format of messages, version 2: what a batch begins with, then the record
 * with its attributes and two differences that are 0. */
uint64_t ce_kafka_batch_bytes(ce_slice key, ce_slice body,
                              const rd_kafka_headers_t *headers)
{
    enum { BATCH = 61, FIXED = 3 };

    return BATCH + field_bytes(FIXED + field_bytes(key.len) +
                               field_bytes(body.len) + headers_bytes(headers));
}

/* --- judging --- */

rd_kafka_resp_err_t ce_kafka_rules_judge(const ce_kafka_rules *rules,
                                         uint64_t bytes, ce_slice key)
{
    if (rules->max_bytes && bytes > rules->max_bytes)
        return RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    if (rules->needs_key && !key.ptr)
        return RD_KAFKA_RESP_ERR_INVALID_RECORD;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool is_of_size(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

void ce_kafka_rules_explain(char *out, const ce_kafka_rules *rules,
                            rd_kafka_resp_err_t code, uint64_t bytes)
{
    if (is_of_size(code) && rules->max_bytes && bytes > rules->max_bytes)
        snprintf(out, CE_KAFKA_REASON_SIZE,
                 "a record of %" PRIu64 " bytes: the topic takes %" PRIu64
                 " (max.message.bytes)",
                 bytes, rules->max_bytes);
    else if (is_of_size(code))
        snprintf(out, CE_KAFKA_REASON_SIZE, "a record of %" PRIu64 " bytes: %s",
                 bytes, rd_kafka_err2str(code));
    else if (code == RD_KAFKA_RESP_ERR_INVALID_RECORD && rules->needs_key)
        snprintf(out, CE_KAFKA_REASON_SIZE,
                 "a record without a key: the topic is compacted "
                 "(cleanup.policy)");
    else
        snprintf(out, CE_KAFKA_REASON_SIZE, "%s", rd_kafka_err2str(code));
}
