/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of a sender: when they are kept, when a request goes over
 * another, and what large requests do. */
#include "tests/http/raw_server.h"

static rig now;
static server target;

static void open_pair(const char *query)
{
    char uri[400];

    rig_open(&now);
    server_open(&target, &now);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/hook%s", target.port, query);
    rig_start_sender(&now, uri);
}

static void close_pair(void)
{
    rig_close_sender(&now, 2000);
    server_close(&target);
    rig_close(&now);
}

static const ce_mem_outcome *send_one(void)
{
    return rig_outcome(&now, rig_send(&now, "1"));
}

/* --- kept connections --- */

static void send_many(unsigned at_once, unsigned rounds)
{
    int numbers[64];

    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < at_once; i++)
            numbers[i] = rig_send(&now, "1");
        for (unsigned i = 0; i < at_once; i++)
            EXPECT_VERDICT(rig_outcome(&now, numbers[i])->result, CE_ACK);
    }
}

static void a_server_that_ends_each_connection_loses_no_event(void)
{
    static const server_after ends[] = { SERVER_CLOSE, SERVER_RESET };

    for (size_t i = 0; i < COUNT(ends); i++) {
        open_pair("?max_in_flight=8");
        target.after = ends[i];
        send_many(1, 100);
        send_many(64, 10);
        EXPECT_EQ(target.answered, 740);
        EXPECT_EQ(target.requests, 740);
        EXPECT(now.sender->health.up);
        close_pair();
    }
}

static void a_server_that_says_that_it_closes_is_believed(void)
{
    open_pair("");
    target.answer = "HTTP/1.1 202 Accepted\r\nConnection: close\r\n"
                    "Content-Length: 0\r\n\r\n";
    send_many(1, 3);
    EXPECT_EQ(target.connections, 3);
    close_pair();
}

static void what_follows_an_answer_is_the_answer_to_nothing(void)
{
    open_pair("");
    target.answer = ANSWER_202 ANSWER_202;
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    target.answer = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    EXPECT_EQ(target.connections, 2);
    close_pair();
}

static void a_kept_connection_that_ends_without_a_word_gives_a_second_try(void)
{
    open_pair("");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    target.answer = "";
    target.after = SERVER_CLOSE;
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    EXPECT_EQ(target.requests, 3);
    /* The next connection is new, so that there is one try. */
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    EXPECT_EQ(target.requests, 4);
    close_pair();
}

static void a_request_whose_answer_has_begun_is_not_sent_again(void)
{
    static const char *const answers[] = { "H", "HTTP/1.1 100 Continue\r\n\r\n",
                                           "HTTP/1.1 20" };

    open_pair("");
    for (size_t i = 0; i < COUNT(answers); i++) {
        target.answer = ANSWER_202;
        target.after = SERVER_KEEP;
        EXPECT_VERDICT(send_one()->result, CE_ACK);
        target.answer = answers[i];
        target.after = SERVER_CLOSE;
        EXPECT_VERDICT_ROW(answers[i], send_one()->result, CE_UNDELIVERED);
        EXPECT_EQ_ROW(answers[i], target.requests, 2 * i + 2);
    }
    close_pair();
}

static void a_body_of_any_length_keeps_the_connection(void)
{
    open_pair("");
    target.answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n0\r\n\r\n";
    send_many(1, 5);
    EXPECT_EQ(target.connections, 1);
    close_pair();
}

static void more_than_a_reason_needs_is_not_read_for_ever(void)
{
    char *answer = malloc(1 << 20);
    int len;

    REQUIRE(answer != NULL);
    len = snprintf(answer, 1 << 20, "HTTP/1.1 200 OK\r\n\r\n");
    memset(answer + len, 'x', (1 << 20) - (size_t)len);
    open_pair("");
    target.answer = answer;
    target.answer_len = 1 << 18;
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    close_pair();
    free(answer);
}

/* --- large requests --- */

/* More than the system keeps for a peer that does not read. */
enum { LARGE = 16 << 20 };

static int send_large(void)
{
    char *body = malloc(LARGE);
    int number;

    REQUIRE(body != NULL);
    memset(body, 'x', LARGE);
    number = rig_send_bytes(&now, "text/plain", (ce_slice){ body, LARGE });
    free(body);
    return number;
}

/* The rig's server keeps 16 KiB: it answers the head alone. Who says that he
 * goes on is sent the body, also if he has the answer ready. */
static void a_large_body_waits_for_the_word(void)
{
    open_pair("?timeout=10s");
    target.heads_only = true;
    target.answer = "HTTP/1.1 100 Continue\r\n\r\n" ANSWER_202;
    EXPECT_VERDICT(rig_outcome(&now, send_large())->result, CE_ACK);
    RIG_UNTIL(&now, target.extra == LARGE);
    EXPECT_STR(server_header(&target, "Expect"), "100-continue");
    EXPECT_STR(server_header(&target, "Content-Length"), "16777216");
    close_pair();
}

