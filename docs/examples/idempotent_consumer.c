/* SPDX-License-Identifier: Apache-2.0 */
/* An idempotent consumer: it handles an event that comes twice once. Source and
 * id identify the event; the client remembers both after the handler has
 * succeeded.
 *
 *     idempotent_consumer http://127.0.0.1:8080/payments
 */
#include "example.h"

static ce_result pay(void *arg, const ce_event *event, ce_event **reply)
{
    unsigned *paid = arg;

    (void)event;
    (void)reply;
    ++*paid;
    return ce_result_ack();
}

int main(int argc, char **argv)
{
    const ce_client_options options = { .dedup = 1000 };
    ce_client *receiver, *client;
    ce_event *payment;
    unsigned paid = 0;
    ce_error err;

    if (argc != 2)
        usage("idempotent_consumer URI");
    receiver = open_client(argv[1], &options);
    need(ce_client_start_receiver(receiver, pay, NULL, &paid, &err), &err);
    client = open_client(argv[1], NULL);
    payment = new_event("com.example.payment.ordered", "/bank", "{\"sum\":5}");
    must_send(client, ce_event_clone(payment));
    must_send(client, payment); /* like a sender that lost the answer */
    ce_client_close(client);
    ce_client_close(receiver);
    printf("paid %u time(s)\n", paid);
    return paid == 1 ? 0 : 1;
}
