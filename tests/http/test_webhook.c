/* SPDX-License-Identifier: Apache-2.0 */
/* A source that takes webhooks: who has consent, how fast, and how it is
 * given. */
#include "tests/http/raw_client.h"
#include "tests/http/raw_server.h"

#define ASK "OPTIONS / HTTP/1.1\r\nHost: h\r\n"
#define LENGTH_0 "Content-Length: 0\r\n\r\n"
#define FROM(origin) "WebHook-Request-Origin: " origin "\r\n"

static rig now;
static client peer;
static server caller; /* whom we call back */

static void open_rig(const char *query)
{
    char uri[300];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0/%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
}

/* NULL: there is none in the answer. */
#define EXPECT_CONSENT_ROW(row, origin, rate)                                  \
    do {                                                                       \
        EXPECT_STR_ROW(row, client_header(&peer, "WebHook-Allowed-Origin"),    \
                       origin);                                                \
        EXPECT_STR_ROW(row, client_header(&peer, "WebHook-Allowed-Rate"),      \
                       rate);                                                  \
    } while (0)
#define EXPECT_CONSENT(origin, rate) EXPECT_CONSENT_ROW(NULL, origin, rate)

/* --- consent in the answer --- */

static void without_origins_options_is_not_allowed(void)
{
    /* HOOK-39 */
    open_rig("");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK FROM("a.example") "\r\n"), 405);
    EXPECT_STR(client_header(&peer, "Allow"), "POST");
    EXPECT_CONSENT(NULL, NULL);
    rig_close(&now);
}

static void a_known_origin_has_consent_with_a_rate(void)
{
    /* HOOK-36, HOOK-37 */
    open_rig("?webhook_origins=a.example,%20b.example");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK FROM("b.example") "\r\n"), 200);
    EXPECT_STR(client_header(&peer, "Allow"), "POST");
    EXPECT_CONSENT("b.example", "*");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK FROM("A.Example") LENGTH_0),
              200);
    EXPECT_CONSENT("A.Example", "*");
    EXPECT_EQ(client_ask_once(
                  &peer, &now,
                  ASK FROM("a.example") "WebHook-Request-Rate: 120\r\n\r\n"),
              200);
    EXPECT_CONSENT("a.example", "*");
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

static void origins_are_compared_as_a_whole(void)
{
    /* HOOK-40 */
    static const char *const others[] = {
        "trusted.example.com.attacker.tld",
        "attacker.tld",
        "xtrusted.example.com",
        "trusted.example.co",
        "trusted.example.comm",
        "example.com",
        "sub.trusted.example.com",
    };

    open_rig("?webhook_origins=trusted.example.com");
    for (size_t i = 0; i < COUNT(others); i++) {
        char text[300];

        snprintf(text, sizeof text, ASK FROM("%s") "\r\n", others[i]);
        EXPECT_EQ_ROW(others[i], client_ask_once(&peer, &now, text), 403);
        EXPECT_CONSENT_ROW(others[i], NULL, NULL);
        snprintf(text, sizeof text, EVENT_HEAD FROM("%s") LENGTH_0, others[i]);
        EXPECT_EQ_ROW(others[i], client_ask_once(&peer, &now, text), 403);
    }
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

static void a_star_admits_everybody(void)
{
    open_rig("?webhook_origins=*");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK FROM("any.example") "\r\n"),
              200);
    EXPECT_CONSENT("any.example", "*");
    EXPECT_EQ(
        client_ask_once(&peer, &now, EVENT_HEAD FROM("any.example") LENGTH_0),
        202);
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 202);
    rig_close(&now);
}

