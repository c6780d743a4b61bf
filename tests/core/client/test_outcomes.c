/* SPDX-License-Identifier: Apache-2.0 */
/* What peers answer, or fail to, becomes ACK, NACK or UNDELIVERED. */
#include "tests/core/client/peer.h"

#include "core/client/client.h"

static ce_result send_to(const char *uri, const ce_client_options *options)
{
    ce_client *c = open_client(uri, options);
    ce_event *e = fixture();
    ce_result r = ce_client_send(c, e);

    ce_event_free(e);
    ce_client_close(c);
    return r;
}

static void each_status_has_its_verdict(void)
{
    static const struct {
        int status;
        ce_verdict verdict;
    } rows[] = {
        { 200, CE_ACK },         { 201, CE_ACK },
        { 202, CE_ACK },         { 204, CE_ACK },
        { 301, CE_NACK },        { 400, CE_NACK },
        { 401, CE_UNDELIVERED }, { 403, CE_UNDELIVERED },
        { 404, CE_NACK },        { 405, CE_NACK },
        { 408, CE_UNDELIVERED }, { 409, CE_NACK },
        { 410, CE_NACK },        { 413, CE_NACK },
        { 415, CE_NACK },        { 422, CE_NACK },
        { 425, CE_UNDELIVERED }, { 429, CE_UNDELIVERED },
        { 500, CE_UNDELIVERED }, { 501, CE_UNDELIVERED },
        { 502, CE_UNDELIVERED }, { 503, CE_UNDELIVERED },
        { 504, CE_UNDELIVERED },
    };
    peer p;
    ce_client *c;
    ce_event *e = fixture();

    peer_open(&p, PEER_ANSWERS, 200);
    p.body = "because";
    c = open_client(p.uri, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[16];
        ce_result r;

        snprintf(name, sizeof name, "%d", rows[i].status);
        atomic_store(&p.status, rows[i].status);
        r = ce_client_send(c, e);
        EXPECT_VERDICT_ROW(name, r, rows[i].verdict);
        EXPECT_EQ_ROW(name, ce_result_http_status(&r), rows[i].status);
        if (rows[i].verdict != CE_ACK && rows[i].status != 204)
            EXPECT_CONTAINS_ROW(name, r.reason, "because");
    }
    EXPECT_EQ(atomic_load(&p.requests), COUNT(rows));
    ce_event_free(e);
    ce_client_close(c);
    peer_close(&p);
}

static void one_connection_serves_a_hundred_sends(void)
{
    peer p;
    ce_client *c;
    ce_event *e = fixture();

    peer_open(&p, PEER_ANSWERS, 202);
    c = open_client(p.uri, NULL);
    for (int i = 0; i < 100; i++) {
        ce_result r = ce_client_send(c, e);

        EXPECT_VERDICT(r, CE_ACK);
    }
    EXPECT_EQ(atomic_load(&p.requests), 100);
    EXPECT_EQ(atomic_load(&p.connections), 1);
    ce_event_free(e);
    ce_client_close(c);
    peer_close(&p);
}

static void a_refused_connection_is_undelivered_every_time(void)
{
    char uri[64];
    ce_client *c;
    ce_event *e = fixture();

    nobody_at(uri);
    c = open_client(uri, NULL);
    for (int i = 0; i < 3; i++) {
        ce_result r = ce_client_send(c, e);

        EXPECT_VERDICT(r, CE_UNDELIVERED);
        EXPECT(ce_result_is_retryable(&r));
        EXPECT_EQ(ce_result_http_status(&r), -1);
        EXPECT(*ce_result_message(&r));
    }
    ce_event_free(e);
    ce_client_close(c);
}

