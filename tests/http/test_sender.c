/* SPDX-License-Identifier: Apache-2.0 */
/* What the sender writes, and what it makes of every answer and of none. */
#include <time.h>

#include "tests/http/raw_server.h"

static rig now;
static server target;

/* QUERY begins with '?', or is empty. */
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

/* --- requests --- */

/* HTTP-20, HTTP-21, HTTP-23 */
static void a_binary_event_is_a_post_with_headers(void)
{
    open_pair("?a=b&mode=keep");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_STARTS(target.last, "POST /hook?a=b HTTP/1.1\r\n");
    EXPECT_STR(server_header(&target, "Content-Type"), "text/plain");
    EXPECT_STR(server_header(&target, "Content-Length"), "4");
    EXPECT_STR(server_header(&target, "ce-specversion"), "1.0");
    EXPECT_STR(server_header(&target, "ce-id"), "1");
    EXPECT_STR(server_header(&target, "ce-source"), "/s");
    EXPECT_STR(server_header(&target, "ce-type"), "com.example.t");
    EXPECT_STR(server_header(&target, "Expect"), NULL);
    EXPECT_STR(server_header(&target, "Transfer-Encoding"), NULL);
    EXPECT_STR(server_last_body(&target), "data");
    close_pair();
}

/* HTTP-26 */
static void an_event_without_data_has_no_content_type(void)
{
    open_pair("");
    rig_outcome(&now, rig_send_data(&now, NULL, NULL));
    EXPECT_STR(server_header(&target, "Content-Type"), NULL);
    EXPECT_STR(server_header(&target, "Content-Length"), "0");
    close_pair();
}

static void what_cannot_be_a_header_is_refused_before_it_is_sent(void)
{
    ce_message m = {
        .mode = CE_MODE_STRUCTURED,
        .format = &ce_format_json,
        .content_type = CE_SLICE("application/cloudevents+json\r\nX-A: b"),
        .body = CE_SLICE("{}"),
    };

    open_pair("");
    EXPECT_VERDICT(
        rig_outcome(&now, ce_mem_arrive_message(now.app, &m))->result, CE_NACK);
    EXPECT_EQ(target.connections, 0);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    close_pair();
}

static void headers_of_the_configuration_are_added(void)
{
    open_pair("?header.X-Tenant=a%20b&header.X-Empty=&token=secret");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_STR(server_header(&target, "X-Tenant"), "a b");
    EXPECT_STR(server_header(&target, "X-Empty"), "");
    EXPECT_STR(server_header(&target, "Authorization"), "Bearer secret");
    close_pair();
}

