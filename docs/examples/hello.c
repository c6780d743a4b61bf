/* SPDX-License-Identifier: Apache-2.0 */
/* A first program: sends an event to the URI of its argument, such as
 * http://localhost:8080/ or kafka://localhost:9092/events. Without an argument
 * it writes to standard output. Compiles as C11 and as C++17. */
#include <cloudevents/cloudevents.h>

#include <stdio.h>

static ce_status describe(ce_event *e, ce_error *err)
{
    ce_status status = ce_event_set(e, "type", "com.example.hello", err);

    if (status == CE_OK)
        status = ce_event_set(e, "source", "/app", err);
    if (status == CE_OK)
        status = ce_event_set_data(e, CE_SLICE("application/json"),
                                   CE_SLICE("{\"message\":\"hello\"}"), err);
    return status;
}

int main(int argc, char **argv)
{
    ce_error err;
    ce_client *client = NULL;
    ce_event *event = ce_event_new(); /* with an id and a time */
    ce_result result;

    if (!event || describe(event, &err) != CE_OK ||
        ce_client_open(&client, argc > 1 ? argv[1] : "-", NULL, &err) != CE_OK)
        result =
            ce_result_make(CE_NACK, "%s", event ? err.text : "out of memory");
    else
        result = ce_client_send(client, event);
    if (!ce_result_is_ack(&result))
        fprintf(stderr, "%s: %s\n",
                ce_result_is_nack(&result) ? "refused" : "not delivered",
                ce_result_message(&result));
    ce_client_close(client);
    ce_event_free(event);
    return ce_result_is_ack(&result) ? 0 : 1;
}
