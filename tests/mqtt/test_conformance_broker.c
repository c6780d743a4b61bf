/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT keeps the promises of all transports. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"

static const char *broker;

static void meet(char *receiver, char *sender)
{
    const char *topic = ce_test_unique("conformance");

    snprintf(receiver, CE_CONFORMANCE_URI, "mqtt://%s/%s?client_id=r-%s",
             broker, topic, topic);
    snprintf(sender, CE_CONFORMANCE_URI, "mqtt://%s/%s?client_id=s-%s", broker,
             topic, topic);
}

static void away(char *sender)
{
    snprintf(sender, CE_CONFORMANCE_URI, "mqtt://127.0.0.1:%u/away",
             ce_test_free_port());
}

int main(void)
{
    const ce_conformance mqtt = { .transport = ce_transport_find("mqtt:"),
                                  .meet = meet,
                                  .away = away,
                                  .keeps = true,
                                  .empty_is_none = true };

    broker = ce_test_broker("CE_TEST_MQTT");
    return ce_conformance_main("mqtt conformance", &mqtt);
}