static void a_large_body_that_is_refused_is_not_sent(void)
{
    open_pair("");
    target.heads_only = true;
    target.answer = "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(rig_outcome(&now, send_large())->result.code, 413);
    EXPECT_EQ(target.extra, 0);
    close_pair();
}

static void now_without_expect(void)
{
    target.heads_only = true;
    target.answer = "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n";
    EXPECT_VERDICT(rig_outcome(&now, send_large())->result, CE_UNDELIVERED);
}

static void a_server_that_knows_no_expectations_is_spared_them(void)
{
    open_pair("");
    now_without_expect();
    target.answer = ANSWER_202;
    EXPECT_VERDICT(rig_outcome(&now, send_large())->result, CE_ACK);
    EXPECT_STR(server_header(&target, "Expect"), NULL);
    close_pair();
}

/* The server does not read the rest, so that its end is a reset. */
static void a_refusal_before_the_end_of_the_body_is_heard(void)
{
    const ce_mem_outcome *o;

    open_pair("");
    now_without_expect();
    target.after = SERVER_CLOSE;
    target.answer = "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n";
    o = rig_outcome(&now, send_large());
    EXPECT_VERDICT(o->result, CE_NACK);
    EXPECT_EQ(o->result.code, 413);
    close_pair();
}

static void a_server_that_gives_no_word_gets_the_body(void)
{
    int number;

    open_pair("");
    target.heads_only = true;
    target.answer = NULL;
    number = send_large();
    RIG_UNTIL(&now, target.extra == LARGE);
    target.answer = ANSWER_202;
    EXPECT_VERDICT(rig_outcome(&now, number)->result, CE_ACK);
    close_pair();
}

/* The server has not read the body: it would be its next request. */
static void a_body_is_not_sent_behind_a_refusal_that_is_slow(void)
{
    open_pair("");
    target.heads_only = true;
    target.answer = "HTTP/1.1 413 No\r\nContent-Length: 9\r\n\r\n";
    EXPECT_EQ(rig_outcome(&now, send_large())->result.code, 413);
    EXPECT_EQ(target.extra, 0);
    close_pair();
}

static void a_body_is_not_sent_while_a_reply_is_on_its_way(void)
{
    char uri[100];

    rig_open(&now);
    server_open(&target, &now);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/?timeout=2s", target.port);
    rig_open_sender(&now, uri, true);
    REQUIRE_OK(now.app->ops->start(now.app, &now.sender->stage, NULL));
    target.heads_only = true;
    target.answer = "HTTP/1.1 422 No\r\nContent-Length: 9\r\n\r\n";
    EXPECT_EQ(rig_outcome(&now, send_large())->result.code, 422);
    EXPECT_EQ(target.extra, 0);
    close_pair();
}

/* --- successes that come before the end of the request --- */

static const char *const successes[] = {
    ANSWER_202, "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", /* never complete */
};

static void an_early_success_counts_when_all_is_written(void)
{
    for (size_t i = 0; i < COUNT(successes); i++) {
        open_pair("?timeout=60s");
        now_without_expect();
        target.answer = successes[i];
        EXPECT_VERDICT_ROW(successes[i],
                           rig_outcome(&now, send_large())->result, CE_ACK);
        RIG_UNTIL(&now, target.extra == LARGE);
        close_pair();
    }
}

static void an_early_success_of_a_server_that_leaves_is_none(void)
{
    static const server_after ends[] = { SERVER_CLOSE, SERVER_RESET };

    for (size_t i = 0; i < COUNT(successes) * COUNT(ends); i++) {
        const char *answer = successes[i / COUNT(ends)];

        open_pair("?timeout=60s");
        now_without_expect();
        target.answer = answer;
        target.after = ends[i % COUNT(ends)];
        EXPECT_VERDICT_ROW(answer, rig_outcome(&now, send_large())->result,
                           CE_UNDELIVERED);
        close_pair();
    }
}

static void an_early_success_of_a_server_that_does_not_read_is_none(void)
{
    const ce_mem_outcome *o;
    int number;

    open_pair("?timeout=1s");
    now_without_expect();
    target.answer = ANSWER_202;
    number = send_large();
    RIG_UNTIL(&now, target.answered == 2);
    ce_timer_stop(&target.tick);
    o = rig_outcome(&now, number);
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT_STR(o->result.reason,
               "HTTP 202 came before the whole request was sent");
    EXPECT_EQ(o->result.code, 0);
    close_pair();
}

/* It may have taken the head for all of it: the next one comes without. */
static void a_success_without_the_word_is_none(void)
{
    open_pair("?timeout=60s");
    target.heads_only = true;
    EXPECT_VERDICT(rig_outcome(&now, send_large())->result, CE_UNDELIVERED);
    EXPECT_EQ(target.extra, 0);
    EXPECT_VERDICT(rig_outcome(&now, send_large())->result, CE_ACK);
    EXPECT_STR(server_header(&target, "Expect"), NULL);
    close_pair();
}

