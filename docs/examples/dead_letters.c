/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: events that a consumer refuses go to another place with the
 * reason, and the other events go on.
 *
 *     dead_letters kafka://localhost:9092/orders kafka://localhost:9092/dead
 *
 * A route of `cebridge` does the same with `dead_letter:`.
 */
#include <cJSON.h>

#include "example.h"

typedef struct consumer {
    ce_client *dead;
    sem_t done;
} consumer;

static ce_result check_order(const ce_event *event)
{
    cJSON *data = NULL;
    ce_error err;
    bool is_priced;

    if (ce_event_json(event, &data, &err) != CE_OK)
        return ce_result_make(CE_NACK, "%s", err.text);
    is_priced = cJSON_IsNumber(cJSON_GetObjectItem(data, "price"));
    cJSON_Delete(data);
    return is_priced ? ce_result_ack()
                     : ce_result_make(CE_NACK, "the order has no price");
}

/* Acknowledges an event that it cannot use after keeping it. */
static ce_result bury(consumer *c, const ce_event *event, const ce_result *why)
{
    ce_event *letter = ce_event_clone(event);
    ce_error err = { CE_ENOMEM, "out of memory" };
    ce_result r;

    if (letter && ce_event_set(letter, "dlqreason", ce_result_message(why),
                               &err) == CE_OK)
        r = ce_client_send(c->dead, letter);
    else
        r = ce_result_make(CE_UNDELIVERED, "%s", err.text);
    ce_event_free(letter);
    return r;
}

static ce_result consume(void *arg, const ce_event *event, ce_event **reply)
{
    consumer *c = arg;
    ce_result r = check_order(event);

    (void)reply;
    printf("%.*s: %s\n", CE_ARG(ce_event_text(event, "subject")),
           ce_result_is_ack(&r) ? "fine" : ce_result_message(&r));
    if (ce_result_is_nack(&r))
        r = bury(c, event, &r);
    sem_post(&c->done);
    return r;
}

static void place(ce_client *orders, const char *number, const char *json)
{
    ce_event *e = new_event("com.example.order.created", "/shop", json);
    ce_error err;

    need(ce_event_set(e, "subject", number, &err), &err);
    must_send(orders, e);
}

int main(int argc, char **argv)
{
    ce_client *orders, *receiver;
    consumer c;

    if (argc != 3)
        usage("dead_letters ORDERS DEAD");
    sem_init(&c.done, 0, 0);
    c.dead = open_client(argv[2], NULL);
    receiver = receive(argv[1], consume, &c);
    orders = open_client(argv[1], NULL);
    place(orders, "1", "{\"price\":10}");
    place(orders, "2", "{}");
    place(orders, "3", "{\"price\":30}");
    wait_for(&c.done, 3);
    ce_client_close(orders);
    ce_client_close(receiver);
    ce_client_close(c.dead);
    sem_destroy(&c.done);
    return 0;
}
