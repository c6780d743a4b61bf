/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka.h"

#include "relay.h"

#include <stdint.h>

static char error[256];

void set_option(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error))
        die(error);
}

rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);

    if (!client)
        die(error);
    return client;
}

rd_kafka_topic_t *open_topic(rd_kafka_t *client, const char *name,
                             int *partitions)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    const struct rd_kafka_metadata *known;

    if (rd_kafka_metadata(client, 0, topic, &known, 5000))
        die("metadata");
    *partitions = known->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(known);
    return topic;
}

int bell_of(rd_kafka_queue_t *queue)
{
    static const uint64_t one = 1;
    int bell = new_bell();

    rd_kafka_queue_io_event_enable(queue, bell, &one, sizeof one);
    return bell;
}
