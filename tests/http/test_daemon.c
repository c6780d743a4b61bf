/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: how long they live, what they may carry, how they end. */
#include "tests/http/raw_client.h"

#define LENGTH_0 "Content-Length: 0\r\n\r\n"

static rig now;
static client peer, others[200];
static char large[1 << 17];

/* QUERY is path and query. */
static void open_rig(const char *query)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
}

/* TEXT, then COUNT times 'x', then END. */
static const char *long_request(const char *text, size_t count, const char *end)
{
    size_t len = (size_t)snprintf(large, sizeof large, "%s", text);

    REQUIRE_CMP(len + count + strlen(end), <, sizeof large);
    memset(large + len, 'x', count);
    strcpy(large + len + count, end);
    return large;
}

/* --- keeping connections --- */

static void a_connection_carries_many_requests(void)
{
    open_rig("/");
    client_open(&peer, &now);
    for (int i = 0; i < 100; i++)
        EXPECT_EQ(client_ask(&peer, EVENT), 202);
    EXPECT_EQ(now.arrived, 100);
    EXPECT(!peer.ended);
    client_close(&peer);
    rig_close(&now);
}

static void a_client_can_end_its_connection(void)
{
    open_rig("/");
    client_open(&peer, &now);
    EXPECT_EQ(client_ask(&peer, EVENT_HEAD "Connection: close\r\n" LENGTH_0),
              202);
    EXPECT(client_ends(&peer));
    client_close(&peer);
    client_open(&peer, &now);
    EXPECT_EQ(client_ask(&peer, "POST / HTTP/1.0\r\n" EVENT_FIELDS LENGTH_0),
              202);
    EXPECT(client_ends(&peer));
    client_close(&peer);
    rig_close(&now);
}

static void a_refusal_leaves_the_connection_open(void)
{
    open_rig("/events?max_event_bytes=10B");
    client_open(&peer, &now);
    EXPECT_EQ(client_ask(&peer, EVENT), 404);
    EXPECT_EQ(client_ask(&peer, "GET /events HTTP/1.1\r\nHost: h\r\n\r\n"),
              405);
    EXPECT_EQ(client_ask(&peer, "POST /events HTTP/1.1\r\nHost: h\r\n"
                                "Content-Length: 11\r\n\r\n01234567890"),
              413);
    EXPECT_EQ(
        client_ask(&peer, "POST /events HTTP/1.1\r\nHost: h\r\n" LENGTH_0),
        400);
    EXPECT_EQ(
        client_ask(&peer, "POST /events HTTP/1.1\r\n" EVENT_FIELDS LENGTH_0),
        202);
    EXPECT_EQ(now.arrived, 1);
    client_close(&peer);
    rig_close(&now);
}

static void who_asks_first_is_told_to_continue(void)
{
    open_rig("/?max_event_bytes=10B");
    client_open(&peer, &now);
    EXPECT_EQ(client_ask(&peer, EVENT_HEAD "Expect: 100-continue\r\n"
                                           "Content-Length: 1\r\n\r\n"),
              100);
    EXPECT_EQ(client_ask(&peer, "x"), 202);
    /* No: the body is not asked for. */
    EXPECT_EQ(client_ask(&peer, EVENT_HEAD "Expect: 100-continue\r\n"
                                           "Content-Length: 11\r\n\r\n"),
              413);
    client_close(&peer);
    rig_close(&now);
}

/* --- what is asked for --- */

static void only_post_to_the_path_is_taken(void)
{
    static const char *const methods[] = { "GET",   "PUT",     "DELETE",
                                           "PATCH", "OPTIONS", "BREW" };

    open_rig("/events");
    for (size_t i = 0; i < COUNT(methods); i++) {
        char text[200];

        snprintf(text, sizeof text,
                 "%s /events HTTP/1.1\r\nHost: h\r\n" LENGTH_0, methods[i]);
        EXPECT_EQ_ROW(methods[i], client_ask_once(&peer, &now, text), 405);
        EXPECT_STR_ROW(methods[i], client_header(&peer, "Allow"), "POST");
    }
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 404);
    EXPECT_EQ(
        client_ask_once(&peer, &now,
                        "POST /events/ HTTP/1.1\r\n" EVENT_FIELDS LENGTH_0),
        404);
    EXPECT_EQ(
        client_ask_once(&peer, &now,
                        "POST /events?a=b HTTP/1.1\r\n" EVENT_FIELDS LENGTH_0),
        202);
    rig_close(&now);
}

