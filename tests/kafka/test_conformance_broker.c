/* SPDX-License-Identifier: Apache-2.0 */
/* Kafka keeps the promises of all transports. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"

#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *broker;

/* A topic that is asked for is made by the broker. */
static void make_topic(const char *name)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    const struct rd_kafka_metadata *found;
    bool there = false;
    char text[256];

    REQUIRE_EQ(
        rd_kafka_conf_set(conf, "bootstrap.servers", broker, text, sizeof text),
        RD_KAFKA_CONF_OK);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    REQUIRE(rk != NULL);
    topic = rd_kafka_topic_new(rk, name, NULL);
    for (unsigned i = 0; i < 100 && !there; i++) {
        if (rd_kafka_metadata(rk, 0, topic, &found, 10000))
            break;
        there = found->topic_cnt == 1 && !found->topics[0].err &&
                found->topics[0].partition_cnt > 0;
        rd_kafka_metadata_destroy(found);
        if (!there)
            rd_kafka_poll(rk, 50);
    }
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    REQUIRE(there);
}

static void meet(char *receiver, char *sender)
{
    const char *topic = ce_test_unique("conformance");

    make_topic(topic);
    snprintf(receiver, CE_CONFORMANCE_URI, "kafka://%s/%s?group=%s", broker,
             topic, topic);
    snprintf(sender, CE_CONFORMANCE_URI, "kafka://%s/%s", broker, topic);
}

static void away(char *sender)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    REQUIRE_CMP(fd, >=, 0);
    REQUIRE_EQ(bind(fd, (struct sockaddr *)&at, len), 0);
    REQUIRE_EQ(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    snprintf(sender, CE_CONFORMANCE_URI, "kafka://127.0.0.1:%u/away",
             ntohs(at.sin_port));
}

int main(void)
{
    const ce_conformance kafka = { .transport = ce_transport_find("kafka:"),
                                   .meet = meet,
                                   .away = away,
                                   .keeps = true };

    broker = ce_test_broker("CE_TEST_KAFKA");
    return ce_conformance_main("kafka conformance", &kafka);
}