static void an_option_that_makes_no_header_is_refused(void)
{
    static const char *const queries[] = {
        "http://h/?header.X-A=b%0d%0aX-B:c",
        "http://h/?header.X%20A=b",
        "http://h/?header.X-A:=b",
        "http://h/?token=a%0ab",
        "http://h/?token=",
        "http://h/?token_file=/dev/null",
    };
    ce_loop *loop;

    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    for (size_t i = 0; i < COUNT(queries); i++) {
        ce_error err = { CE_OK, "" };
        ce_settings *s;
        ce_sender *sender = NULL;
        ce_endpoint at = { .loop = loop, .name = "t" };

        REQUIRE_OK(ce_settings_open(&s, ce_transport_http.sender_options,
                                    queries[i], CE_URI_FOREIGN, &err));
        at.settings = s;
        EXPECT_STATUS_ROW(queries[i],
                          ce_transport_http.sender(&sender, &at, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(queries[i], err.text, i < 3 ? "header.X" : "token");
        ce_settings_close(s);
    }
    ce_loop_close(loop);
}

static void headers_that_the_sink_sets_are_refused(void)
{
    static const char *const queries[] = {
        "header.Content-Type=a",
        "header.content-length=1",
        "header.HOST=a",
        "header.Transfer-Encoding=chunked",
        "header.ce-id=1",
        "header.CE-X=1",
        "header.Expect=a",
        "header.Connection=close",
        "header.Keep-Alive=a",
        "header.TE=a",
        "header.Trailer=a",
        "header.Upgrade=a",
        "header.Proxy-Connection=a",
        "header.Proxy-Authorization=a",
        "header.Content-Encoding=a",
        "header.Accept-Encoding=a",
        "token=t&header.Authorization=a",
        "user=u&header.authorization=a",
        "webhook=true&header.WebHook-Request-Origin=a",
        "trace=true&header.Traceparent=a",
        "trace=true&header.tracestate=a",
    };

    for (size_t i = 0; i < COUNT(queries); i++) {
        char uri[200];
        ce_error err = { CE_OK, "" };
        ce_settings *s = NULL;
        ce_status status;

        snprintf(uri, sizeof uri, "http://h/?%s", queries[i]);
        status = ce_settings_open(&s, ce_transport_http.sender_options, uri,
                                  CE_URI_FOREIGN, &err);
        if (status == CE_OK)
            status = ce_transport_http.check(CE_ROLE_SENDER, s, &err);
        EXPECT_ROW(queries[i], status != CE_OK);
        EXPECT_CONTAINS_ROW(queries[i], err.text, "header.");
        ce_settings_close(s);
    }
}

static void other_headers_may_be_set(void)
{
    open_pair("?header.Authorization=Custom%20x&header.User-Agent=me");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_STR(server_header(&target, "Authorization"), "Custom x");
    EXPECT_STR(server_header(&target, "User-Agent"), "me");
    close_pair();
    open_pair("?user=u&password=p");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_STR(server_header(&target, "Authorization"), "Basic dTpw");
    EXPECT_STARTS(server_header(&target, "User-Agent"), "cloudevents/");
    close_pair();
}

/* --- answers --- */

static ce_verdict expected_verdict(int status)
{
    if (status < 300)
        return CE_ACK;
    if (status == 401 || status == 403 || status == 408 || status == 425 ||
        status == 429 || status >= 500)
        return CE_UNDELIVERED;
    return CE_NACK;
}

/* HOOK-08 */
static void every_status_is_a_result(void)
{
    open_pair("");
    for (int status = 200; status < 600; status++) {
        const ce_mem_outcome *o;
        bool has_body = status != 204 && status != 205 && status != 304;
        char answer[200], name[32];

        snprintf(name, sizeof name, "%d", status);
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %d Some\r\nContent-Length: %d\r\n\r\n%s", status,
                 has_body ? 3 : 0, has_body ? "why" : "");
        target.answer = answer;
        o = send_one();
        EXPECT_VERDICT_ROW(name, o->result, expected_verdict(status));
        EXPECT_EQ_ROW(name, o->result.code, status);
        EXPECT_EQ_ROW(name, o->result.retry_after_ms, 0);
        EXPECT_ROW(name, o->result.verdict == CE_ACK ||
                             strstr(o->result.reason, name) != NULL);
        EXPECT_ROW(name, !o->replied);
    }
    EXPECT(now.sender->health.up);
    close_pair();
}

static void a_refusal_comes_with_the_first_line_of_the_body(void)
{
    open_pair("");
    target.answer = "HTTP/1.1 422 No\r\nContent-Length: 24\r\n\r\n"
                    "id is known\nsecond line.";
    EXPECT_STR(send_one()->result.reason, "HTTP 422: id is known");
    close_pair();
}

static void a_problem_gives_its_detail(void)
{
    open_pair("");
    target.answer =
        "HTTP/1.1 409 No\r\nContent-Type: application/problem+json\r\n"
        "Content-Length: 39\r\n\r\n"
        "{\"status\":409,\"detail\":\"no \\\"car\\\" is\"}";
    EXPECT_STR(send_one()->result.reason, "no \"car\" is");
    target.answer =
        "HTTP/1.1 409 No\r\nContent-Type: application/problem+json\r\n"
        "Content-Length: 12\r\n\r\n{\"detail\":1}";
    EXPECT_STR(send_one()->result.reason, "HTTP 409");
    close_pair();
}

static void an_interim_answer_is_none(void)
{
    open_pair("");
    target.answer = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                    "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(send_one()->result.code, 202);
    close_pair();
}

static void a_redirect_is_not_followed(void)
{
    char answer[200];

    /* HOOK-05 */
    open_pair("");
    snprintf(answer, sizeof answer,
             "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:%u/other\r\n"
             "Content-Length: 0\r\n\r\n",
             target.port);
    target.answer = answer;
    EXPECT_VERDICT(send_one()->result, CE_NACK);
    EXPECT_EQ(target.requests, 1);
    close_pair();
}

/* HOOK-07 */
static void retry_after_is_read_in_both_forms(void)
{
    time_t then = time(NULL) + 30;
    char date[64], answers[6][200];
    const ce_mem_outcome *o;

    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&then));
    open_pair("");
    snprintf(answers[0], sizeof *answers,
             "HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
    target.answer = answers[0];
    EXPECT_EQ(send_one()->result.retry_after_ms, 7000);
    snprintf(answers[1], sizeof *answers,
             "HTTP/1.1 429 No\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
             date);
    target.answer = answers[1];
    o = send_one();
    EXPECT_CMP(o->result.retry_after_ms, >=, 20000);
    EXPECT_CMP(o->result.retry_after_ms, <=, 31000);
    /* A date that has passed, and what is neither, say nothing. */
    target.answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n"
                    "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
    EXPECT_EQ(send_one()->result.retry_after_ms, 0);
    target.answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n"
                    "Retry-After: soon\r\n\r\n";
    EXPECT_EQ(send_one()->result.retry_after_ms, 0);
    /* At most ten minutes. */
    target.answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n"
                    "Retry-After: 999999999\r\n\r\n";
    EXPECT_EQ(send_one()->result.retry_after_ms, 600000);
    /* Of a refusal too: another one may take it for "not now". */
    target.answer = "HTTP/1.1 409 No\r\nContent-Length: 0\r\n"
                    "Retry-After: 3\r\n\r\n";
    EXPECT_EQ(send_one()->result.retry_after_ms, 3000);
    close_pair();
}

