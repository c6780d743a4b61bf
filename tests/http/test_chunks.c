/* SPDX-License-Identifier: Apache-2.0 */
/* Where two servers may see the end of a body in chunks (RFC 9112 7) in two
 * places, nothing that stands behind it is served. */
#include "tests/http/raw_client.h"

#define CHUNKED EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n"

static rig now;
static client peer;

typedef struct row {
    const char *name, *body;
    size_t len; /* 0: up to the NUL */
} row;

#define WITH_NUL(text) text, sizeof(text) - 1

static const row unclear[] = {
    { "LF behind a size", "2\n{}\r\n0\r\n\r\n", 0 },
    { "CR behind a size", "2\r{}\r\n0\r\n\r\n", 0 },
    { "LF behind data", "2\r\n{}\n0\r\n\r\n", 0 },
    { "CR behind data", "2\r\n{}\r0\r\n\r\n", 0 },
    { "nothing behind data", "2\r\n{}0\r\n\r\n", 0 },
    { "more data than its size", "1\r\n{}\r\n0\r\n\r\n", 0 },
    { "LF behind the last size", "2\r\n{}\r\n0\n\r\n", 0 },
    { "LF at the end", "2\r\n{}\r\n0\r\n\n", 0 },
    { "only LF", "2\n{}\n0\n\n", 0 },
    { "no size", "\r\n{}\r\n0\r\n\r\n", 0 },
    { "a size in words", "two\r\n{}\r\n0\r\n\r\n", 0 },
    { "a size with 0x", "0x2\r\n{}\r\n0\r\n\r\n", 0 },
    { "a size with a sign", "+2\r\n{}\r\n0\r\n\r\n", 0 },
    { "a negative size", "-2\r\n{}\r\n0\r\n\r\n", 0 },
    { "a blank before a size", " 2\r\n{}\r\n0\r\n\r\n", 0 },
    { "a blank behind a size", "2 \r\n{}\r\n0\r\n\r\n", 0 },
    { "a tab behind a size", "2\t\r\n{}\r\n0\r\n\r\n", 0 },
    { "a size beyond 64 bits", "10000000000000002\r\n{}\r\n0\r\n\r\n", 0 },
    { "two sizes", "2,2\r\n{}\r\n0\r\n\r\n", 0 },
    { "LF in an extension", "2;a\n{}\r\n0\r\n\r\n", 0 },
    { "LF in a quoted extension", "2;a=\"\n\"\r\n{}\r\n0\r\n\r\n", 0 },
    { "CR in an extension", "2;a\rb\r\n{}\r\n0\r\n\r\n", 0 },
    { "a NUL in an extension", WITH_NUL("2;a\0b\r\n{}\r\n0\r\n\r\n") },
    { "LF in the extension of the last", "2\r\n{}\r\n0;a\n\r\n", 0 },
    { "LF behind a trailer", "2\r\n{}\r\n0\r\nX-A: b\n\r\n", 0 },
    { "LF at the end of a trailer", "2\r\n{}\r\n0\r\nX-A: b\r\n\n", 0 },
    { "a lone CR in a trailer", "2\r\n{}\r\n0\r\nX-A: b\rc\r\n\r\n", 0 },
    { "a folded trailer", "2\r\n{}\r\n0\r\nX-A: b\r\n c\r\n\r\n", 0 },
    { "a NUL in a trailer", WITH_NUL("2\r\n{}\r\n0\r\nX-A: b\0c\r\n\r\n") },
    { "a trailer without a colon", "2\r\n{}\r\n0\r\nX-A\r\n\r\n", 0 },
    { "a blank before a trailer's colon", "2\r\n{}\r\n0\r\nX-A : b\r\n\r\n",
      0 },
    { "a trailer without a name", "2\r\n{}\r\n0\r\n: b\r\n\r\n", 0 },
    { "a length in the trailer", "2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n",
      0 },
    { "a coding in the trailer",
      "2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", 0 },
    { "a host in the trailer", "2\r\n{}\r\n0\r\nHost: h\r\n\r\n", 0 },
};

static void send_row(const row *one)
{
    client_send(&peer, CHUNKED);
    client_send_bytes(&peer, one->body,
                      one->len ? one->len : strlen(one->body));
}

static unsigned count_answers(void)
{
    unsigned count = 0;

    while (client_answer(&peer) != 0)
        count++;
    return count;
}

