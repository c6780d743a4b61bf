/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and queries of an account, with a handler for each type. A command
 * changes the account and is accepted or refused. A query receives an answer.
 *
 *     cqrs http://127.0.0.1:8080/account
 *     cqrs kafka://localhost:9092/account
 */
#include <cJSON.h>

#include "example.h"

typedef struct account {
    double balance;
} account;

static double amount_of(const ce_event *event)
{
    cJSON *data = NULL;
    double amount;

    if (ce_event_json(event, &data, NULL) != CE_OK)
        return 0;
    amount = cJSON_GetNumberValue(cJSON_GetObjectItem(data, "amount"));
    cJSON_Delete(data);
    return amount;
}

/* --- commands --- */

static ce_result deposit(void *arg, const ce_event *event, ce_event **reply)
{
    account *a = arg;

    (void)reply;
    a->balance += amount_of(event);
    return ce_result_ack();
}

static ce_result withdraw(void *arg, const ce_event *event, ce_event **reply)
{
    account *a = arg;

    (void)reply;
    if (amount_of(event) > a->balance)
        return ce_result_http(409, "only %g are there", a->balance);
    a->balance -= amount_of(event);
    return ce_result_ack();
}

/* --- the query --- */

static ce_result balance(void *arg, const ce_event *event, ce_event **reply)
{
    const account *a = arg;
    char json[64];

    (void)event;
    snprintf(json, sizeof json, "{\"balance\":%g}", a->balance);
    *reply = new_event("com.example.account.balance", "/account", json);
    return ce_result_ack();
}

static ce_result unknown(void *arg, const ce_event *event, ce_event **reply)
{
    (void)arg;
    (void)reply;
    return ce_result_http(400, "unknown type %.*s",
                          CE_ARG(ce_event_text(event, "type")));
}

/* --- a user of both --- */

static void ask(ce_client *client, const char *name, const char *type,
                double amount)
{
    ce_event *question, *answer = NULL;
    char json[64];
    ce_result r;

    snprintf(json, sizeof json, "{\"amount\":%g}", amount);
    question = new_event(type, "/people/ada", json);
    r = ce_client_request(client, question, &answer);
    if (answer)
        printf("%s: %.*s\n", name, CE_ARG(answer->data));
    else
        printf("%s: %s\n", name,
               ce_result_is_ack(&r) ? "accepted" : ce_result_message(&r));
    ce_event_free(answer);
    ce_event_free(question);
}

/* Handlers run one at a time, so the account needs no lock. */
static ce_server *serve(const char *uri, account *a)
{
    static const struct {
        const char *type;
        ce_handler_fn *handler;
    } handlers[] = {
        { "com.example.account.deposit", deposit },
        { "com.example.account.withdraw", withdraw },
        { "com.example.account.balance.get", balance },
        { "*", unknown },
    };
    ce_server *server = NULL;
    ce_error err;

    need(ce_server_open(&server, uri, NULL, &err), &err);
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
        need(ce_server_on(server, handlers[i].type, handlers[i].handler, a,
                          &err),
             &err);
    need(ce_server_start(server, NULL, NULL, &err), &err);
    return server;
}

int main(int argc, char **argv)
{
    account a = { 0 };
    ce_server *server;
    ce_client *client;

    if (argc != 2)
        usage("cqrs URI");
    server = serve(argv[1], &a);
    client = open_client(argv[1], NULL);
    ask(client, "deposit 100", "com.example.account.deposit", 100);
    ask(client, "withdraw 30", "com.example.account.withdraw", 30);
    ask(client, "withdraw 500", "com.example.account.withdraw", 500);
    ask(client, "balance", "com.example.account.balance.get", 0);
    ask(client, "close", "com.example.account.close", 0);
    ce_client_close(client);
    ce_server_close(server);
    return 0;
}