/* --- sockets that fail --- */

static void a_broken_answer_is_undelivered(void)
{
    static const struct {
        const char *name, *answer;
        server_after after;
    } rows[] = {
        { "closed without an answer", "", SERVER_CLOSE },
        { "reset without an answer", "", SERVER_RESET },
        { "closed within the head", "HTTP/1.1 202 Acc", SERVER_CLOSE },
        { "reset within the head", "HTTP/1.1 202 Acc", SERVER_RESET },
        { "no HTTP", "SSH-2.0-something\r\n\r\n", SERVER_CLOSE },
        { "a status that is no number", "HTTP/1.1 abc No\r\n\r\n",
          SERVER_CLOSE },
    };

    open_pair("?timeout=5s");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_mem_outcome *o;

        target.answer = rows[i].answer;
        target.after = rows[i].after;
        o = send_one();
        EXPECT_EQ_ROW(rows[i].name, o->settlements, 1);
        EXPECT_VERDICT_ROW(rows[i].name, o->result, CE_UNDELIVERED);
        EXPECT_CMP_ROW(rows[i].name, *o->result.reason, !=, '\0');
        /* It goes on. */
        target.answer = ANSWER_202;
        target.after = SERVER_KEEP;
        EXPECT_VERDICT_ROW(rows[i].name, send_one()->result, CE_ACK);
    }
    close_pair();
}

/* The status line decides; the body would only say why. */
static void a_success_counts_whatever_its_body_does(void)
{
    static const struct {
        const char *name, *answer;
        server_after after;
    } rows[] = {
        { "closed within the body", "Content-Length: 10\r\n\r\nabc",
          SERVER_CLOSE },
        { "closed within the head", "A: b\r\nB", SERVER_CLOSE },
        { "a head that is malformed", "A\r\n\r\n", SERVER_KEEP },
        { "two lengths", "Content-Length: 0\r\nContent-Length: 1\r\n\r\n",
          SERVER_KEEP },
        { "closed within a chunk", "Transfer-Encoding: chunked\r\n\r\nff\r\nab",
          SERVER_CLOSE },
        { "a broken chunk", "Transfer-Encoding: chunked\r\n\r\nxx\r\n",
          SERVER_KEEP },
        { "a body that never ends", "Content-Length: 10\r\n\r\nabc",
          SERVER_KEEP },
        { "a body without a length", "\r\nabc", SERVER_KEEP },
    };

    open_pair("");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char answer[200];

        snprintf(answer, sizeof answer, "HTTP/1.1 202 Accepted\r\n%s",
                 rows[i].answer);
        target.answer = answer;
        target.after = rows[i].after;
        EXPECT_VERDICT_ROW(rows[i].name, send_one()->result, CE_ACK);
        target.answer = ANSWER_202;
        target.after = SERVER_KEEP;
        EXPECT_VERDICT_ROW(rows[i].name, send_one()->result, CE_ACK);
        EXPECT_EQ_ROW(rows[i].name, target.requests, 2 * i + 2);
    }
    close_pair();
}

