/* SPDX-License-Identifier: Apache-2.0 */
/* Kafka keeps the promises of all transports. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"
#include "tests/support/kafka_rig.h"

static const char *broker;

static void meet(char *receiver, char *sender)
{
    const char *topic = ce_test_unique("conformance");

    kafka_make_topic(broker, topic, 1);
    snprintf(receiver, CE_CONFORMANCE_URI, "kafka://%s/%s?group=%s", broker,
             topic, topic);
    snprintf(sender, CE_CONFORMANCE_URI, "kafka://%s/%s", broker, topic);
}

static void away(char *sender)
{
    snprintf(sender, CE_CONFORMANCE_URI, "kafka://127.0.0.1:%u/away",
             ce_test_free_port());
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