static void what_broke_on_the_way_is_undelivered(void)
{
    static const struct {
        const char *name;
        peer_deed deed;
    } rows[] = {
        { "reset", PEER_RESETS },
        { "closed", PEER_CLOSES },
        { "stalled", PEER_STALLS },
    };
    const ce_client_options options = { .timeout_ms = 300 };

    for (size_t i = 0; i < COUNT(rows); i++) {
        peer p;
        ce_result r;

        peer_open(&p, rows[i].deed, 200);
        r = send_to(p.uri, &options);
        EXPECT_VERDICT_ROW(rows[i].name, r, CE_UNDELIVERED);
        EXPECT_ROW(rows[i].name, *ce_result_message(&r));
        /* A client that gives up may be faster than the peer's thread. */
        UNTIL(atomic_load(&p.requests) >= 1);
        peer_close(&p);
    }
}

static void the_transport_waits_as_long_as_a_call(void)
{
    static const struct {
        const char *uri;
        unsigned timeout_ms;
        uint64_t expected_ms;
    } rows[] = {
        { "http://localhost/", 0, 30000 },
        { "http://localhost/", 120000, 120000 },
        { "http://localhost/", 50, 50 },
        { "http://localhost/?timeout=7s", 120000, 7000 },
        { "http://localhost/?mode=structured", 7200000, 3600000 },
        { "kafka://localhost/t", 50, 1000 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_client_options options = { .timeout_ms = rows[i].timeout_ms };
        ce_client *c = open_client(rows[i].uri, &options);

        EXPECT_EQ_ROW(rows[i].uri, ce_settings_ms(c->settings, "timeout"),
                      rows[i].expected_ms);
        ce_client_close(c);
    }
}

static void the_peer_is_heard_about_when_to_come_again(void)
{
    peer p;
    ce_result r;

    peer_open(&p, PEER_ANSWERS, 503);
    p.headers = "Retry-After: 7\r\n";
    r = send_to(p.uri, NULL);
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT_EQ(r.retry_after_ms, 7000);
    peer_close(&p);
}

static void a_policy_sends_again_until_it_is_taken(void)
{
    const ce_retry_policy policy = { .base_ms = 1, .cap_ms = 2 };
    const ce_client_options options = { .retry = &policy };
    peer p;
    ce_result r;

    peer_open(&p, PEER_ANSWERS, 503);
    atomic_store(&p.failures, 3);
    r = send_to(p.uri, &options);
    EXPECT_VERDICT(r, CE_ACK);
    EXPECT_EQ(r.attempts, 4);
    EXPECT_EQ(atomic_load(&p.requests), 4);
    peer_close(&p);
}

static void a_policy_ends_after_its_attempts(void)
{
    const ce_retry_policy policy = { .max_attempts = 3, .base_ms = 1 };
    const ce_client_options options = { .retry = &policy };
    peer p;
    ce_result r;

    peer_open(&p, PEER_ANSWERS, 500);
    r = send_to(p.uri, &options);
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(r.exhausted);
    EXPECT_EQ(r.attempts, 3);
    EXPECT_EQ(atomic_load(&p.requests), 3);
    peer_close(&p);
}

static void a_policy_ends_with_its_budget(void)
{
    const ce_retry_policy policy = { .base_ms = 1,
                                     .cap_ms = 2,
                                     .budget_ms = 50 };
    const ce_client_options options = { .retry = &policy };
    peer p;
    ce_result r;

    peer_open(&p, PEER_ANSWERS, 500);
    r = send_to(p.uri, &options);
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT(r.exhausted);
    EXPECT_CMP(r.attempts, >, 1);
    peer_close(&p);
}

static void a_policy_knows_codes_of_its_own(void)
{
    const ce_retry_policy policy = {
        .max_attempts = 3, .base_ms = 1, .also = { 404 }, .never = { 501 }
    };
    const ce_client_options options = { .retry = &policy };
    static const struct {
        int status;
        unsigned requests;
        ce_verdict verdict;
    } rows[] = { { 404, 3, CE_NACK },
                 { 400, 1, CE_NACK },
                 { 501, 1, CE_UNDELIVERED } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        peer p;
        ce_result r;

        peer_open(&p, PEER_ANSWERS, rows[i].status);
        r = send_to(p.uri, &options);
        EXPECT_VERDICT(r, rows[i].verdict);
        EXPECT_EQ(atomic_load(&p.requests), rows[i].requests);
        peer_close(&p);
    }
}

/* The first attempts fail; it is given up in the pause between. */
static void what_was_given_up_is_not_sent_again(void)
{
    const ce_retry_policy policy = { .base_ms = 60000, .cap_ms = 60000 };
    const ce_client_options options = { .retry = &policy, .timeout_ms = 1000 };
    peer p;
    ce_client *c;
    ce_event *e = fixture();
    ce_result r;
    unsigned before;

    peer_open(&p, PEER_ANSWERS, 503);
    p.headers = "Retry-After: 60\r\n";
    p.body = "too busy";
    c = open_client(p.uri, &options);
    r = ce_client_send(c, e);
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT_EQ(ce_result_http_status(&r), 503);
    EXPECT_CONTAINS(r.reason, "too busy");
    EXPECT_EQ(r.attempts, 1);
    EXPECT(r.exhausted);
    before = atomic_load(&p.requests);
    ce_client_close(c);
    EXPECT_EQ(before, 1);
    EXPECT_EQ(atomic_load(&p.requests), before);
    ce_event_free(e);
    peer_close(&p);
}

static void a_batch_arrives_in_every_mode(void)
{
    static const char *const queries[] = { "", "?mode=structured",
                                           "?mode=batch" };
    ce_event *events[] = { numbered(1), numbered(2) };

    for (size_t i = 0; i < COUNT(queries); i++) {
        seen s = { .same = true };
        char uri[64], full[100];
        ce_client *server = open_receiver(uri, see, &s, NULL), *client;
        ce_result r;

        snprintf(full, sizeof full, "%s%s", uri, queries[i]);
        client = open_client(full, NULL);
        r = ce_client_send_batch(client, (const ce_event *const *)events, 2);
        EXPECT_VERDICT_ROW(queries[i], r, CE_ACK);
        EXPECT_EQ_ROW(queries[i], atomic_load(&s.events), 2);
        EXPECT_VERDICT_ROW(queries[i], ce_client_send(client, events[0]),
                           CE_ACK);
        ce_client_close(client);
        ce_client_close(server);
    }
    ce_event_free(events[0]);
    ce_event_free(events[1]);
}

/* The status line has said it all. */
static void a_success_whose_body_is_cut_is_one(void)
{
    peer p;

    peer_open(&p, PEER_CUTS, 200);
    EXPECT_VERDICT(send_to(p.uri, NULL), CE_ACK);
    EXPECT_EQ(atomic_load(&p.requests), 1);
    peer_close(&p);
}

static void a_reply_that_is_no_event_is_named(void)
{
    peer p;
    ce_client *c;
    ce_event *e = fixture(), *reply = e;
    ce_result r;

    peer_open(&p, PEER_ANSWERS, 200);
    p.headers = "ce-specversion: 1.0\r\nce-id: 1\r\n";
    c = open_client(p.uri, NULL);
    r = ce_client_request(c, e, &reply);
    EXPECT_VERDICT(r, CE_UNDELIVERED);
    EXPECT_EQ(reply, NULL);
    EXPECT_CONTAINS(r.reason, "reply");
    ce_event_free(e);
    ce_client_close(c);
    peer_close(&p);
}

TESTS("outcomes", TEST(each_status_has_its_verdict),
      TEST(one_connection_serves_a_hundred_sends),
      TEST(a_refused_connection_is_undelivered_every_time),
      TEST(what_broke_on_the_way_is_undelivered),
      TEST(a_batch_arrives_in_every_mode),
      TEST(a_success_whose_body_is_cut_is_one),
      TEST(the_transport_waits_as_long_as_a_call),
      TEST(the_peer_is_heard_about_when_to_come_again),
      TEST(a_policy_sends_again_until_it_is_taken),
      TEST(a_policy_ends_after_its_attempts),
      TEST(a_policy_ends_with_its_budget),
      TEST(a_policy_knows_codes_of_its_own),
      TEST(what_was_given_up_is_not_sent_again),
      TEST(a_reply_that_is_no_event_is_named))
