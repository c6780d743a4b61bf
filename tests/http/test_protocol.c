/* SPDX-License-Identifier: Apache-2.0 */
/* What RFC 9110 and RFC 9112 demand of every server, seen from its socket. */
#include "tests/http/raw_client.h"

#include <sys/socket.h>

#define LENGTH_0 "Content-Length: 0\r\n"
#define FIELDS_0 EVENT_FIELDS LENGTH_0
#define ASK(line) line " HTTP/1.1\r\nHost: h\r\n\r\n"

static rig now;
static client peer;

static void open_rig(const char *query)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
}

/* The connection may be kept for more, or has to end with the answer. */
typedef enum what_then { KEPT, CLOSED } what_then;

static const struct {
    const char *name, *request;
    int status;
    what_then then;
} rows[] = {
    /* RFC 9112 3.2: the forms of a target. */
    { "a path", "POST /events HTTP/1.1\r\n" FIELDS_0 "\r\n", 202, KEPT },
    { "a URL", "POST http://h:1/events HTTP/1.1\r\n" FIELDS_0 "\r\n", 202,
      KEPT },
    { "a URL of another host",
      "POST http://other.example/events HTTP/1.1\r\n" FIELDS_0 "\r\n", 202,
      KEPT },
    { "a URL in capitals with a query",
      "POST HTTP://H/events?a=b HTTP/1.1\r\n" FIELDS_0 "\r\n", 202, KEPT },
    { "a URL of https", "POST https://h/events HTTP/1.1\r\n" FIELDS_0 "\r\n",
      202, KEPT },
    { "a URL with another path",
      "POST http://h/other HTTP/1.1\r\n" FIELDS_0 "\r\n", 404, KEPT },
    { "a URL without a path", "POST http://h HTTP/1.1\r\n" FIELDS_0 "\r\n", 404,
      KEPT },
    { "a URL without a host",
      "POST http:///events HTTP/1.1\r\n" FIELDS_0 "\r\n", 400, CLOSED },
    { "another scheme", "POST ftp://h/events HTTP/1.1\r\n" FIELDS_0 "\r\n", 400,
      CLOSED },
    { "no path", "POST events HTTP/1.1\r\n" FIELDS_0 "\r\n", 400, CLOSED },
    { "a star for POST", "POST * HTTP/1.1\r\n" FIELDS_0 "\r\n", 400, CLOSED },
    { "cookies like no other",
      "POST /events HTTP/1.1\r\nCookie: a b; =; c=\"d\r\n" FIELDS_0 "\r\n", 202,
      KEPT },
    { "a star for CONNECT", ASK("CONNECT *"), 400, CLOSED },
    { "OPTIONS of the server", ASK("OPTIONS *"), 200, KEPT },
    /* RFC 9112 3.2: Host. */
    { "no Host", "POST /events HTTP/1.1\r\n" LENGTH_0 "\r\n", 400, CLOSED },
    { "two Hosts", "POST /events HTTP/1.1\r\nHost: h\r\n" FIELDS_0 "\r\n", 400,
      CLOSED },
    { "an empty Host", "GET /events HTTP/1.1\r\nHost:\r\n\r\n", 405, KEPT },
    { "Host with a port", "GET /events HTTP/1.1\r\nHost: a.b:80\r\n\r\n", 405,
      KEPT },
    { "Host of IPv6", "GET /events HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 405,
      KEPT },
    { "a blank in Host", "GET /events HTTP/1.1\r\nHost: a b\r\n\r\n", 400,
      CLOSED },
    { "a path in Host", "GET /events HTTP/1.1\r\nHost: a/b\r\n\r\n", 400,
      CLOSED },
    { "a user in Host", "GET /events HTTP/1.1\r\nHost: u@h\r\n\r\n", 400,
      CLOSED },
    { "a port in Host that is none",
      "GET /events HTTP/1.1\r\nHost: h:8x\r\n\r\n", 400, CLOSED },
    { "half an address in Host", "GET /events HTTP/1.1\r\nHost: [::1\r\n\r\n",
      400, CLOSED },
    /* RFC 9110 9.1: methods, in their case. */
    { "GET", ASK("GET /events"), 405, KEPT },
    { "DELETE", ASK("DELETE /events"), 405, KEPT },
    { "TRACE", ASK("TRACE /events"), 405, KEPT },
    { "an unknown method", ASK("BREW /events"), 405, KEPT },
    { "a method in lower case", "post /events HTTP/1.1\r\n" FIELDS_0 "\r\n",
      405, KEPT },
    { "OPTIONS", ASK("OPTIONS /events"), 405, KEPT },
    /* RFC 9112 9.3, 9.6: how long a connection lives. */
    { "close", "POST /events HTTP/1.1\r\nConnection: close\r\n" FIELDS_0 "\r\n",
      202, CLOSED },
    { "close in a list, in capitals",
      "POST /events HTTP/1.1\r\nConnection: x, CLOSE\r\n" FIELDS_0 "\r\n", 202,
      CLOSED },
    { "keep-alive",
      "POST /events HTTP/1.1\r\nConnection: keep-alive\r\n" FIELDS_0 "\r\n",
      202, KEPT },
    { "HTTP/1.0", "POST /events HTTP/1.0\r\n" FIELDS_0 "\r\n", 202, CLOSED },
    { "HTTP/1.0 without Host",
      "GET /events HTTP/1.0\r\nConnection: close\r\n\r\n", 405, CLOSED },
    { "HTTP/1.0, kept",
      "POST /events HTTP/1.0\r\nConnection: Keep-Alive\r\n" FIELDS_0 "\r\n",
      202, KEPT },
    /* RFC 9110 2.5: a higher minor version is read as the highest known. */
    { "HTTP/1.2", "POST /events HTTP/1.2\r\n" FIELDS_0 "\r\n", 202, KEPT },
    { "HTTP/3.0", "POST /events HTTP/3.0\r\n" FIELDS_0 "\r\n", 505, CLOSED },
    /* RFC 9110 10.1.1. */
    { "an unknown expectation",
      "POST /events HTTP/1.1\r\nExpect: x\r\n" FIELDS_0 "\r\n", 417, CLOSED },
    /* RFC 9112 6: framing. */
    { "a negative length", EVENT_HEAD "Content-Length: -1\r\n\r\n", 400,
      CLOSED },
    { "no end of digits",
      EVENT_HEAD "Content-Length: 99999999999999999999999\r\n\r\n", 413,
      CLOSED },
    { "chunks in HTTP/1.0",
      "POST /events HTTP/1.0\r\n" EVENT_FIELDS
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400, CLOSED },
    /* RFC 9110 8.3. */
    { "two content types",
      "POST /events HTTP/1.1\r\nContent-Type: a/b\r\nContent-Type: "
      "a/b\r\n" FIELDS_0 "\r\n",
      400, KEPT },
};

