/* SPDX-License-Identifier: Apache-2.0 */
/* Audit log: a file also holds every handled event and its result, one line
 * of JSON each.
 *
 *     audit_log http://127.0.0.1:8080/events file:/tmp/audit.ndjson
 */
#include "example.h"

typedef struct audit {
    ce_client *log;
    ce_handler_fn *handler;
    sem_t done;
} audit;

static ce_result handle(void *arg, const ce_event *event, ce_event **reply)
{
    (void)arg;
    (void)reply;
    return is_type(event, "com.example.user.deleted")
               ? ce_result_http(403, "users may not be deleted")
               : ce_result_ack();
}

/* Stands around any handler. It confirms no event that it cannot log. */
static ce_result log_and_handle(void *arg, const ce_event *event,
                                ce_event **reply)
{
    audit *a = arg;
    ce_result r = a->handler(NULL, event, reply);
    ce_event *entry = ce_event_clone(event);
    ce_error err = { CE_ENOMEM, "out of memory" };
    ce_result logged;

    if (entry && ce_event_set(entry, "outcome",
                              ce_result_is_ack(&r) ? "accepted" : "refused",
                              &err) == CE_OK)
        logged = ce_client_send(a->log, entry);
    else
        logged = ce_result_make(CE_UNDELIVERED, "%s", err.text);
    ce_event_free(entry);
    sem_post(&a->done);
    return ce_result_is_ack(&logged) ? r : logged;
}

int main(int argc, char **argv)
{
    audit a = { .handler = handle };
    ce_client *receiver, *client;
    ce_event *refused;
    ce_result r;

    if (argc != 3)
        usage("audit_log URI FILE");
    sem_init(&a.done, 0, 0);
    a.log = open_client(argv[2], NULL);
    receiver = receive(argv[1], log_and_handle, &a);
    client = open_client(argv[1], NULL);
    must_send(client, new_event("com.example.user.created", "/users", "{}"));
    refused = new_event("com.example.user.deleted", "/users", "{}");
    r = ce_client_send(client, refused);
    printf("deleting: %s\n", ce_result_message(&r));
    wait_for(&a.done, 2);
    ce_event_free(refused);
    ce_client_close(client);
    ce_client_close(receiver);
    ce_client_close(a.log);
    sem_destroy(&a.done);
    return 0;
}