static void the_rate_is_the_smaller_one(void)
{
    static const struct {
        const char *name, *request, *rate;
    } rows[] = {
        { "nothing asked", "", "100" },
        { "less", "WebHook-Request-Rate: 99\r\n", "99" },
        { "more", "WebHook-Request-Rate: 101\r\n", "100" },
    };

    open_rig("?webhook_origins=a.example&webhook_rate=100");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[300];

        snprintf(text, sizeof text, ASK FROM("a.example") "%s\r\n",
                 rows[i].request);
        EXPECT_EQ_ROW(rows[i].name, client_ask_once(&peer, &now, text), 200);
        EXPECT_CONSENT_ROW(rows[i].name, "a.example", rows[i].rate);
    }
    rig_close(&now);
}

static void a_request_that_breaks_the_rules_has_no_consent(void)
{
    static const char *const requests[] = {
        ASK "\r\n",
        ASK FROM("") "\r\n",
        ASK FROM("http://a.example") "\r\n",
        ASK FROM("a..example") "\r\n",
        ASK FROM(".a.example") "\r\n",
        ASK FROM("a.example.") "\r\n",
        ASK FROM("a b") "\r\n",
        ASK FROM("a.example,b.example") "\r\n",
        ASK FROM("*") "\r\n",
        ASK FROM("a.example") "WebHook-Request-Rate: 0\r\n\r\n",
        ASK FROM("a.example") "WebHook-Request-Rate: -1\r\n\r\n",
        ASK FROM("a.example") "WebHook-Request-Rate: many\r\n\r\n",
        ASK FROM("a.example") "WebHook-Request-Rate: *\r\n\r\n",
    };

    open_rig("?webhook_origins=*");
    for (size_t i = 0; i < COUNT(requests); i++) {
        EXPECT_EQ_ROW(requests[i], client_ask_once(&peer, &now, requests[i]),
                      400);
        EXPECT_CONTAINS_ROW(requests[i], peer.body, "WebHook-Request-");
        EXPECT_CONSENT_ROW(requests[i], NULL, NULL);
    }
    rig_close(&now);
}

static void consent_is_for_the_path_of_the_source(void)
{
    open_rig("hook?webhook_origins=a.example");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK FROM("a.example") "\r\n"), 404);
    EXPECT_CONSENT(NULL, NULL);
    EXPECT_EQ(client_ask_once(&peer, &now,
                              "OPTIONS /hook?x=1 HTTP/1.1\r\nHost: h\r\n" FROM(
                                  "a.example") "\r\n"),
              200);
    rig_close(&now);
}

static void consent_needs_no_token_but_events_do(void)
{
    open_rig("?webhook_origins=a.example&token=s3cret");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK FROM("a.example") "\r\n"), 200);
    EXPECT_EQ(
        client_ask_once(&peer, &now, EVENT_HEAD FROM("a.example") LENGTH_0),
        401);
    EXPECT_EQ(client_ask_once(
                  &peer, &now,
                  EVENT_HEAD FROM(
                      "a.example") "Authorization: Bearer s3cret\r\n" LENGTH_0),
              202);
    rig_close(&now);
}

/* --- events --- */

static void an_event_needs_an_origin_with_consent(void)
{
    /* HOOK-41 */
    open_rig("?webhook_origins=a.example");
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT), 403);
    EXPECT_EQ(
        client_ask_once(&peer, &now, EVENT_HEAD FROM("b.example") LENGTH_0),
        403);
    EXPECT_EQ(now.arrived, 0);
    EXPECT_EQ(
        client_ask_once(&peer, &now, EVENT_HEAD FROM("a.example") LENGTH_0),
        202);
    EXPECT_EQ(now.arrived, 1);
    rig_close(&now);
}

static void events_above_the_rate_are_429(void)
{
    /* HOOK-33 */
    open_rig("?webhook_origins=a.example,b.example&webhook_rate=3");
    client_open(&peer, &now);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(client_ask(&peer, EVENT_HEAD FROM("a.example") LENGTH_0),
                  202);
    EXPECT_EQ(client_ask(&peer, EVENT_HEAD FROM("a.example") LENGTH_0), 429);
    EXPECT_STR(client_header(&peer, "Retry-After"), "20");
    /* Everybody has a rate of their own. */
    EXPECT_EQ(client_ask(&peer, EVENT_HEAD FROM("b.example") LENGTH_0), 202);
    EXPECT_EQ(now.arrived, 4);
    client_close(&peer);
    rig_close(&now);
}