/* RFC 9110 6.6.1, 8.6: Date, and the length of what follows. */
static void look_at_fields(const char *name)
{
    EXPECT_ROW(name, client_header(&peer, "Date") != NULL);
    EXPECT_ROW(name, client_header(&peer, "Content-Length") != NULL);
    /* RFC 9110 15.5.6 */
    if (peer.status == 405)
        EXPECT_STR_ROW(name, client_header(&peer, "Allow"), "POST");
}

static void look_at_connection(const char *name, what_then then)
{
    if (then == CLOSED) {
        EXPECT_STR_ROW(name, client_header(&peer, "Connection"), "close");
        EXPECT_EQ_ROW(name, client_answer(&peer), 0);
        EXPECT_ROW(name, peer.ended);
    } else {
        EXPECT_EQ_ROW(
            name,
            client_ask(&peer, "POST /events HTTP/1.1\r\n" FIELDS_0 "\r\n"),
            202);
    }
}

static void every_request_has_one_answer(void)
{
    open_rig("/events");
    for (size_t i = 0; i < COUNT(rows); i++) {
        client_open(&peer, &now);
        EXPECT_EQ_ROW(rows[i].name, client_ask(&peer, rows[i].request),
                      rows[i].status);
        look_at_fields(rows[i].name);
        look_at_connection(rows[i].name, rows[i].then);
        client_close(&peer);
    }
    rig_close(&now);
}

/* RFC 9110 9.3.2: what HEAD gets is what GET gets, without the body. */
static void head_has_no_body(void)
{
    static const char *const requests[] = {
        ASK("HEAD /events"),
        "HEAD /events HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n",
    };

    open_rig("/events");
    for (size_t i = 0; i < COUNT(requests); i++) {
        client_open(&peer, &now);
        client_send(&peer, requests[i]);
        while (!strstr(peer.in, "\r\n\r\n") && !peer.ended)
            if (!client_read(&peer))
                uv_run(ce_loop_uv(now.loop), UV_RUN_ONCE);
        rig_pass(&now, 20);
        client_read(&peer);
        EXPECT_STARTS(peer.in, "HTTP/1.1 405 ");
        EXPECT_CONTAINS(peer.in, "Content-Length: 1");
        EXPECT_STR(strstr(peer.in, "\r\n\r\n"), "\r\n\r\n");
        client_close(&peer);
    }
    rig_close(&now);
}

