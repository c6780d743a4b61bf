/* SPDX-License-Identifier: Apache-2.0 */
/* Retry with backoff: an overloaded service answers at the third attempt. The
 * client does not try again after a refusal.
 *
 *     retry http://127.0.0.1:8080/events
 */
#include "example.h"

static ce_result take(void *arg, const ce_event *event, ce_event **reply)
{
    unsigned *calls = arg;

    (void)reply;
    if (is_type(event, "com.example.bad"))
        return ce_result_http(422, "nobody wants this");
    return ++*calls < 3 ? ce_result_http(503, "overloaded") : ce_result_ack();
}

static void show(ce_client *client, const char *type)
{
    ce_event *e = new_event(type, "/retry", "{}");
    ce_result r = ce_client_send(client, e);

    printf("%s: %s after %u attempts%s%s\n", type,
           ce_result_is_ack(&r)    ? "delivered"
           : ce_result_is_nack(&r) ? "refused"
                                   : "not delivered",
           r.attempts ? r.attempts : 1, r.reason[0] ? ": " : "",
           ce_result_message(&r));
    ce_event_free(e);
}

int main(int argc, char **argv)
{
    const ce_retry_policy policy = {
        .max_attempts = 5, .base_ms = 10, .cap_ms = 1000, .budget_ms = 20000
    };
    const ce_client_options options = { .retry = &policy };
    ce_client *service, *client;
    unsigned calls = 0;

    if (argc != 2)
        usage("retry URI");
    service = receive(argv[1], take, &calls);
    client = open_client(argv[1], &options);
    show(client, "com.example.good");
    show(client, "com.example.bad");
    ce_client_close(client);
    ce_client_close(service);
    return 0;
}
