/* SPDX-License-Identifier: Apache-2.0 */
/* Request and response, the same over HTTP, MQTT 5 and Kafka: a service that
 * adds numbers, and a client that asks it.
 *
 *     request_response http://127.0.0.1:8080/sums
 *     request_response mqtt://localhost:1883/sums
 *     request_response kafka://localhost:9092/sums
 */
#include <cJSON.h>

#include "example.h"

static double number(const cJSON *tree, const char *name)
{
    return cJSON_GetNumberValue(cJSON_GetObjectItem(tree, name));
}

/* The reply goes back the way the request came. */
static ce_result add(void *arg, const ce_event *question, ce_event **answer)
{
    cJSON *data = NULL;
    ce_error err;
    char json[64];

    (void)arg;
    if (!is_type(question, "com.example.sum.get"))
        return ce_result_http(400, "unknown type");
    if (ce_event_json(question, &data, &err) != CE_OK)
        return ce_result_http(400, "%s", err.text);
    snprintf(json, sizeof json, "{\"sum\":%g}",
             number(data, "a") + number(data, "b"));
    cJSON_Delete(data);
    *answer = new_event("com.example.sum", "/sums", json);
    if (ce_event_follow(*answer, question, &err) != CE_OK)
        return ce_result_make(CE_UNDELIVERED, "%s", err.text);
    return ce_result_ack();
}

static int ask(ce_client *client, const char *type)
{
    ce_event *question = new_event(type, "/people/ada", "{\"a\":1,\"b\":2}");
    ce_event *answer = NULL;
    ce_result r = ce_client_request(client, question, &answer);

    if (answer)
        printf("%.*s\n", CE_ARG(answer->data));
    else
        printf("no answer: %s\n", ce_result_message(&r));
    ce_event_free(question);
    ce_event_free(answer);
    return ce_result_is_ack(&r) ? 0 : 1;
}

int main(int argc, char **argv)
{
    ce_client *service, *client;
    int failed;

    if (argc != 2)
        usage("request_response URI");
    service = receive(argv[1], add, NULL);
    client = open_client(argv[1], NULL);
    failed = ask(client, "com.example.sum.get");
    failed |= !ask(client, "com.example.unknown");
    ce_client_close(client);
    ce_client_close(service);
    return failed;
}
