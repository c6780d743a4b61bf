/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway: each event goes to several services, and its sender hears the
 * worst result.
 *
 *     gateway http://127.0.0.1:8080/in kafka://localhost:9092/b \
 *         mqtt://localhost:1883/c file:/tmp/d.ndjson
 *
 * `cebridge relay` with several sinks does the same without a program.
 */
#include "example.h"

enum { SERVICES_MAX = 8 };

typedef struct gateway {
    ce_client *services[SERVICES_MAX];
    int count;
} gateway;

static ce_result pass_on(void *arg, const ce_event *event, ce_event **reply)
{
    gateway *g = arg;
    ce_result worst = ce_result_ack();

    (void)reply;
    for (int i = 0; i < g->count; i++) {
        ce_result r = ce_client_send(g->services[i], event);

        if (ce_result_is_worse(&r, &worst))
            worst = r;
    }
    return worst;
}

int main(int argc, char **argv)
{
    gateway g = { .count = 0 };
    ce_client *receiver, *client;

    if (argc < 3 || argc > 2 + SERVICES_MAX)
        usage("gateway SOURCE SERVICE...");
    for (; g.count < argc - 2; g.count++)
        g.services[g.count] = open_client(argv[2 + g.count], NULL);
    receiver = receive(argv[1], pass_on, &g);
    client = open_client(argv[1], NULL);
    must_send(client, new_event("com.example.order.created", "/orders",
                                "{\"order\":17}"));
    printf("%d services have it\n", g.count);
    ce_client_close(client);
    ce_client_close(receiver);
    while (g.count > 0)
        ce_client_close(g.services[--g.count]);
    return 0;
}
