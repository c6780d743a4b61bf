/* SPDX-License-Identifier: Apache-2.0 */
/* Event sourcing: the program appends the events of an account to a log, and
 * computes the balance by reading the log from its beginning.
 *
 *     event_sourcing kafka://localhost:9092/account-7 "?group=replay-1"
 *     event_sourcing file:/tmp/account-7.ndjson
 *
 * With Kafka the reader needs a new group: it begins at the oldest record.
 */
#include <cJSON.h>

#include "example.h"

typedef struct account {
    double balance;
    char last[64]; /* the id of the event to read up to */
    sem_t done;
} account;

static const struct {
    const char *type, *data;
} history[] = {
    { "com.example.account.opened", "{\"amount\":0}" },
    { "com.example.account.deposited", "{\"amount\":100}" },
    { "com.example.account.withdrawn", "{\"amount\":-30}" },
    { "com.example.account.deposited", "{\"amount\":5}" },
};

static void append(const char *uri, account *a)
{
    ce_client *log = open_client(uri, NULL);

    for (size_t i = 0; i < sizeof history / sizeof *history; i++) {
        ce_event *e =
            new_event(history[i].type, "/accounts/7", history[i].data);
        ce_error err;

        need(ce_event_set_partition_key(e, "7", &err), &err);
        snprintf(a->last, sizeof a->last, "%.*s",
                 CE_ARG(ce_event_text(e, "id")));
        must_send(log, e);
    }
    ce_client_close(log);
}

/* Applies one event. */
static ce_result apply(void *arg, const ce_event *event, ce_event **reply)
{
    account *a = arg;
    cJSON *data = NULL;
    ce_error err;

    (void)reply;
    if (ce_event_json(event, &data, &err) != CE_OK)
        return ce_result_make(CE_NACK, "%s", err.text);
    a->balance += cJSON_GetNumberValue(cJSON_GetObjectItem(data, "amount"));
    cJSON_Delete(data);
    if (ce_slice_eq(ce_event_text(event, "id"), ce_slice_of(a->last)))
        sem_post(&a->done);
    return ce_result_ack();
}

int main(int argc, char **argv)
{
    account a = { .balance = 0 };
    ce_client *reader;
    char uri[500];

    if (argc < 2 || argc > 3)
        usage("event_sourcing LOG [QUERY]");
    sem_init(&a.done, 0, 0);
    append(argv[1], &a);
    snprintf(uri, sizeof uri, "%s%s", argv[1], argc == 3 ? argv[2] : "");
    reader = receive(uri, apply, &a);
    wait_for(&a.done, 1);
    ce_client_close(reader);
    printf("balance: %g\n", a.balance);
    sem_destroy(&a.done);
    return 0;
}
