/* SPDX-License-Identifier: Apache-2.0 */
/* A crowd of one address whose bodies come in pieces, and somebody of another
 * who asks. */
#include "tests/http/raw_client.h"

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "bindings/http/lines.h"

enum { CROWD = 160, FD_MAX = 1024 };

#define HALF                                                                   \
    EVENT_HEAD "Content-Type: text/plain\r\n"                                  \
               "Content-Length: 20\r\n\r\n0123456789"
#define OTHER_HALF "abcdefghij"
#define CHUNKED_HALF                                                           \
    EVENT_HEAD "Content-Type: text/plain\r\n"                                  \
               "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5"
#define OTHER_CHUNKED_HALF "\r\n56789\r\nA\r\nabcdefghij\r\n0\r\n\r\n"
#define TOO_LONG EVENT_HEAD "Content-Length: 9999999\r\n\r\n0123456789"

static rig now;
static client crowd[CROWD], honest;

static void send_all(const char *text)
{
    for (int i = 0; i < CROWD; i++)
        client_send(&crowd[i], text);
}

/* The end of the connection of C that is the receiver's; -1: it is closed. */
static int other_end(const client *c)
{
    struct sockaddr_in mine = { 0 }, peer;
    socklen_t len = sizeof mine;

    getsockname(c->fd, (struct sockaddr *)&mine, &len);
    for (int fd = 0; fd < FD_MAX; fd++) {
        len = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
            peer.sin_port == mine.sin_port &&
            peer.sin_addr.s_addr == mine.sin_addr.s_addr)
            return fd;
    }
    return -1;
}

static int unread_of(const client *c)
{
    int bytes = 0;

    ioctl(other_end(c), FIONREAD, &bytes);
    return bytes;
}

/* How many have sent something that was not read. */
static int unread(void)
{
    int count = 0;

    for (int i = 0; i < CROWD; i++)
        count += unread_of(&crowd[i]) > 0;
    return count;
}

static long unread_bytes(void)
{
    long bytes = 0;

    for (int i = 0; i < CROWD; i++)
        bytes += unread_of(&crowd[i]);
    return bytes;
}

static int open_ones(void)
{
    int count = 0;

    for (int i = 0; i < CROWD; i++)
        count += other_end(&crowd[i]) >= 0;
    return count;
}

/* Each has sent TEXT, and waits; both, for one who asks has others served. */
static void open_both(const char *query, const char *text)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0/%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
    client_open(&honest, &now);
    for (int i = 0; i < CROWD; i++)
        client_open_from(&crowd[i], &now, "127.0.0.2");
    EXPECT_EQ(client_ask(&honest, EVENT), 202);
    RIG_UNTIL(&now, open_ones() == CROWD);
    send_all(text);
    RIG_UNTIL(&now, unread() == 0);
    EXPECT_EQ(client_ask(&honest, EVENT), 202);
}

static void close_both(void)
{
    client_close(&honest);
    for (int i = 0; i < CROWD; i++)
        client_close(&crowd[i]);
    rig_close(&now);
}

static void the_next_pieces_are_read_in_turns(const char *half,
                                              const char *other_half)
{
    open_both("", half);
    send_all(other_half);
    client_send(&honest, EVENT);
    EXPECT_EQ(client_answer(&honest), 202);
    EXPECT_CMP(unread(), >, CROWD / 2);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    EXPECT(ce_slice_eq(now.last->data, CE_SLICE("0123456789abcdefghij")));
    close_both();
}

static void a_crowd_does_not_have_its_pieces_read_at_once(void)
{
    the_next_pieces_are_read_in_turns(HALF, OTHER_HALF);
}

/* A line between chunks is in two pieces, and there are several chunks in
 * one. */
static void nor_its_chunks(void)
{
    the_next_pieces_are_read_in_turns(CHUNKED_HALF, OTHER_CHUNKED_HALF);
}