/* RFC 9110 15.2.1: no 100 for a client of HTTP/1.0. */
static void a_body_is_asked_for_where_the_client_waits(void)
{
    open_rig("/events");
    client_open(&peer, &now);
    client_send(&peer, "POST /events HTTP/1.1\r\n" EVENT_FIELDS
                       "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client_answer(&peer), 100);
    EXPECT_EQ(client_ask(&peer, "{}"), 202);
    client_close(&peer);
    client_open(&peer, &now);
    client_send(&peer, "POST /events HTTP/1.0\r\n" EVENT_FIELDS
                       "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(client_answer(&peer), 202);
    client_close(&peer);
    rig_close(&now);
}

/* The second one is read, too, when the first is refused. Where no body is due
 * 100 may be left out, as libmicrohttpd 1.0 does. */
static void an_expectation_may_stand_before_another_request(void)
{
    int status;

    open_rig("/events");
    client_open(&peer, &now);
    client_send(&peer, "POST /events HTTP/1.1\r\nHost: h\r\n"
                       "ce-id: 1\r\nce-specversion: 1.0\r\n"
                       "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"
                       "POST /events HTTP/1.1\r\n" FIELDS_0 "\r\n");
    status = client_answer(&peer);
    EXPECT_EQ(status == 100 ? client_answer(&peer) : status, 400);
    EXPECT_EQ(client_answer(&peer), 202);
    client_close(&peer);
    rig_close(&now);
}

/* Beside another connection: libmicrohttpd reads from all but the oldest before
 * it answers. Also after a request that was kept waiting. */
static void who_has_ended_its_side_is_answered(void)
{
    static const char *const requests[] = {
        EVENT,
        EVENT EVENT,
        EVENT_HEAD "Content-Length: 5\r\n\r\nhello",
        EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    };
    client older;

    open_rig("/");
    now.hold = true;
    client_open(&older, &now);
    for (size_t i = 0; i < COUNT(requests); i++) {
        client_open(&peer, &now);
        client_send(&peer, requests[i]);
        REQUIRE_EQ(shutdown(peer.fd, SHUT_WR), 0);
        for (unsigned count = 1 + (i == 1); count > 0; count--) {
            RIG_UNTIL(&now, now.holding == 1);
            rig_settle(&now, ce_result_ack());
            EXPECT_EQ_ROW(requests[i], client_answer(&peer), 202);
        }
        EXPECT_ROW(requests[i], client_ends(&peer));
        client_close(&peer);
    }
    client_close(&older);
    rig_close(&now);
}

/* A refusal by the library itself is the only answer too, and a client that
 * goes on to write does not lose it. */
static void a_refusal_reaches_who_writes_first(void)
{
    static char filler[1 << 20];
    static const struct {
        const char *name, *head;
        int status;
    } kinds[] = {
        { "a length", EVENT_HEAD "Content-Length: -1\r\n\r\n", 400 },
        { "a Host", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 400 },
        { "a chunk", EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
          400 },
        { "a header", EVENT_HEAD "X-A: ", 431 },
        { "a target", "POST /", 414 },
    };

    memset(filler, 'a', sizeof filler);
    open_rig("/");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        client_open(&peer, &now);
        client_send(&peer, kinds[i].head);
        client_send_bytes(&peer, filler, sizeof filler);
        EXPECT_EQ_ROW(kinds[i].name, client_answer(&peer), kinds[i].status);
        EXPECT_EQ_ROW(kinds[i].name, client_answer(&peer), 0);
        EXPECT_ROW(kinds[i].name, !strstr(peer.in, "HTTP/1.1"));
        client_close(&peer);
    }
    rig_close(&now);
}

TESTS("http protocol", TEST(every_request_has_one_answer),
      TEST(head_has_no_body), TEST(a_body_is_asked_for_where_the_client_waits),
      TEST(an_expectation_may_stand_before_another_request),
      TEST(who_has_ended_its_side_is_answered),
      TEST(a_refusal_reaches_who_writes_first))
