/* SPDX-License-Identifier: Apache-2.0 */
/* Topics of a broker: how tests make, change, empty and remove them. */
#include "tests/support/kafka_rig.h"

/* The answer to an admin request, for the caller to free. */
static rd_kafka_event_t *answer_of(rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *answer = rd_kafka_queue_poll(queue, KAFKA_RIG_WAIT_MS);

    REQUIRE(answer != NULL);
    return answer;
}

/* Asks a broker to change something. */
typedef struct admin {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
} admin;

static admin open_admin(const char *broker)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[200];
    rd_kafka_t *rk;

    rd_kafka_conf_set(conf, "bootstrap.servers", broker, why, sizeof why);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    REQUIRE(rk != NULL);
    return (admin){ rk, rd_kafka_queue_new(rk) };
}

static void close_admin(admin *a)
{
    rd_kafka_queue_destroy(a->queue);
    rd_kafka_destroy(a->rk);
}

static void expect_done(admin *a)
{
    rd_kafka_event_t *answer = answer_of(a->queue);

    REQUIRE_EQ(rd_kafka_event_error(answer), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(answer);
}

/* librdkafka's mock cluster makes topics only when they are asked for. */
static bool is_unsupported(const rd_kafka_event_t *answer)
{
    return rd_kafka_event_error((rd_kafka_event_t *)answer) ==
           RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
}

static void check_made(rd_kafka_event_t *answer)
{
    const rd_kafka_topic_result_t **topics;
    size_t count = 0;

    if (is_unsupported(answer))
        return;
    REQUIRE_EQ(rd_kafka_event_error(answer), RD_KAFKA_RESP_ERR_NO_ERROR);
    topics = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(answer), &count);
    REQUIRE_EQ(count, 1);
    REQUIRE_EQ(rd_kafka_topic_result_error(topics[0]),
               RD_KAFKA_RESP_ERR_NO_ERROR);
}

void kafka_make_topic(const char *broker, const char *topic, int partitions)
{
    kafka_make_topic_with(broker, topic, partitions, NULL, NULL);
}

void kafka_make_topic_with(const char *broker, const char *topic,
                           int partitions, const char *name, const char *value)
{
    admin a = open_admin(broker);
    char why[200];
    rd_kafka_NewTopic_t *new =
        rd_kafka_NewTopic_new(topic, partitions, 1, why, sizeof why);
    rd_kafka_event_t *answer;

    REQUIRE(new != NULL);
    if (name)
        REQUIRE(!rd_kafka_NewTopic_set_config(new, name, value));
    rd_kafka_CreateTopics(a.rk, &new, 1, NULL, a.queue);
    answer = answer_of(a.queue);
    check_made(answer);
    rd_kafka_event_destroy(answer);
    rd_kafka_NewTopic_destroy(new);
    close_admin(&a);
}

void kafka_set_property(const char *broker, const char *topic, const char *name,
                        const char *value)
{
    admin a = open_admin(broker);
    rd_kafka_ConfigResource_t *at =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);

    REQUIRE(!rd_kafka_ConfigResource_set_config(at, name, value));
    rd_kafka_AlterConfigs(a.rk, &at, 1, NULL, a.queue);
    expect_done(&a);
    rd_kafka_ConfigResource_destroy(at);
    close_admin(&a);
}

void kafka_remove_topic(const char *broker, const char *topic)
{
    admin a = open_admin(broker);
    rd_kafka_DeleteTopic_t *old = rd_kafka_DeleteTopic_new(topic);

    rd_kafka_DeleteTopics(a.rk, &old, 1, NULL, a.queue);
    expect_done(&a);
    rd_kafka_DeleteTopic_destroy(old);
    close_admin(&a);
}

void kafka_remove_records(const char *broker, const char *topic, int partition,
                          int64_t offset)
{
    admin a = open_admin(broker);
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(1);
    rd_kafka_DeleteRecords_t *request;

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(a.rk, &request, 1, NULL, a.queue);
    expect_done(&a);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
    close_admin(&a);
}