/* Answered, as what they send is too long: the rest is dropped in turns. */
static void nor_what_is_dropped(void)
{
    open_both("", TOO_LONG);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 413);
    send_all("0123456789");
    client_send(&honest, EVENT);
    EXPECT_EQ(client_answer(&honest), 202);
    EXPECT_CMP(unread(), >, CROWD / 2);
    RIG_UNTIL(&now, unread() == 0);
    for (int i = 0; i < CROWD; i++)
        shutdown(crowd[i].fd, SHUT_WR);
    RIG_UNTIL(&now, open_ones() == 0);
    close_both();
}

/* The library refuses them without asking. */
static void nor_the_heads_of_new_connections(void)
{
    open_both("", "");
    send_all("POST / HTTP/1.1\r\nHost h\r\n\r\n");
    client_send(&honest, EVENT);
    EXPECT_EQ(client_answer(&honest), 202);
    EXPECT_CMP(unread(), >, CROWD / 2);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 400);
    close_both();
}

static char filling[60000];

/* Libmicrohttpd 0.9.75 searches what it has of a line for its end with each
 * piece. */
static void the_line_is_read_in_turns(const char *start, const char *end,
                                      int status)
{
    long sent;

    memset(filling, 'a', sizeof filling - 1);
    rig_pass(&now, 50);
    send_all(start);
    send_all(filling);
    client_send(&honest, EVENT);
    sent = unread_bytes();
    EXPECT_EQ(client_answer(&honest), 202);
    EXPECT_CMP(unread_bytes(), >, sent - sent / 16);
    send_all(end);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), status);
    close_both();
}

static void nor_a_long_head(void)
{
    open_both("", EVENT_HEAD);
    the_line_is_read_in_turns("X-Long: ", "\r\nContent-Length: 0\r\n\r\n", 202);
}

static void nor_that_of_who_was_idle(void)
{
    open_both("", EVENT);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    the_line_is_read_in_turns(
        "POST /?", " HTTP/1.1\r\n" EVENT_FIELDS "Content-Length: 0\r\n\r\n",
        202);
}

/* It does not fit into the library's buffer, which then reads nothing more. A
 * newer one refuses it by itself, and its answer is lost. */
static void a_line_that_is_too_long_is_refused(void)
{
    open_both("", CHUNKED_HALF);
    the_line_is_read_in_turns("\r\n56789\r\n1;", filling,
                              ce_http_lines_end_with_chunks() ? 400 : 0);
}

static void who_is_silent_is_ended(void)
{
    open_both("?idle_timeout=1s&min_rate=0B", HALF);
    for (int i = 0; i < CROWD; i++)
        EXPECT(client_ends(&crowd[i]));
    EXPECT_EQ(client_ask_once(&honest, &now, EVENT), 202);
    close_both();
}

static void who_is_slow_is_answered(void)
{
    open_both("?idle_timeout=1s&request_timeout=1200ms", HALF);
    rig_pass(&now, 500);
    send_all("a");
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 408);
    close_both();
}

static void who_leaves_does_no_harm(void)
{
    open_both("", HALF);
    for (int i = 0; i < CROWD; i += 2)
        shutdown(crowd[i].fd, SHUT_RDWR);
    RIG_UNTIL(&now, open_ones() == CROWD / 2);
    send_all(OTHER_HALF);
    for (int i = 1; i < CROWD; i += 2)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    close_both();
}

static void a_close_answers_all(void)
{
    open_both("", HALF);
    rig_close_receiver(&now);
    for (int i = 0; i < CROWD; i++) {
        EXPECT_EQ(client_answer(&crowd[i]), 503);
        EXPECT(client_ends(&crowd[i]));
    }
    close_both();
}

TESTS("http park", TEST(a_crowd_does_not_have_its_pieces_read_at_once),
      TEST(nor_its_chunks), TEST(nor_what_is_dropped),
      TEST(nor_the_heads_of_new_connections), TEST(nor_a_long_head),
      TEST(nor_that_of_who_was_idle), TEST(a_line_that_is_too_long_is_refused),
      TEST(who_is_silent_is_ended), TEST(who_is_slow_is_answered),
      TEST(who_leaves_does_no_harm), TEST(a_close_answers_all))