static void without_a_path_every_path_is_taken(void)
{
    open_rig("/");
    EXPECT_EQ(client_ask_once(&peer, &now,
                              "POST /a/b HTTP/1.1\r\n" EVENT_FIELDS LENGTH_0),
              202);
    EXPECT_STR(now.last_topic, "/a/b");
    rig_close(&now);
}

/* --- sizes --- */

static void a_body_may_be_as_large_as_allowed(void)
{
    static const struct {
        const char *name, *head, *body;
        int status;
    } rows[] = {
        { "as large", "Content-Length: 10\r\n\r\n", "0123456789", 202 },
        { "larger", "Content-Length: 11\r\n\r\n", "01234567890", 413 },
        { "much larger", "Content-Length: 999999999999\r\n\r\n", "", 413 },
        { "as large in chunks", "Transfer-Encoding: chunked\r\n\r\n",
          "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", 202 },
        { "larger in chunks", "Transfer-Encoding: chunked\r\n\r\n",
          "5\r\n01234\r\n6\r\n567890\r\n0\r\n\r\n", 413 },
        { "larger in one chunk", "Transfer-Encoding: chunked\r\n\r\n",
          "b\r\n01234567890\r\n0\r\n\r\n", 413 },
    };

    open_rig("/?max_event_bytes=10B");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[600];

        snprintf(text, sizeof text, EVENT_HEAD "%s%s", rows[i].head,
                 rows[i].body);
        EXPECT_EQ_ROW(rows[i].name, client_ask_once(&peer, &now, text),
                      rows[i].status);
        EXPECT_ROW(rows[i].name, rows[i].status != 413 ||
                                     client_says(&peer, "max_event_bytes"));
    }
    EXPECT_EQ(now.arrived, 2);
    rig_close(&now);
}

static void a_body_without_end_is_cut_off(void)
{
    open_rig("/?max_event_bytes=10B");
    client_open(&peer, &now);
    client_send(&peer, EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 40 && !peer.ended; i++) {
        client_send(&peer, long_request("10000\r\n", 1 << 16, "\r\n"));
        client_read(&peer);
    }
    EXPECT(client_ends(&peer));
    EXPECT_EQ(now.arrived, 0);
    client_close(&peer);
    rig_close(&now);
}

static void heads_have_a_limit(void)
{
    static const struct {
        const char *name, *start, *end;
        int status;
    } rows[] = {
        { "a long target", "POST /", " HTTP/1.1\r\n" EVENT_FIELDS LENGTH_0,
          414 },
        { "a long query", "POST /?a=", " HTTP/1.1\r\n" EVENT_FIELDS LENGTH_0,
          414 },
        { "a long value", EVENT_HEAD "X-A: ", "\r\n" LENGTH_0, 431 },
        { "a long name", EVENT_HEAD "X-", ": a\r\n" LENGTH_0, 431 },
    };

    open_rig("/?max_header_bytes=4KiB");
    for (size_t i = 0; i < COUNT(rows); i++) {
        client_open(&peer, &now);
        EXPECT_EQ_ROW(
            rows[i].name,
            client_ask(&peer, long_request(rows[i].start, 8000, rows[i].end)),
            rows[i].status);
        EXPECT_ROW(rows[i].name, client_ends(&peer));
        client_close(&peer);
        EXPECT_EQ_ROW(
            rows[i].name,
            client_ask_once(&peer, &now,
                            long_request(rows[i].start, 100, rows[i].end)),
            202);
    }
    EXPECT_EQ(now.arrived, COUNT(rows));
    rig_close(&now);
}

/* The head of an event with COUNT attributes more. All of it is 64 KiB. */
static const char *head_of_64_kib(unsigned count)
{
    size_t rest = (64 << 10) - strlen(EVENT_HEAD LENGTH_0), len;
    char *to = large + sprintf(large, EVENT_HEAD);

    for (; count > 0; count--, rest -= len, to += len) {
        len = rest / count;
        memset(to, 'v', len);
        to[sprintf(to, "ce-x%u: ", count)] = 'v';
        memcpy(to + len - 2, "\r\n", 2);
    }
    strcpy(to, LENGTH_0);
    return large;
}