static void open_rig(void)
{
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0");
}

static void nothing_is_served_behind_what_is_unclear(void)
{
    open_rig();
    for (size_t i = 0; i < COUNT(unclear); i++) {
        now.arrived = 0;
        client_open(&peer, &now);
        send_row(&unclear[i]);
        client_send(&peer, EVENT);
        EXPECT_EQ_ROW(unclear[i].name, count_answers(), 1);
        EXPECT_ROW(unclear[i].name, peer.ended);
        EXPECT_CMP_ROW(unclear[i].name, now.arrived, <=, 1);
        client_close(&peer);
    }
    rig_close(&now);
}

/* The same request comes later, as if it were a proxy's next. */
static void nor_on_the_same_connection_later(void)
{
    open_rig();
    for (size_t i = 0; i < COUNT(unclear); i++) {
        client_open(&peer, &now);
        send_row(&unclear[i]);
        client_answer(&peer);
        now.arrived = 0;
        client_send(&peer, EVENT);
        EXPECT_EQ_ROW(unclear[i].name, count_answers(), 0);
        EXPECT_EQ_ROW(unclear[i].name, now.arrived, 0);
        client_close(&peer);
    }
    rig_close(&now);
}

/* A connection is never kept with a library that does not look at the lines
 * between chunks. */
static void what_is_clear_is_one_event(void)
{
    static const row clear[] = {
        { "one chunk", "2\r\n{}\r\n0\r\n\r\n", 0 },
        { "two chunks", "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 0 },
        { "none", "0\r\n\r\n", 0 },
        { "zeros before a size", "0002\r\n{}\r\n000\r\n\r\n", 0 },
        { "a trailer", "2\r\n{}\r\n0\r\nX-A: b\r\nX-B:\tc\r\n\r\n", 0 },
    };

    open_rig();
    for (size_t i = 0; i < COUNT(clear); i++) {
        now.arrived = 0;
        client_open(&peer, &now);
        send_row(&clear[i]);
        EXPECT_EQ_ROW(clear[i].name, client_answer(&peer), 202);
        EXPECT_EQ_ROW(clear[i].name, now.arrived, 1);
        client_close(&peer);
    }
    rig_close(&now);
}

/* --- lines without end --- */

static const char *const long_lines[] = { "2;", "0", "2\r\nxx\r\n1;" };

static void send_long_line(client *c, const char *head, const char *start)
{
    static char zeros[20000];

    memset(zeros, '0', sizeof zeros);
    client_send(c, head);
    client_send(c, "Transfer-Encoding: chunked\r\n\r\n");
    client_send(c, start);
    client_send_bytes(c, zeros, sizeof zeros);
}

/* The older library would ask for runs without end. The newer one has an answer
 * of its own to some: 413. */
static void a_line_that_fills_the_buffer_is_refused(void)
{
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/?max_header_bytes=4KiB");
    for (size_t i = 0; i < COUNT(long_lines); i++) {
        client_open(&peer, &now);
        send_long_line(&peer, EVENT_HEAD, long_lines[i]);
        client_answer(&peer);
        EXPECT_ROW(long_lines[i], peer.status == 400 || peer.status == 413);
        EXPECT_ROW(long_lines[i], client_ends(&peer));
        client_close(&peer);
    }
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

/* It is not waited for as the rest of other requests is. */
static void nor_does_it_last_behind_an_answer(void)
{
    enum { SOON_MS = 5000 };

    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/a?max_header_bytes=4KiB");
    for (size_t i = 0; i < COUNT(long_lines); i++) {
        uint64_t begin = ce_loop_now_ms(now.loop);

        client_open(&peer, &now);
        send_long_line(&peer, EVENT_HEAD, long_lines[i]);
        EXPECT_EQ_ROW(long_lines[i], client_answer(&peer), 404);
        EXPECT_ROW(long_lines[i], client_ends(&peer));
        EXPECT_CMP_ROW(long_lines[i], ce_loop_now_ms(now.loop) - begin, <,
                       SOON_MS);
        client_close(&peer);
    }
    rig_close(&now);
}

TESTS("http chunks", TEST(a_line_that_fills_the_buffer_is_refused),
      TEST(nor_does_it_last_behind_an_answer),
      TEST(nothing_is_served_behind_what_is_unclear),
      TEST(nor_on_the_same_connection_later), TEST(what_is_clear_is_one_event))
