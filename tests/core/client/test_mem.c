/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers without sockets: client and receiver meet in memory. */
#include "tests/core/client/client_rig.h"

enum { MANY = 100 };

/* T5: a handler is called directly. */
static void a_handler_is_a_function(void)
{
    seen s = { .same = true };
    ce_event *e = fixture(), *reply = NULL;
    ce_result r = see(&s, e, &reply);

    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(reply, NULL);
    EXPECT_EQ(atomic_load(&s.events), 1);
    ce_event_free(e);
}

static void requests_are_answered(void)
{
    char uri[128];
    seen s = { .same = true, .replies = true };
    ce_client *server, *client;
    ce_event *e = fixture();

    snprintf(uri, sizeof uri, "mem://%s", ce_test_unique("handler"));
    server = open_client(uri, NULL);
    client = open_client(uri, NULL);
    start_receiver(server, see, &s);
    for (int i = 0; i < MANY; i++) {
        ce_event *reply = NULL;
        ce_result r = ce_client_request(client, e, &reply);

        EXPECT_VERDICT(r, CE_ACK);
        REQUIRE(reply != NULL);
        EXPECT(ce_event_equal(reply, e));
        ce_event_free(reply);
    }
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

static void events_of_a_batch_are_handled_one_by_one(void)
{
    char uri[128];
    seen s = { .same = true };
    ce_client *server, *client;
    ce_event *events[MANY];
    ce_result r;

    snprintf(uri, sizeof uri, "mem://%s", ce_test_unique("batch"));
    server = open_client(uri, NULL);
    client = open_client(uri, NULL);
    start_receiver(server, see, &s);
    for (unsigned i = 0; i < MANY; i++)
        events[i] = fixture();
    r = ce_client_send_batch(client, (const ce_event *const *)events, MANY);
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    for (unsigned i = 0; i < MANY; i++)
        ce_event_free(events[i]);
    ce_client_close(client);
    ce_client_close(server);
}

static void a_name_without_receiver_is_undelivered(void)
{
    ce_client *client = open_client("mem://nobody", NULL);
    ce_event *e = fixture();
    ce_result r = ce_client_send(client, e);

    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT_CONTAINS(r.reason, "nobody");
    ce_event_free(e);
    ce_client_close(client);
}

static void a_name_has_one_receiver(void)
{
    char uri[128];
    ce_client *first, *second;
    ce_error err = { CE_OK, "" };

    snprintf(uri, sizeof uri, "mem://%s", ce_test_unique("one"));
    first = open_client(uri, NULL);
    second = open_client(uri, NULL);
    start_receiver(first, ignore, NULL);
    EXPECT_STATUS(ce_client_start_receiver(second, ignore, NULL, NULL, &err),
                  CE_EINVAL);
    EXPECT_CONTAINS(err.text, "another receiver");
    ce_client_stop_receiver(first, 1000);
    start_receiver(second, ignore, NULL);
    ce_client_close(second);
    ce_client_close(first);
}

typedef struct hop {
    ce_client *next;
    atomic_uint sent;
} hop;

/* P4: a handler sends the next event with a client of its own. */
static ce_result pass_on(void *arg, const ce_event *event, ce_event **reply)
{
    hop *h = arg;

    (void)reply;
    atomic_fetch_add(&h->sent, 1);
    return ce_client_send(h->next, event);
}

static void a_handler_may_send(void)
{
    char first[128], second[128];
    seen s = { .same = true };
    hop h = { 0 };
    ce_client *service, *end, *client;
    ce_event *e = fixture();
    ce_result r;

    snprintf(first, sizeof first, "mem://%s", ce_test_unique("first"));
    snprintf(second, sizeof second, "mem://%s", ce_test_unique("second"));
    end = open_client(second, NULL);
    start_receiver(end, see, &s);
    h.next = open_client(second, NULL);
    service = open_client(first, NULL);
    start_receiver(service, pass_on, &h);
    client = open_client(first, NULL);
    r = ce_client_send(client, e);
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(atomic_load(&h.sent), 1);
    EXPECT_EQ(atomic_load(&s.events), 1);
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(service);
    ce_client_close(h.next);
    ce_client_close(end);
}

/* One client receives and sends. */
static void a_handler_may_send_with_the_same_client(void)
{
    char first[128], second[128];
    seen s = { .same = true };
    hop h = { 0 };
    ce_client_options options = { .receive_uri = first };
    ce_client *end, *client;
    ce_event *e = fixture();
    ce_result r;

    snprintf(first, sizeof first, "mem://%s", ce_test_unique("first"));
    snprintf(second, sizeof second, "mem://%s", ce_test_unique("second"));
    end = open_client(second, NULL);
    start_receiver(end, see, &s);
    h.next = open_client(second, &options);
    start_receiver(h.next, pass_on, &h);
    client = open_client(first, NULL);
    r = ce_client_send(client, e);
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(atomic_load(&h.sent), 1);
    EXPECT_EQ(atomic_load(&s.events), 1);
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(h.next);
    ce_client_close(end);
}

static void mistakes_in_options_are_named(void)
{
    static const struct {
        const char *uri, *receive_uri, *name, *word;
    } rows[] = {
        { "mem://x", NULL, "a-name-of-more-than-forty-seven-characters-is-long",
          "too long" },
        { NULL, NULL, NULL, "needs a URI" },
        { "nothing://x", NULL, NULL, "no transport" },
        { "mem://x?modee=keep", NULL, NULL, "mode" },
        { "mem://x", "mem://x?mode=keep", NULL, "mode" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_client_options options = { .receive_uri = rows[i].receive_uri,
                                            .name = rows[i].name };
        ce_error err = { CE_OK, "" };
        ce_client *c = NULL;

        EXPECT_CMP_ROW(rows[i].word,
                       ce_client_open(&c, rows[i].uri, &options, &err), !=,
                       CE_OK);
        EXPECT_CONTAINS_ROW(rows[i].word, err.text, rows[i].word);
        EXPECT_EQ(c, NULL);
    }
}

static void a_client_that_only_receives_refuses_to_send(void)
{
    ce_client *c = open_client("kafka://127.0.0.1:1/t?group=g", NULL);
    ce_event *e = fixture();
    ce_result r = ce_client_send(c, e);

    EXPECT_VERDICT(r, CE_NACK);
    EXPECT_CONTAINS(r.reason, "group");
    ce_event_free(e);
    ce_client_close(c);
}

TESTS("mem", TEST(a_handler_is_a_function), TEST(requests_are_answered),
      TEST(events_of_a_batch_are_handled_one_by_one),
      TEST(a_name_without_receiver_is_undelivered),
      TEST(a_name_has_one_receiver), TEST(a_handler_may_send),
      TEST(a_handler_may_send_with_the_same_client),
      TEST(mistakes_in_options_are_named),
      TEST(a_client_that_only_receives_refuses_to_send))
