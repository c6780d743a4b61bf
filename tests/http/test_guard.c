/* SPDX-License-Identifier: Apache-2.0 */
/* What two servers may read in two ways is refused, and the connection ends;
 * what is unusual but clear is taken. */
#include "tests/http/raw_client.h"

#define END "Content-Length: 0\r\n\r\n"

typedef struct row {
    const char *name, *request;
    size_t len; /* 0: up to the NUL */
} row;

static rig now;
static client peer;

static void open_rig(void)
{
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0");
}

static const row refused[] = {
    { "two different lengths",
      EVENT_HEAD "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 0 },
    { "two equal lengths",
      EVENT_HEAD "Content-Length: 1\r\ncontent-length: 1\r\n\r\nx", 0 },
    { "a list of lengths", EVENT_HEAD "Content-Length: 1, 1\r\n\r\nx", 0 },
    { "a length with a sign", EVENT_HEAD "Content-Length: +1\r\n\r\nx", 0 },
    { "a negative length", EVENT_HEAD "Content-Length: -1\r\n\r\nx", 0 },
    { "a hexadecimal length", EVENT_HEAD "Content-Length: 0x1\r\n\r\nx", 0 },
    { "no length at all", EVENT_HEAD "Content-Length:\r\n\r\n", 0 },
    { "a length, then a coding",
      EVENT_HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "0\r\n\r\n",
      0 },
    { "a coding, then a length",
      EVENT_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
                 "0\r\n\r\n",
      0 },
    { "an unknown coding",
      EVENT_HEAD "Transfer-Encoding: rot13\r\n\r\n0\r\n\r\n", 0 },
    { "two codings in one header",
      EVENT_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0 },
    { "chunked, almost",
      EVENT_HEAD "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0 },
    { "two codings",
      EVENT_HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
                 "\r\n0\r\n\r\n",
      0 },
    { "a bare line feed after a header", EVENT_HEAD "X-A: a\nX-B: b\r\n" END,
      0 },
    { "a bare line feed after the request line",
      "POST / HTTP/1.1\nHost: h\r\n" END, 0 },
    { "a bare line feed after the last header",
      EVENT_HEAD "Content-Length: 0\n\r\n", 0 },
    { "a bare line feed at the end", EVENT_HEAD "Content-Length: 0\r\n\n", 0 },
    { "only bare line feeds",
      "POST / HTTP/1.1\nHost: h\nce-specversion: 1.0\nce-id: 1\nce-type: t\n"
      "ce-source: /s\nContent-Length: 0\n\n",
      0 },
    { "a folded header", EVENT_HEAD "X-A: a\r\n b\r\n" END, 0 },
    { "a header folded with a tab", EVENT_HEAD "X-A: a\r\n\tb\r\n" END, 0 },
    { "a folded last header", EVENT_HEAD "Content-Length: 0\r\n 1\r\n\r\n", 0 },
    { "a folded first header", "POST / HTTP/1.1\r\n X-A: a\r\nHost: h\r\n" END,
      0 },
    { "a lone CR in a value", EVENT_HEAD "X-A: a\rb\r\n" END, 0 },
    { "a lone CR at the end of a value", EVENT_HEAD "X-A: a\r\r\n" END, 0 },
    { "a NUL in a value", EVENT_HEAD "X-A: a\0b\r\n" END,
      sizeof EVENT_HEAD "X-A: a\0b\r\n" END - 1 },
    { "a NUL at the end of a value", EVENT_HEAD "X-A: a\0\r\n" END,
      sizeof EVENT_HEAD "X-A: a\0\r\n" END - 1 },
    { "a NUL in the last value",
      EVENT_HEAD "Content-Length: 0\r\nX-A: a\0b\r\n\r\n",
      sizeof EVENT_HEAD "Content-Length: 0\r\nX-A: a\0b\r\n\r\n" - 1 },
    { "a NUL in a name", EVENT_HEAD "X-\0A: a\r\n" END,
      sizeof EVENT_HEAD "X-\0A: a\r\n" END - 1 },
    { "another control character in a value", EVENT_HEAD "X-A: a\x01z\r\n" END,
      0 },
    { "DEL in a value", EVENT_HEAD "X-A: a\x7fz\r\n" END, 0 },
    { "a space before the colon", EVENT_HEAD "X-A : a\r\n" END, 0 },
    { "a space in a name", EVENT_HEAD "X A: a\r\n" END, 0 },
    { "an empty name", EVENT_HEAD ": a\r\n" END, 0 },
    { "a line without a colon", EVENT_HEAD "X-A\r\n" END, 0 },
    { "no Host", "POST / HTTP/1.1\r\n" END, 0 },
    { "two Hosts", EVENT_HEAD "Host: other\r\n" END, 0 },
    { "a coding in HTTP/1.0",
      "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\n",
      0 },
    { "an encoded NUL in the target", "POST /%00 HTTP/1.1\r\n" EVENT_FIELDS END,
      0 },
    { "a tab in the target", "POST /a\tb HTTP/1.1\r\n" EVENT_FIELDS END, 0 },
    { "a chunk size that is no number",
      EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 0 },
};

static void what_is_unclear_is_400_and_the_connection_ends(void)
{
    open_rig();
    for (size_t i = 0; i < COUNT(refused); i++) {
        const row *one = &refused[i];
        size_t len = one->len ? one->len : strlen(one->request);

        client_open(&peer, &now);
        client_send_bytes(&peer, one->request, len);
        /* What would be taken for a second request must have no effect. */
        client_send(&peer, EVENT);
        EXPECT_EQ_ROW(one->name, client_answer(&peer), 400);
        EXPECT_EQ_ROW(one->name, client_answer(&peer), 0);
        EXPECT_ROW(one->name, peer.ended);
        client_close(&peer);
        EXPECT_EQ_ROW(one->name, now.arrived, 0);
        now.arrived = 0;
    }
    rig_close(&now);
}

static void it_does_not_matter_in_which_pieces_it_comes(void)
{
    open_rig();
    for (size_t i = 0; i < COUNT(refused); i++) {
        const row *one = &refused[i];
        size_t len = one->len ? one->len : strlen(one->request);

        client_open(&peer, &now);
        for (size_t at = 0; at < len; at += 7) {
            client_send_bytes(&peer, one->request + at,
                              len - at < 7 ? len - at : 7);
            uv_run(ce_loop_uv(now.loop), UV_RUN_NOWAIT);
        }
        EXPECT_EQ_ROW(one->name, client_answer(&peer), 400);
        client_close(&peer);
        EXPECT_EQ_ROW(one->name, now.arrived, 0);
        now.arrived = 0;
    }
    rig_close(&now);
}

static void what_is_unusual_but_clear_is_taken(void)
{
    static const row taken[] = {
        { "usual", EVENT, 0 },
        { "no space after the colon", EVENT_HEAD "X-A:a\r\n" END, 0 },
        { "a tab after the colon", EVENT_HEAD "X-A:\ta\r\n" END, 0 },
        { "blanks around a value", EVENT_HEAD "X-A: \t a \t \r\n" END, 0 },
        { "blanks before the last value",
          EVENT_HEAD "Content-Length:  0\r\n\r\n", 0 },
        { "a tab in a value", EVENT_HEAD "X-A: a\tb\r\n" END, 0 },
        { "an empty value", EVENT_HEAD "X-A:\r\n" END, 0 },
        { "an empty value with blanks", EVENT_HEAD "X-A:   \r\n" END, 0 },
        { "an empty last value", EVENT_HEAD "Content-Length: 0\r\nX-A:\r\n\r\n",
          0 },
        { "all characters of a token",
          EVENT_HEAD "!#$%&'*+-.^_`|~09azAZ: a\r\n" END, 0 },
        { "bytes above 127 in a value", EVENT_HEAD "X-A: \xc3\xa9\r\n" END, 0 },
        { "chunked", EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          0 },
        { "chunked, in capitals",
          EVENT_HEAD "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 0 },
        { "encoded characters in the target",
          "POST /a%20b/%e2%82%ac HTTP/1.1\r\n" EVENT_FIELDS END, 0 },
        { "a query", "POST /?a=b&c HTTP/1.1\r\n" EVENT_FIELDS END, 0 },
        /* RFC 9112 2.2: a server should ignore at least one. */
        { "an empty line before the request", "\r\n" EVENT, 0 },
    };

    open_rig();
    for (size_t i = 0; i < COUNT(taken); i++) {
        const row *one = &taken[i];

        now.arrived = 0;
        client_open(&peer, &now);
        EXPECT_EQ_ROW(one->name, client_ask(&peer, one->request), 202);
        EXPECT_EQ_ROW(one->name, now.arrived, 1);
        client_close(&peer);
    }
    rig_close(&now);
}

static void a_refusal_says_why_in_json(void)
{
    open_rig();
    EXPECT_EQ(client_ask_once(&peer, &now, EVENT_HEAD "X-A: a\x7fz\r\n" END),
              400);
    EXPECT_STR(client_header(&peer, "Content-Type"),
               "application/problem+json");
    EXPECT_STR(client_header(&peer, "Connection"), "close");
    EXPECT_CONTAINS(peer.body, "\"status\":400");
    EXPECT_CONTAINS(peer.body, "control character");
    rig_close(&now);
}

/* libmicrohttpd ends some of these without an answer. */
static void a_request_line_has_three_words(void)
{
    static const row rows[] = {
        { "no version", "POST /\r\n" EVENT_FIELDS END, 0 },
        { "no target", "POST HTTP/1.1\r\n" EVENT_FIELDS END, 0 },
        { "one word", "POST\r\n" EVENT_FIELDS END, 0 },
        { "a blank in the target", "POST /a b HTTP/1.1\r\n" EVENT_FIELDS END,
          0 },
        { "two blanks before the version",
          "POST /  HTTP/1.1\r\n" EVENT_FIELDS END, 0 },
        { "no version that is known", "POST / HTTP/9.9\r\n" EVENT_FIELDS END,
          0 },
        { "a NUL in the target", "POST /\0x HTTP/1.1\r\n" EVENT_FIELDS END,
          sizeof "POST /\0x HTTP/1.1\r\n" EVENT_FIELDS END - 1 },
        { "a NUL in the query", "POST /?a=\0b HTTP/1.1\r\n" EVENT_FIELDS END,
          sizeof "POST /?a=\0b HTTP/1.1\r\n" EVENT_FIELDS END - 1 },
    };

    open_rig();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *request = rows[i].request;

        client_open(&peer, &now);
        client_send_bytes(&peer, request,
                          rows[i].len ? rows[i].len : strlen(request));
        client_answer(&peer);
        EXPECT_ROW(rows[i].name, peer.status == 0 || peer.status >= 400);
        EXPECT_ROW(rows[i].name, client_ends(&peer));
        client_close(&peer);
        EXPECT_EQ_ROW(rows[i].name, now.arrived, 0);
    }
    rig_close(&now);
}

TESTS("http guard", TEST(what_is_unclear_is_400_and_the_connection_ends),
      TEST(it_does_not_matter_in_which_pieces_it_comes),
      TEST(what_is_unusual_but_clear_is_taken),
      TEST(a_refusal_says_why_in_json), TEST(a_request_line_has_three_words))
