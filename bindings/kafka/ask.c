/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/ask.h"

#include <regex.h>

#include "bindings/kafka/probe.h"

static void add_topic(rd_kafka_topic_partition_list_t *to,
                      const rd_kafka_metadata_topic_t *t)
{
    for (int i = 0; i < t->partition_cnt; i++)
        rd_kafka_topic_partition_list_add(to, t->topic, t->partitions[i].id);
}

static rd_kafka_resp_err_t find_named(rd_kafka_t *rk, const char *name,
                                      rd_kafka_topic_partition_list_t *to)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    const struct rd_kafka_metadata *answer;
    rd_kafka_resp_err_t code;

    if (!topic)
        return rd_kafka_last_error();
    code = rd_kafka_metadata(rk, 0, topic, &answer, CE_KAFKA_ASK_MS);
    rd_kafka_topic_destroy(topic);
    if (code)
        return code;
    if (answer->topic_cnt < 1)
        code = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    else if (answer->topics[0].err)
        code = answer->topics[0].err;
    else
        add_topic(to, &answer->topics[0]);
    rd_kafka_metadata_destroy(answer);
    return code;
}

static rd_kafka_resp_err_t find_matching(rd_kafka_t *rk, const char *pattern,
                                         rd_kafka_topic_partition_list_t *to)
{
    const struct rd_kafka_metadata *answer;
    rd_kafka_resp_err_t code;
    regex_t regex;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return RD_KAFKA_RESP_ERR__INVALID_ARG;
    code = rd_kafka_metadata(rk, 1, NULL, &answer, CE_KAFKA_ASK_MS);
    if (!code) {
        for (int i = 0; i < answer->topic_cnt; i++)
            if (!answer->topics[i].err &&
                !regexec(&regex, answer->topics[i].topic, 0, NULL, 0))
                add_topic(to, &answer->topics[i]);
        rd_kafka_metadata_destroy(answer);
    }
    regfree(&regex);
    return code;
}

rd_kafka_resp_err_t ce_kafka_ask_partitions(rd_kafka_t *rk, const char *topic,
                                            rd_kafka_topic_partition_list_t *to)
{
    return topic[0] == '^' ? find_matching(rk, topic, to)
                           : find_named(rk, topic, to);
}

rd_kafka_resp_err_t ce_kafka_ask_offsets(rd_kafka_t *rk,
                                         rd_kafka_topic_partition_list_t *list,
                                         int64_t time_ms)
{
    rd_kafka_resp_err_t code;

    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = time_ms;
    code = rd_kafka_offsets_for_times(rk, list, CE_KAFKA_ASK_MS);
    for (int i = 0; i < list->cnt && !code; i++)
        code = list->elems[i].err;
    return code;
}

rd_kafka_resp_err_t
ce_kafka_ask_committed(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code = rd_kafka_committed(rk, list, CE_KAFKA_ASK_MS);

    for (int i = 0; i < list->cnt && !code; i++)
        code = list->elems[i].err;
    return code;
}