static void a_head_of_64_kib_is_taken(void)
{
    /* CORE-63: an event may be all headers. Each of them needs some bytes more
     * of max_header_bytes. */
    static const unsigned counts[] = { 1, 8, 60, 200, 250 };

    open_rig("/");
    for (size_t i = 0; i < COUNT(counts); i++) {
        char row[32];

        snprintf(row, sizeof row, "%u attributes", counts[i]);
        EXPECT_EQ_ROW(
            row, client_ask_once(&peer, &now, head_of_64_kib(counts[i])), 202);
        EXPECT_EQ_ROW(row, strlen(large), 64 << 10);
        REQUIRE(now.last != NULL);
        EXPECT_EQ_ROW(row, now.last->attrs.len, 4 + counts[i]);
    }
    EXPECT_EQ(client_ask_once(
                  &peer, &now,
                  long_request(EVENT_HEAD "ce-x: ", 64 << 10, "\r\n" LENGTH_0)),
              202);
    REQUIRE(now.last != NULL);
    EXPECT_EQ(ce_event_text(now.last, "x").len, 64 << 10);
    rig_close(&now);
}

static void many_headers_have_a_limit_too(void)
{
    size_t len;

    open_rig("/?max_header_bytes=8KiB");
    len = (size_t)snprintf(large, sizeof large, EVENT_HEAD);
    for (int i = 0; i < 2000; i++)
        len +=
            (size_t)snprintf(large + len, sizeof large - len, "X-%d: a\r\n", i);
    snprintf(large + len, sizeof large - len, LENGTH_0);
    EXPECT_EQ(client_ask_once(&peer, &now, large), 431);
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

/* --- slow clients --- */

static void a_request_that_trickles_is_ended(void)
{
    open_rig("/?request_timeout=100ms");
    client_open(&peer, &now);
    for (const char *p = EVENT; *p && !peer.ended; p++) {
        client_send_bytes(&peer, p, 1);
        client_read(&peer);
        rig_pass(&now, 20);
    }
    EXPECT_EQ(client_answer(&peer), 408);
    EXPECT(client_ends(&peer));
    EXPECT_EQ(now.arrived, 0);
    client_close(&peer);
    rig_close(&now);
}

static void a_silent_connection_is_ended(void)
{
    open_rig("/?idle_timeout=1s");
    client_open(&peer, &now);
    client_send(&peer, EVENT_HEAD);
    EXPECT(client_ends(&peer));
    client_close(&peer);
    rig_close(&now);
}

static void who_waits_for_an_answer_is_not_slow(void)
{
    open_rig("/?request_timeout=100ms&idle_timeout=1s");
    now.hold = true;
    client_open(&peer, &now);
    client_send(&peer, EVENT);
    RIG_UNTIL(&now, now.holding == 1);
    rig_pass(&now, 1500);
    rig_settle(&now, ce_result_ack());
    EXPECT_EQ(client_answer(&peer), 202);
    client_close(&peer);
    rig_close(&now);
}

static void a_slow_client_holds_nobody_up(void)
{
    open_rig("/");
    client_open(&others[0], &now);
    client_send(&others[0], EVENT_HEAD "Content-Length: 5\r\n\r\nx");
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 202);
    EXPECT_EQ(client_ask(&others[0], "xxxx"), 202);
    client_close(&others[0]);
    rig_close(&now);
}

/* --- many connections --- */

static void two_hundred_clients_at_once_are_all_answered(void)
{
    open_rig("/");
    now.hold = true;
    for (size_t i = 0; i < COUNT(others); i++) {
        client_open(&others[i], &now);
        client_send(&others[i], EVENT);
    }
    RIG_UNTIL(&now, now.holding == COUNT(others));
    while (now.holding > 0)
        rig_settle(&now, ce_result_ack());
    for (size_t i = 0; i < COUNT(others); i++) {
        EXPECT_EQ(client_answer(&others[i]), 202);
        client_close(&others[i]);
    }
    rig_close(&now);
}

static void who_comes_above_the_limit_is_served_when_there_is_room(void)
{
    open_rig("/?max_connections=2&idle_timeout=60s");
    client_open(&others[0], &now);
    client_open(&others[1], &now);
    EXPECT_EQ(client_ask(&others[0], EVENT), 202);
    EXPECT_EQ(client_ask(&others[1], EVENT), 202);
    client_open(&peer, &now);
    client_send(&peer, EVENT);
    rig_pass(&now, 50);
    EXPECT_EQ(now.arrived, 2);
    client_close(&others[0]);
    EXPECT_EQ(client_answer(&peer), 202);
    client_close(&peer);
    client_close(&others[1]);
    rig_close(&now);
}