/* --- URLs --- */

static void what_a_url_may_not_hold_is_encoded(void)
{
    static const struct {
        const char *path, *line;
    } rows[] = {
        { "/a b/c", "POST /a%20b/c HTTP/1.1\r\n" },
        { "/q?a=b c", "POST /q?a=b+c HTTP/1.1\r\n" },
        { "/x/{nosuch|\"a b\"}?paths=/x/*", "POST /x/a%20b HTTP/1.1\r\n" },
    };
    char uri[200];

    for (size_t i = 0; i < COUNT(rows); i++) {
        rig_open(&now);
        server_open(&target, &now);
        snprintf(uri, sizeof uri, "http://127.0.0.1:%u%s", target.port,
                 rows[i].path);
        rig_start_sender(&now, uri);
        EXPECT_VERDICT_ROW(rows[i].path, send_one()->result, CE_ACK);
        EXPECT_STARTS(target.last, rows[i].line);
        close_pair();
    }
}

/* --- proxies --- */

static void try_proxy(const char *query, const char *host)
{
    char uri[300];

    snprintf(uri, sizeof uri, "http://%s/hook%s", host, query);
    rig_start_sender(&now, uri);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    rig_close_sender(&now, 2000);
}

static void a_proxy_tunnels(void)
{
    char query[100], url[60];

    rig_open(&now);
    server_open(&target, &now);
    snprintf(url, sizeof url, "http://u:p@127.0.0.1:%u", target.port);
    snprintf(query, sizeof query, "?proxy=%s", url);
    try_proxy(query, "target.invalid:81");
    EXPECT_EQ(target.requests, 2);
    EXPECT_STARTS(target.last, "POST /hook HTTP/1.1\r\n");
    EXPECT_STR(server_header(&target, "Host"), "target.invalid:81");
    EXPECT_STR(server_header(&target, "Proxy-Authorization"), NULL);
    setenv("http_proxy", url, 1);
    try_proxy("", "target.invalid");
    EXPECT_EQ(target.requests, 4);
    try_proxy("", "127.target.invalid");
    EXPECT_EQ(target.requests, 6);
    snprintf(url, sizeof url, "127.0.0.1:%u", target.port);
    try_proxy("?proxy=none", url);
    EXPECT_EQ(target.requests, 7);
    try_proxy("", url);
    EXPECT_EQ(target.requests, 8);
    unsetenv("http_proxy");
    server_close(&target);
    rig_close(&now);
}

/* Also where the connection before had a body that waited for its word. */
static void nothing_is_sent_before_the_tunnel_stands(void)
{
    char uri[200];
    const ce_mem_outcome *o;
    int number;

    rig_open(&now);
    server_open(&target, &now);
    snprintf(uri, sizeof uri,
             "http://target.invalid/?timeout=2s&proxy=http://127.0.0.1:%u",
             target.port);
    rig_start_sender(&now, uri);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    target.heads_only = true;
    target.answer = "";
    target.after = SERVER_CLOSE;
    number = send_large();
    RIG_UNTIL(&now, target.requests == 3);
    target.answer = NULL;
    o = rig_outcome(&now, number);
    EXPECT_EQ(target.requests, 4);
    EXPECT_STARTS(target.last, "CONNECT ");
    EXPECT_EQ(target.extra, 0);
    EXPECT_STR(o->result.reason, "no connection within the timeout");
    close_pair();
}

TESTS("http connections",
      TEST(a_server_that_ends_each_connection_loses_no_event),
      TEST(a_server_that_says_that_it_closes_is_believed),
      TEST(what_follows_an_answer_is_the_answer_to_nothing),
      TEST(a_kept_connection_that_ends_without_a_word_gives_a_second_try),
      TEST(a_request_whose_answer_has_begun_is_not_sent_again),
      TEST(a_body_of_any_length_keeps_the_connection),
      TEST(more_than_a_reason_needs_is_not_read_for_ever),
      TEST(a_large_body_waits_for_the_word),
      TEST(a_large_body_that_is_refused_is_not_sent),
      TEST(a_server_that_knows_no_expectations_is_spared_them),
      TEST(a_refusal_before_the_end_of_the_body_is_heard),
      TEST(a_server_that_gives_no_word_gets_the_body),
      TEST(a_body_is_not_sent_behind_a_refusal_that_is_slow),
      TEST(a_body_is_not_sent_while_a_reply_is_on_its_way),
      TEST(an_early_success_counts_when_all_is_written),
      TEST(an_early_success_of_a_server_that_leaves_is_none),
      TEST(an_early_success_of_a_server_that_does_not_read_is_none),
      TEST(what_a_url_may_not_hold_is_encoded),
      TEST(a_success_without_the_word_is_none), TEST(a_proxy_tunnels),
      TEST(nothing_is_sent_before_the_tunnel_stands))
