/* SPDX-License-Identifier: Apache-2.0 */
/* Publish and subscribe: one publisher, and three receivers that do not know
 * each other. With Kafka each has its own group, with MQTT its own client id.
 *
 *     publish_subscribe kafka://localhost:9092/news "?group=mail" \
 *         "?group=search" "?group=archive"
 */
#include "example.h"

enum { RECEIVERS = 3, EVENTS = 5 };

typedef struct subscriber {
    const char *name;
    sem_t *done;
} subscriber;

static ce_result take(void *arg, const ce_event *event, ce_event **reply)
{
    const subscriber *s = arg;

    (void)reply;
    printf("%s: %.*s\n", s->name, CE_ARG(event->data));
    sem_post(s->done);
    return ce_result_ack();
}

int main(int argc, char **argv)
{
    static const char *const names[RECEIVERS] = { "mail", "search", "archive" };
    ce_client *publisher, *receivers[RECEIVERS];
    subscriber subscribers[RECEIVERS];
    sem_t done;

    if (argc != 2 + RECEIVERS)
        usage("publish_subscribe URI QUERY QUERY QUERY");
    sem_init(&done, 0, 0);
    for (int i = 0; i < RECEIVERS; i++) {
        char uri[500];

        snprintf(uri, sizeof uri, "%s%s", argv[1], argv[2 + i]);
        subscribers[i] = (subscriber){ names[i], &done };
        receivers[i] = receive(uri, take, &subscribers[i]);
    }
    publisher = open_client(argv[1], NULL);
    for (int n = 0; n < EVENTS; n++) {
        char json[32];

        snprintf(json, sizeof json, "{\"number\":%d}", n);
        must_send(publisher, new_event("com.example.news", "/desk", json));
    }
    wait_for(&done, RECEIVERS * EVENTS);
    for (int i = 0; i < RECEIVERS; i++)
        ce_client_close(receivers[i]);
    ce_client_close(publisher);
    sem_destroy(&done);
    return 0;
}