static void a_client_that_leaves_early_does_no_harm(void)
{
    static const char *const starts[] = {
        "",
        "PO",
        "POST / HTTP/1.1\r\nHo",
        EVENT_HEAD,
        EVENT_HEAD "Content-Length: 5\r\n\r\nx",
        EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nx",
    };

    open_rig("/?max_in_flight=1");
    for (size_t i = 0; i < COUNT(starts); i++) {
        client_open(&peer, &now);
        client_send(&peer, starts[i]);
        rig_pass(&now, 10);
        client_close(&peer);
        rig_pass(&now, 10);
        EXPECT_EQ_ROW(starts[i], client_ask_once(&peer, &now, EVENT), 202);
    }
    EXPECT_EQ(now.arrived, COUNT(starts));
    rig_close(&now);
}

/* --- the end --- */

static void after_the_stop_open_connections_hear_503(void)
{
    open_rig("/");
    client_open(&others[0], &now);
    client_open(&others[1], &now);
    EXPECT_EQ(client_ask(&others[0], EVENT), 202);
    client_send(&others[1], EVENT_HEAD "Content-Length: 5\r\n\r\nx");
    rig_pass(&now, 20);
    now.receiver->ops->stop(now.receiver);
    EXPECT_EQ(client_ask(&others[0], EVENT), 503);
    EXPECT(client_ends(&others[0]));
    EXPECT_EQ(client_ask(&others[1], "xxxx"), 503);
    EXPECT_EQ(now.arrived, 1);
    client_close(&others[0]);
    client_close(&others[1]);
    rig_close(&now);
}

static void a_close_answers_what_is_open(void)
{
    open_rig("/");
    now.hold = true;
    client_open(&others[0], &now);
    client_send(&others[0], EVENT);
    client_open(&others[1], &now);
    client_send(&others[1], EVENT_HEAD "Content-Length: 5\r\n\r\nx");
    client_open(&others[2], &now);
    client_send(&others[2], "POST ");
    RIG_UNTIL(&now, now.holding == 1);
    rig_close_receiver(&now);
    EXPECT_EQ(client_answer(&others[0]), 503);
    for (int i = 0; i < 3; i++) {
        EXPECT(client_ends(&others[i]));
        client_close(&others[i]);
    }
    rig_close(&now);
}

static void a_port_in_use_is_an_error_that_names_it(void)
{
    ce_error err = { CE_OK, "" };
    char uri[100], port[16];
    rig other;

    open_rig("/");
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/", rig_port(&now));
    snprintf(port, sizeof port, ":%u", rig_port(&now));
    rig_open(&other);
    EXPECT_STATUS(rig_try_receiver(&other, uri, &err), CE_EIO);
    EXPECT_CONTAINS(err.text, port);
    EXPECT_CONTAINS(err.text, "in use");
    rig_close(&other);
    rig_close(&now);
}

TESTS("http daemon", TEST(a_connection_carries_many_requests),
      TEST(a_client_can_end_its_connection),
      TEST(a_refusal_leaves_the_connection_open),
      TEST(who_asks_first_is_told_to_continue),
      TEST(only_post_to_the_path_is_taken),
      TEST(without_a_path_every_path_is_taken),
      TEST(a_body_may_be_as_large_as_allowed),
      TEST(a_body_without_end_is_cut_off), TEST(heads_have_a_limit),
      TEST(a_head_of_64_kib_is_taken), TEST(many_headers_have_a_limit_too),
      TEST(a_request_that_trickles_is_ended),
      TEST(a_silent_connection_is_ended),
      TEST(who_waits_for_an_answer_is_not_slow),
      TEST(a_slow_client_holds_nobody_up),
      TEST(two_hundred_clients_at_once_are_all_answered),
      TEST(who_comes_above_the_limit_is_served_when_there_is_room),
      TEST(a_client_that_leaves_early_does_no_harm),
      TEST(after_the_stop_open_connections_hear_503),
      TEST(a_close_answers_what_is_open),
      TEST(a_port_in_use_is_an_error_that_names_it))
