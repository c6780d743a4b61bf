/* SPDX-License-Identifier: Apache-2.0 */
/* Sending, asking and receiving over HTTP: T1 to T7 of the checklist. */
#include "tests/core/client/client_rig.h"

enum { MANY = 100 };

static void a_hundred_sends_arrive(void)
{
    seen s = { .same = true };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_client *client = open_client(uri, NULL);
    ce_event *e = fixture();

    for (int i = 0; i < MANY; i++) {
        ce_result r = ce_client_send(client, e);

        EXPECT_VERDICT(r, CE_ACK);
        EXPECT_EQ(ce_result_http_status(&r), 202);
        EXPECT_EQ(r.attempts, 1);
    }
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

static void a_hundred_requests_have_equal_replies(void)
{
    seen s = { .same = true, .replies = true };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_client *client = open_client(uri, NULL);
    ce_event *e = fixture();

    for (int i = 0; i < MANY; i++) {
        ce_event *reply = NULL;
        ce_result r = ce_client_request(client, e, &reply);

        EXPECT_VERDICT(r, CE_ACK);
        EXPECT_EQ(ce_result_http_status(&r), 200);
        REQUIRE(reply != NULL);
        EXPECT(ce_event_equal(reply, e));
        EXPECT_TEXT(reply->data, FIXTURE_DATA);
        EXPECT_TEXT(ce_event_text(reply, "name01"), "1");
        ce_event_free(reply);
    }
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

static void a_hundred_clients_send_once_each(void)
{
    seen s = { .same = true };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_event *e = fixture();

    for (int i = 0; i < MANY; i++) {
        ce_client *client = open_client(uri, NULL);
        ce_result r = ce_client_send(client, e);

        EXPECT_VERDICT(r, CE_ACK);
        ce_client_close(client);
    }
    EXPECT_EQ(atomic_load(&s.events), MANY);
    EXPECT(atomic_load(&s.same));
    ce_client_stop_receiver(server, 1000);
    ce_event_free(e);
    ce_client_close(server);
}

static void stopping_what_was_not_started_is_harmless(void)
{
    ce_client *client = open_client("http://127.0.0.1:0/", NULL);

    ce_client_stop_receiver(client, 1000);
    ce_client_stop_receiver(client, 0);
    ce_client_close(client);
}

static void an_event_that_breaks_a_rule_is_not_sent(void)
{
    seen s = { .same = true };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_client *client = open_client(uri, NULL);
    ce_event *e = ce_event_blank();
    ce_result r = ce_client_send(client, e);

    EXPECT_VERDICT(r, CE_NACK);
    EXPECT(r.malformed);
    EXPECT_CONTAINS(ce_result_message(&r), "not sent: ");
    EXPECT_CONTAINS(ce_result_message(&r), "\"id\"");
    EXPECT_EQ(ce_result_http_status(&r), -1);
    EXPECT_EQ(atomic_load(&s.events), 0);
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

static void a_refusal_comes_back_without_a_reply(void)
{
    seen s = { .same = true,
               .answer = ce_result_http(400, "unknown query type") };
    char uri[64];
    ce_client *server = open_receiver(uri, see, &s, NULL);
    ce_client *client = open_client(uri, NULL);
    ce_event *e = fixture(), *reply = e;
    ce_result r = ce_client_request(client, e, &reply);

    EXPECT_VERDICT(r, CE_NACK);
    EXPECT(!r.malformed);
    EXPECT_EQ(ce_result_http_status(&r), 400);
    EXPECT_CONTAINS(ce_result_message(&r), "unknown query type");
    EXPECT_EQ(reply, NULL);
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static ce_result need_trace(void *arg, const ce_event *event, ce_event **reply)
{
    bool has =
        ce_slice_eq(ce_event_text(event, "traceparent"), CE_SLICE(PARENT));

    (void)arg;
    (void)reply;
    return has ? ce_result_ack() : ce_result_http(400, "no trace");
}

static void a_receiver_takes_the_trace_of_a_request(void)
{
    ce_client *server = open_client("http://127.0.0.1:0/?trace=true", NULL);
    ce_client *client;
    ce_event *e = fixture();
    char uri[128];

    start_receiver(server, need_trace, NULL);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/?header.traceparent=" PARENT,
             ce_client_port(server));
    client = open_client(uri, NULL);
    EXPECT_VERDICT(ce_client_send(client, e), CE_ACK);
    ce_event_free(e);
    ce_client_close(client);
    ce_client_close(server);
}

TESTS("client", TEST(a_hundred_sends_arrive),
      TEST(a_hundred_requests_have_equal_replies),
      TEST(a_hundred_clients_send_once_each),
      TEST(stopping_what_was_not_started_is_harmless),
      TEST(an_event_that_breaks_a_rule_is_not_sent),
      TEST(a_refusal_comes_back_without_a_reply),
      TEST(a_receiver_takes_the_trace_of_a_request))
