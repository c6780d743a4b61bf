/* SPDX-License-Identifier: Apache-2.0 */
/* Who else may ask at the port of a source: pages in browsers, and load
 * balancers. */
#include "tests/http/raw_client.h"

#define ASK(line, fields) line " HTTP/1.1\r\nHost: h\r\n" fields "\r\n"
#define PREFLIGHT(origin)                                                      \
    ASK("OPTIONS /e", "Origin: " origin "\r\n"                                 \
                      "Access-Control-Request-Method: POST\r\n"                \
                      "Access-Control-Request-Headers: ce-id, x-a\r\n")
#define EVENT_FROM(origin)                                                     \
    "POST /e HTTP/1.1\r\n" EVENT_FIELDS "Origin: " origin "\r\n"               \
    "Content-Length: 0\r\n\r\n"
#define ALLOW_ORIGIN "Access-Control-Allow-Origin"
#define ALLOW_HEADERS "Access-Control-Allow-Headers"

static rig now;
static client peer;

static void open_rig(const char *query)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0/e%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
}

/* --- browsers --- */

static void a_page_is_told_what_it_may_do(void)
{
    static const struct {
        const char *name, *query, *request;
        int status;
        const char *origin, *headers; /* that are allowed */
    } rows[] = {
        { "the origin", "?cors_origins=https://a.example",
          PREFLIGHT("https://a.example"), 204, "https://a.example",
          "ce-id, x-a" },
        { "the second", "?cors_origins=https://b,http://a.example:81",
          PREFLIGHT("http://a.example:81"), 204, "http://a.example:81",
          "ce-id, x-a" },
        { "any", "?cors_origins=*", PREFLIGHT("https://a.example"), 204, "*",
          "ce-id, x-a" },
        { "another", "?cors_origins=https://a.example",
          PREFLIGHT("https://a.example.org"), 403, NULL, NULL },
        { "another scheme", "?cors_origins=https://a.example",
          PREFLIGHT("http://a.example"), 403, NULL, NULL },
        { "another port", "?cors_origins=https://a.example",
          PREFLIGHT("https://a.example:1"), 403, NULL, NULL },
        { "none", "", PREFLIGHT("https://a.example"), 405, NULL, NULL },
        { "with a token", "?cors_origins=*&token=t",
          PREFLIGHT("https://a.example"), 204, "*", "ce-id, x-a" },
        { "no preflight", "?cors_origins=*", ASK("OPTIONS /e", ""), 200, NULL,
          NULL },
        { "beside webhooks", "?cors_origins=*&webhook_origins=*",
          PREFLIGHT("https://a.example"), 204, "*", "ce-id, x-a" },
        { "a webhook beside", "?cors_origins=*&webhook_origins=*",
          ASK("OPTIONS /e", "WebHook-Request-Origin: a.example\r\n"), 200, NULL,
          NULL },
        { "an event", "?cors_origins=https://a.example",
          EVENT_FROM("https://a.example"), 202, "https://a.example", NULL },
        { "an event from elsewhere", "?cors_origins=https://a.example",
          EVENT_FROM("https://b.example"), 202, NULL, NULL },
        { "an event without a token", "?cors_origins=*&token=t",
          EVENT_FROM("https://a.example"), 401, "*", NULL },
        { "a body that is too large", "?cors_origins=*&max_event_bytes=1KiB",
          "POST /e HTTP/1.1\r\n" EVENT_FIELDS "Origin: https://a.example\r\n"
          "Content-Length: 9000000\r\n\r\n",
          413, "*", NULL },
        { "another path", "?cors_origins=*",
          ASK("GET /", "Origin: https://a.example\r\n"), 404, "*", NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        open_rig(rows[i].query);
        EXPECT_EQ_ROW(rows[i].name,
                      client_ask_once(&peer, &now, rows[i].request),
                      rows[i].status);
        EXPECT_STR_ROW(rows[i].name, client_header(&peer, ALLOW_ORIGIN),
                       rows[i].origin);
        EXPECT_STR_ROW(rows[i].name, client_header(&peer, ALLOW_HEADERS),
                       rows[i].headers);
        rig_close(&now);
    }
}

static void caches_learn_that_the_origin_matters(void)
{
    open_rig("?cors_origins=https://a.example");
    client_ask_once(&peer, &now, EVENT_FROM("https://a.example"));
    EXPECT_STR(client_header(&peer, "Vary"), "Origin");
    EXPECT_STR(client_header(&peer, "Access-Control-Expose-Headers"), "*");
    rig_close(&now);
    open_rig("?cors_origins=*");
    client_ask_once(&peer, &now, EVENT_FROM("https://a.example"));
    EXPECT_STR(client_header(&peer, "Vary"), NULL);
    EXPECT_EQ(client_ask_once(&peer, &now, ASK("GET /e", "")), 405);
    EXPECT_STR(client_header(&peer, "Allow"), "POST, OPTIONS");
    rig_close(&now);
}

static void options_that_cannot_work_are_errors(void)
{
    static const struct {
        const char *query, *why;
    } rows[] = {
        { "?cors_origins=a.example", "cors_origins: \"a.example\"" },
        { "?cors_origins=https://a/b", "cors_origins: \"https://a/b\"" },
        { "?cors_origins=https://", "cors_origins: \"https://\"" },
        { "?cors_origins=*,", "cors_origins: \"\"" },
        { "?health_path=healthz", "health_path: \"healthz\"" },
        { "?health_path=/e", "the path of the events" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char uri[200];
        ce_error err;

        snprintf(uri, sizeof uri, "http://127.0.0.1:0/e%s", rows[i].query);
        rig_open(&now);
        EXPECT_STATUS_ROW(rows[i].query, rig_try_receiver(&now, uri, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].query, err.text, rows[i].why);
        rig_close(&now);
    }
}

/* --- load balancers --- */

static bool is_ready(ce_receiver *r, void *arg)
{
    (void)r;
    return *(bool *)arg;
}

static void the_health_path_says_whether_events_may_come(void)
{
    bool ready = true;

    open_rig("?health_path=/healthz&token=t");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK("GET /healthz", "")), 200);
    now.receiver->ready = is_ready;
    now.receiver->ready_arg = &ready;
    EXPECT_EQ(client_ask_once(&peer, &now, ASK("GET /healthz?x", "")), 200);
    EXPECT(client_says(&peer, "ready"));
    EXPECT_EQ(client_ask_once(&peer, &now, ASK("POST /healthz", "")), 405);
    EXPECT_STR(client_header(&peer, "Allow"), "GET, HEAD");
    ready = false;
    EXPECT_EQ(client_ask_once(&peer, &now, ASK("GET /healthz", "")), 503);
    EXPECT_STR(client_header(&peer, "Retry-After"), "1");
    client_open(&peer, &now);
    client_send(&peer, "HEAD /healthz HTTP/1.1\r\nHost: h\r\n"
                       "Connection: close\r\n\r\n");
    EXPECT(client_ends(&peer));
    EXPECT_STARTS(peer.in, "HTTP/1.1 503 ");
    EXPECT_STR(strstr(peer.in, "\r\n\r\n"), "\r\n\r\n");
    client_close(&peer);
    rig_close(&now);
    open_rig("");
    EXPECT_EQ(client_ask_once(&peer, &now, ASK("GET /healthz", "")), 404);
    rig_close(&now);
}

TESTS("http admission", TEST(a_page_is_told_what_it_may_do),
      TEST(caches_learn_that_the_origin_matters),
      TEST(options_that_cannot_work_are_errors),
      TEST(the_health_path_says_whether_events_may_come))