/* --- consent by a call --- */

static void ask_for_a_call_from(const char *host, const char *url,
                                const char *more)
{
    char text[500];

    snprintf(text, sizeof text,
             ASK FROM("a.example") "WebHook-Request-Callback: %s\r\n%s\r\n",
             url, more);
    client_open_from(&peer, &now, host);
    client_ask(&peer, text);
    client_close(&peer);
}

static void ask_for_a_call(const char *url, const char *more)
{
    ask_for_a_call_from("127.0.0.1", url, more);
}

static void open_caller(const char *query)
{
    open_rig(query);
    server_open(&caller, &now);
}

static void close_caller(void)
{
    server_close(&caller);
    rig_close(&now);
}

static const char *callback_url(void)
{
    static char url[100];

    snprintf(url, sizeof url, "http://127.0.0.1:%u/grant?key=1", caller.port);
    return url;
}

static void who_offers_a_callback_is_called_if_that_is_wanted(void)
{
    /* HOOK-38 */
    open_caller("?webhook_origins=a.example&webhook_rate=10&"
                "webhook_callback=any");
    ask_for_a_call(callback_url(), "WebHook-Request-Rate: 7\r\n");
    EXPECT_EQ(peer.status, 202);
    EXPECT_CONSENT(NULL, NULL);
    EXPECT_STR(client_header(&peer, "Allow"), "POST");
    RIG_UNTIL(&now, caller.answered == 1);
    EXPECT_STARTS(caller.last, "POST /grant?key=1 HTTP/1.1\r\n");
    EXPECT_STR(server_header(&caller, "WebHook-Allowed-Rate"), "7");
    EXPECT_STR(server_header(&caller, "Content-Length"), "0");
    close_caller();
}

static void a_callback_may_be_offered_in_vain(void)
{
    open_caller("?webhook_origins=a.example");
    ask_for_a_call(callback_url(), "");
    EXPECT_EQ(peer.status, 200);
    EXPECT_CONSENT("a.example", "*");
    rig_pass(&now, 30);
    EXPECT_EQ(caller.connections, 0);
    close_caller();
}

static void nobody_else_is_called(void)
{
    open_caller("?webhook_origins=b.example&webhook_callback=any");
    ask_for_a_call(callback_url(), "");
    EXPECT_EQ(peer.status, 403);
    rig_pass(&now, 30);
    EXPECT_EQ(caller.connections, 0);
    close_caller();
}

/* HOOK-41: the URL is a stranger's. */
static void no_call_leads_into_our_own_network(void)
{
    static const char *const refused[] = {
        "http://127.0.0.1:1/", "file:///etc/passwd", "ftp://h/", "/grant", "",
    };
    char url[100];

    open_caller("?webhook_origins=a.example&webhook_callback=https");
    for (size_t i = 0; i < COUNT(refused); i++) {
        ask_for_a_call(refused[i], "");
        EXPECT_EQ_ROW(refused[i], peer.status, 400);
        EXPECT_CONSENT_ROW(refused[i], NULL, NULL);
    }
    ce_log_to(NULL, NULL, CE_ERROR);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", caller.port);
    ask_for_a_call(url, "");
    EXPECT_EQ(peer.status, 202);
    snprintf(url, sizeof url, "https://localhost:%u/", caller.port);
    ask_for_a_call(url, "");
    rig_pass(&now, 100);
    EXPECT_EQ(caller.connections, 0);
    close_caller();
}

static void count_line(ce_level level, const char *text, void *lines)
{
    (void)level;
    *(unsigned *)lines += strstr(text, "webhook callback") != NULL;
}

