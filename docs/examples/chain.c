/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of services, order -> payment -> fulfilment. Each acknowledges its
 * event when the next one has been accepted. So a crash in between repeats the
 * step and loses nothing. correlationid connects the events of the chain.
 *
 *     chain kafka://localhost:9092/orders kafka://localhost:9092/payments \
 *         kafka://localhost:9092/shipments
 */
#include "example.h"

typedef struct service {
    const char *makes, *source;
    ce_client *next;
} service;

static ce_result step(void *arg, const ce_event *event, ce_event **reply)
{
    const service *s = arg;
    ce_event *next = new_event(s->makes, s->source, "{\"order\":17}");
    ce_error err;
    ce_result r;

    (void)reply;
    if (ce_event_follow(next, event, &err) == CE_OK)
        r = ce_client_send(s->next, next);
    else
        r = ce_result_make(CE_UNDELIVERED, "%s", err.text);
    ce_event_free(next);
    return r;
}

static ce_result finish(void *arg, const ce_event *event, ce_event **reply)
{
    (void)reply;
    printf("%.*s, order %.*s, caused by %s\n",
           CE_ARG(ce_event_text(event, "type")),
           CE_ARG(ce_event_text(event, "correlationid")),
           ce_event_get(event, "causationid") ? "a payment" : "nobody");
    sem_post(arg);
    return ce_result_ack();
}

int main(int argc, char **argv)
{
    service payment = { "com.example.payment.received", "/payments", NULL };
    service fulfilment = { "com.example.shipment.sent", "/shipments", NULL };
    ce_client *orders, *receivers[3];
    ce_event *order;
    ce_error err;
    sem_t done;

    if (argc != 4)
        usage("chain ORDERS PAYMENTS SHIPMENTS");
    sem_init(&done, 0, 0);
    orders = open_client(argv[1], NULL);
    payment.next = open_client(argv[2], NULL);
    fulfilment.next = open_client(argv[3], NULL);
    receivers[0] = receive(argv[3], finish, &done);
    receivers[1] = receive(argv[2], step, &fulfilment);
    receivers[2] = receive(argv[1], step, &payment);
    order = new_event("com.example.order.created", "/orders", "{\"order\":17}");
    need(ce_event_set(order, "id", "order-17", &err), &err);
    must_send(orders, order);
    wait_for(&done, 1);
    for (int i = 0; i < 3; i++)
        ce_client_close(receivers[i]);
    ce_client_close(fulfilment.next);
    ce_client_close(payment.next);
    ce_client_close(orders);
    sem_destroy(&done);
    return 0;
}
