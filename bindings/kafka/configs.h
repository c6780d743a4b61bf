/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of topics and brokers, as the broker tells them. */
#ifndef CE_BINDINGS_KAFKA_CONFIGS_H
#define CE_BINDINGS_KAFKA_CONFIGS_H

#include <librdkafka/rdkafka.h>

/* The texts live during the call. */
typedef void ce_kafka_config_fn(void *arg, const char *name, const char *value);

/* Calls FN with each entry that has a value. Blocks for about CE_KAFKA_ASK_MS
 * at most: call it on a worker thread (probe.h). After a failure there is no
 * call: the login may lack DESCRIBE_CONFIGS, or the broker the answer. */
void ce_kafka_configs_ask(rd_kafka_t *rk, rd_kafka_ResourceType_t type,
                          const char *name, ce_kafka_config_fn *fn, void *arg);

#endif