static void a_redirect_leads_nowhere(void)
{
    char answer[200];

    open_caller("?webhook_origins=a.example&webhook_callback=any");
    snprintf(answer, sizeof answer,
             "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/other\r\n"
             "Content-Length: 0\r\n\r\n",
             caller.port);
    caller.answer = answer;
    ask_for_a_call(callback_url(), "");
    RIG_UNTIL(&now, caller.answered == 1);
    rig_pass(&now, 30);
    EXPECT_EQ(caller.requests, 1);
    close_caller();
}

static int ask_from(const char *host)
{
    ask_for_a_call_from(host, callback_url(), "");
    return peer.status;
}

static void only_so_many_calls_are_under_way(void)
{
    static const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3",
                                         "127.0.0.4" };

    open_caller("?webhook_origins=a.example&webhook_callback=any");
    caller.answer = NULL;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        EXPECT_EQ_ROW(hosts[i], ask_from(hosts[i]), 202);
        EXPECT_EQ_ROW(hosts[i], ask_from(hosts[i]), 202);
        EXPECT_EQ_ROW(hosts[i], ask_from(hosts[i]), 503);
    }
    EXPECT_EQ(ask_from("127.0.0.9"), 503);
    EXPECT_STR(client_header(&peer, "Retry-After"), "10");
    RIG_UNTIL(&now, server_waiting(&caller) == 8);
    caller.answer = ANSWER_202;
    RIG_UNTIL(&now, caller.answered == 8);
    RIG_UNTIL(&now, (ask_for_a_call(callback_url(), ""), peer.status == 202));
    close_caller();
}

static void failed_calls_are_logged_now_and_then(void)
{
    unsigned lines = 0;

    open_caller("?webhook_origins=a.example&webhook_callback=any");
    caller.answer = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    ce_log_to(count_line, &lines, CE_WARN);
    for (unsigned i = 1; i <= 5; i++) {
        ask_for_a_call(callback_url(), "");
        RIG_UNTIL(&now, caller.answered == i);
        rig_pass(&now, 10);
    }
    ce_log_to(NULL, NULL, CE_ERROR);
    EXPECT_EQ(lines, 1);
    close_caller();
}

/* --- configuration --- */

static void options_that_make_no_sense_are_refused(void)
{
    static const char *const queries[] = {
        "?webhook_origins=a.example,",
        "?webhook_origins=",
        "?webhook_origins=https://a.example",
        "?webhook_origins=*.example",
        "?webhook_rate=10",
        "?webhook_callback=any",
    };

    for (size_t i = 0; i < COUNT(queries); i++) {
        ce_error err = { CE_OK, "" };
        char uri[200];

        snprintf(uri, sizeof uri, "http://127.0.0.1:0/%s", queries[i]);
        rig_open(&now);
        EXPECT_STATUS_ROW(queries[i], rig_try_receiver(&now, uri, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(queries[i], err.text, "webhook_");
        rig_close(&now);
    }
}

TESTS("http webhook", TEST(without_origins_options_is_not_allowed),
      TEST(a_known_origin_has_consent_with_a_rate),
      TEST(origins_are_compared_as_a_whole), TEST(a_star_admits_everybody),
      TEST(the_rate_is_the_smaller_one),
      TEST(a_request_that_breaks_the_rules_has_no_consent),
      TEST(consent_is_for_the_path_of_the_source),
      TEST(consent_needs_no_token_but_events_do),
      TEST(an_event_needs_an_origin_with_consent),
      TEST(events_above_the_rate_are_429),
      TEST(who_offers_a_callback_is_called_if_that_is_wanted),
      TEST(a_callback_may_be_offered_in_vain), TEST(nobody_else_is_called),
      TEST(no_call_leads_into_our_own_network), TEST(a_redirect_leads_nowhere),
      TEST(only_so_many_calls_are_under_way),
      TEST(failed_calls_are_logged_now_and_then),
      TEST(options_that_make_no_sense_are_refused))
