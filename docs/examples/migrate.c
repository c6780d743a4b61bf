/* SPDX-License-Identifier: Apache-2.0 */
/* Migrating a plain producer of Kafka or MQTT. Its code calls
 * publish(topic, payload). The same function now sends the payload as an event.
 * The bytes stay the same, and a consumer that reads only the payload sees no
 * difference.
 *
 *     migrate kafka://localhost:9092 orders '{"order":17}'
 *     migrate mqtt://localhost:1883 devices/7/telemetry 21.5
 *
 * If you cannot change a producer, wrap its messages: `wrap:` in a route.
 */
#include "example.h"

/* Only this function knows the meaning of a topic. */
static void describe(const char *topic, char type[100], char source[200])
{
    bool is_order = !strncmp(topic, "orders", 6);

    snprintf(type, 100, "%s",
             is_order ? "com.example.order.created" : "com.example.telemetry");
    snprintf(source, 200, "/%s", topic);
}

static ce_result publish(const char *broker, const char *topic,
                         const char *payload)
{
    char uri[500], type[100], source[200];
    ce_event *e = ce_event_new();
    ce_client *client;
    ce_error err;
    ce_result r;

    snprintf(uri, sizeof uri, "%s/%s?mode=binary", broker, topic);
    describe(topic, type, source);
    client = open_client(uri, NULL);
    if (e && ce_event_set(e, "type", type, &err) == CE_OK &&
        ce_event_set(e, "source", source, &err) == CE_OK &&
        ce_event_set_data(e, CE_SLICE("application/json"), ce_slice_of(payload),
                          &err) == CE_OK)
        r = ce_client_send(client, e);
    else
        r = ce_result_make(CE_NACK, "%s", e ? err.text : "out of memory");
    ce_event_free(e);
    ce_client_close(client);
    return r;
}

int main(int argc, char **argv)
{
    ce_result r;

    if (argc != 4)
        usage("migrate BROKER TOPIC PAYLOAD");
    r = publish(argv[1], argv[2], argv[3]);
    printf("%s\n", ce_result_is_ack(&r) ? "published" : ce_result_message(&r));
    return ce_result_is_ack(&r) ? 0 : 1;
}
