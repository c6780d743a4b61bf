/* SPDX-License-Identifier: Apache-2.0 */
/* What both ends of Kafka need. Only for the benchmark. */
#ifndef LIMITS_KAFKA_H
#define LIMITS_KAFKA_H

#include <librdkafka/rdkafka.h>

void set_option(rd_kafka_conf_t *conf, const char *name, const char *value);
/* A client, its topic, and how many partitions that has. */
rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf);
rd_kafka_topic_t *open_topic(rd_kafka_t *client, const char *name,
                             int *partitions);
/* An eventfd that the queue writes to. */
int bell_of(rd_kafka_queue_t *queue);

#endif
