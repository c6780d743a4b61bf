/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/errors.h"

#include <stdio.h>
#include <string.h>

bool ce_kafka_is_down(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
        return true;
    default:
        return false;
    }
}

bool ce_kafka_is_refusal(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return true;
    default:
        return false;
    }
}

/* What librdkafka since 2.5 makes of a refusal of another record in the batch
 * (RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD); older headers lack its name.
 */
enum { OF_ANOTHER_RECORD = -138 };

bool ce_kafka_is_of_batch(rd_kafka_resp_err_t code)
{
    if ((int)code == OF_ANOTHER_RECORD)
        return true;
    /* librdkafka's own word is for one record. */
    return ce_kafka_is_refusal(code) && code > 0;
}

bool ce_kafka_is_of_topic(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

void ce_kafka_reason(char *out, size_t size, const char *text)
{
    const char *end = strstr(text, " (after ");
    size_t len = end ? (size_t)(end - text) : strlen(text);

    snprintf(out, size, "%.*s", (int)len, text);
    /* Brokers of the 4.x line check what libraries before 2.6.1 get wrong. */
    if (strstr(text, "SCRAM") && rd_kafka_version() < 0x020601ff)
        snprintf(out, size,
                 "login by SCRAM failed (librdkafka %s cannot do it with "
                 "Kafka 4; 2.6.1 can): %.*s",
                 rd_kafka_version_str(), (int)len, text);
}
