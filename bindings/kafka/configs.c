/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/configs.h"

#include "bindings/kafka/probe.h"

static void read_answer(rd_kafka_event_t *e, ce_kafka_config_fn *fn, void *arg)
{
    const rd_kafka_ConfigResource_t **about;
    const rd_kafka_ConfigEntry_t **entries;
    size_t count = 0;

    if (!e || rd_kafka_event_error(e))
        return;
    about = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(e), &count);
    if (count != 1 || rd_kafka_ConfigResource_error(about[0]))
        return;
    entries = rd_kafka_ConfigResource_configs(about[0], &count);
    for (size_t i = 0; i < count; i++)
        if (rd_kafka_ConfigEntry_value(entries[i]))
            fn(arg, rd_kafka_ConfigEntry_name(entries[i]),
               rd_kafka_ConfigEntry_value(entries[i]));
}

void ce_kafka_configs_ask(rd_kafka_t *rk, rd_kafka_ResourceType_t type,
                          const char *name, ce_kafka_config_fn *fn, void *arg)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_ConfigResource_t *about = rd_kafka_ConfigResource_new(type, name);
    rd_kafka_event_t *answer;

    rd_kafka_AdminOptions_set_request_timeout(options, CE_KAFKA_ASK_MS, NULL,
                                              0);
    rd_kafka_DescribeConfigs(rk, &about, 1, options, queue);
    answer = rd_kafka_queue_poll(queue, CE_KAFKA_ASK_MS);
    read_answer(answer, fn, arg);
    if (answer)
        rd_kafka_event_destroy(answer);
    rd_kafka_ConfigResource_destroy(about);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
}