static void an_answer_that_does_not_come_is_undelivered_in_time(void)
{
    open_pair("?timeout=50ms");
    target.answer = NULL;
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    target.answer = "HTTP/1.1 202 Accepted";
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    close_pair();
}

static void a_refused_connection_is_probed_until_it_works(void)
{
    open_pair("");
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    server_go_away(&target);
    RIG_UNTIL(&now, send_one()->result.verdict == CE_UNDELIVERED &&
                        !now.sender->health.up);
    /* While it is away nothing is tried. */
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    EXPECT_EQ(target.requests, 1);
    server_come_back(&target);
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_EQ(target.requests, 1);
    EXPECT_VERDICT(send_one()->result, CE_ACK);
    close_pair();
}

/* --- connections --- */

static void one_connection_serves_a_hundred_events(void)
{
    open_pair("");
    for (int i = 0; i < 100; i++)
        EXPECT_VERDICT(send_one()->result, CE_ACK);
    EXPECT_EQ(target.requests, 100);
    EXPECT_EQ(target.connections, 1);
    close_pair();
}

static void at_most_max_in_flight_wait_for_answers(void)
{
    int numbers[10];

    open_pair("?max_in_flight=3");
    target.answer = NULL;
    for (size_t i = 0; i < COUNT(numbers); i++)
        numbers[i] = rig_send(&now, "1");
    RIG_UNTIL(&now, server_waiting(&target) == 3);
    rig_pass(&now, 50);
    EXPECT_EQ(target.requests, 3);
    target.answer = ANSWER_202;
    for (size_t i = 0; i < COUNT(numbers); i++)
        EXPECT_VERDICT(rig_outcome(&now, numbers[i])->result, CE_ACK);
    EXPECT_EQ(target.requests, 10);
    EXPECT_EQ(target.connections, 3);
    close_pair();
}

/* --- the end --- */

static void stopping_waits_for_answers_and_then_gives_up(void)
{
    const ce_mem_outcome *a, *b;

    open_pair("?max_in_flight=1");
    target.answer = NULL;
    a = ce_mem_outcome_of(now.app, rig_send(&now, "a"));
    b = ce_mem_outcome_of(now.app, rig_send(&now, "b"));
    RIG_UNTIL(&now, server_waiting(&target) == 1);
    rig_close_sender(&now, 50);
    EXPECT_EQ(a->settlements, 1);
    EXPECT_VERDICT(a->result, CE_UNDELIVERED);
    EXPECT_EQ(b->settlements, 1);
    EXPECT_VERDICT(b->result, CE_UNDELIVERED);
    server_close(&target);
    rig_close(&now);
}

static void an_answer_during_the_stop_counts(void)
{
    const ce_mem_outcome *a;
    bool done = false;

    open_pair("");
    target.answer = NULL;
    a = ce_mem_outcome_of(now.app, rig_send(&now, "a"));
    RIG_UNTIL(&now, server_waiting(&target) == 1);
    now.sender->ops->stop(now.sender, 10000, rig_on_done, &done);
    EXPECT(!done);
    EXPECT_VERDICT(send_one()->result, CE_UNDELIVERED);
    target.answer = ANSWER_202;
    RIG_UNTIL(&now, done);
    EXPECT_VERDICT(a->result, CE_ACK);
    close_pair();
}

TESTS("http sender", TEST(a_binary_event_is_a_post_with_headers),
      TEST(an_event_without_data_has_no_content_type),
      TEST(what_cannot_be_a_header_is_refused_before_it_is_sent),
      TEST(headers_of_the_configuration_are_added),
      TEST(an_option_that_makes_no_header_is_refused),
      TEST(headers_that_the_sink_sets_are_refused),
      TEST(other_headers_may_be_set), TEST(every_status_is_a_result),
      TEST(a_refusal_comes_with_the_first_line_of_the_body),
      TEST(a_problem_gives_its_detail), TEST(an_interim_answer_is_none),
      TEST(a_redirect_is_not_followed), TEST(retry_after_is_read_in_both_forms),
      TEST(a_broken_answer_is_undelivered),
      TEST(a_success_counts_whatever_its_body_does),
      TEST(an_answer_that_does_not_come_is_undelivered_in_time),
      TEST(a_refused_connection_is_probed_until_it_works),
      TEST(one_connection_serves_a_hundred_events),
      TEST(at_most_max_in_flight_wait_for_answers),
      TEST(stopping_waits_for_answers_and_then_gives_up),
      TEST(an_answer_during_the_stop_counts))
