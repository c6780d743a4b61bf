/* SPDX-License-Identifier: Apache-2.0 */
/* A crowd of one address, and somebody of another who asks behind it. */
#include "tests/http/raw_client.h"

#include <sys/socket.h>

#include "bindings/http/gzip.h"

enum { CROWD = 160 };

#define NOT_HERE "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

static rig now;
static client crowd[CROWD], broken[CROWD], honest;

/* All of them connected, and served once. */
static void open_crowd_at(const char *uri)
{
    rig_open(&now);
    rig_start_receiver(&now, uri);
    for (int i = 0; i < CROWD; i++) {
        client_open_from(&crowd[i], &now, "127.0.0.2");
        EXPECT_EQ(client_ask(&crowd[i], NOT_HERE), 405);
    }
}

static void open_crowd(void)
{
    open_crowd_at("http://127.0.0.1:0/");
}

static void open_honest(void)
{
    client_open(&honest, &now);
    EXPECT_EQ(client_ask(&honest, NOT_HERE), 405);
}

static void open_both(void)
{
    open_crowd();
    open_honest();
}

static void send_all(const char *text)
{
    for (int i = 0; i < CROWD; i++)
        client_send(&crowd[i], text);
}

static int answered(void)
{
    int count = 0;

    for (int i = 0; i < CROWD; i++) {
        client_read(&crowd[i]);
        count += crowd[i].len > 0;
    }
    return count;
}

static void close_crowd(void)
{
    for (int i = 0; i < CROWD; i++)
        client_close(&crowd[i]);
    rig_close(&now);
}

static void who_asks_behind_a_crowd_is_served_before_it(void)
{
    open_both();
    for (int round = 0; round < 3; round++) {
        send_all(NOT_HERE);
        client_send(&honest, EVENT);
        EXPECT_EQ(client_answer(&honest), 202);
        EXPECT_CMP(answered(), <, CROWD / 2);
        for (int i = 0; i < CROWD; i++)
            EXPECT_EQ(client_answer(&crowd[i]), 405);
    }
    client_close(&honest);
    close_crowd();
}

static void the_bodies_of_a_crowd_are_read_in_turns_and_whole(void)
{
    open_both();
    send_all(EVENT_HEAD "Content-Type: text/plain\r\n"
                        "Content-Length: 20\r\n\r\n0123456789");
    EXPECT_EQ(client_ask(&honest, EVENT), 202);
    send_all("abcdefghij");
    EXPECT_EQ(client_ask(&honest, EVENT), 202);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    EXPECT_EQ(now.arrived, CROWD + 2);
    EXPECT(ce_slice_eq(now.last->data, CE_SLICE("0123456789abcdefghij")));
    client_close(&honest);
    close_crowd();
}

/* On a slow machine bytes in its socket wait for longer than a second: that is
 * not a line that fills the buffer. */
static void a_body_that_waits_for_its_turn_is_not_stuck(void)
{
    enum { BYTES = 100000, SLOW_MS = 150 };
    static char body[BYTES];
    uint64_t end;

    open_crowd_at("http://127.0.0.1:0/?request_timeout=2m");
    open_honest();
    memset(body, 'a', sizeof body);
    send_all(EVENT_HEAD "Content-Type: text/plain\r\n"
                        "Content-Length: 100000\r\n\r\n");
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_send_bytes(&crowd[i], body, BYTES), BYTES);
    end = rig_end(&now);
    while (now.arrived < CROWD / 2 && ce_loop_now_ms(now.loop) < end) {
        uv_run(ce_loop_uv(now.loop), UV_RUN_ONCE);
        uv_sleep(SLOW_MS);
    }
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    client_close(&honest);
    close_crowd();
}

/* A kilobyte that takes a millisecond or so: a megabyte when unpacked. */
static void send_long_ones(void)
{
    static char zeros[1 << 20];
    ce_http_gzip gzip = { 0 };
    ce_buf packed = { NULL, 0, 0 }, text = { NULL, 0, 0 };

    REQUIRE_OK(
        ce_http_gzip_pack(&gzip, (ce_slice){ zeros, sizeof zeros }, &packed));
    REQUIRE_OK(ce_buf_printf(&text,
                             EVENT_HEAD "Content-Encoding: gzip\r\n"
                                        "Content-Length: %zu\r\n\r\n",
                             packed.len));
    REQUIRE_OK(ce_buf_append(&text, ce_buf_slice(&packed)));
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_send_bytes(&crowd[i], text.ptr, text.len), text.len);
    ce_http_gzip_close(&gzip);
    ce_buf_free(&packed);
    ce_buf_free(&text);
}

/* A turn has time for one of them. */
static void requests_that_take_long_have_fewer_turns(void)
{
    open_both();
    send_long_ones();
    client_send(&honest, EVENT);
    EXPECT_EQ(client_answer(&honest), 202);
    EXPECT_CMP(now.arrived, <, 4);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    client_close(&honest);
    close_crowd();
}

/* What else is on the loop has its time. */
static void a_crowd_alone_does_not_keep_the_loop(void)
{
    open_crowd();
    send_long_ones();
    RIG_UNTIL(&now, now.arrived > 0);
    EXPECT_CMP(now.arrived, <, CROWD);
    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    close_crowd();
}

static void who_leaves_while_it_waits_does_no_harm(void)
{
    open_both();
    send_all(EVENT);
    client_send(&honest, EVENT);
    for (int i = 0; i < CROWD; i += 2)
        shutdown(crowd[i].fd, SHUT_RDWR);
    EXPECT_EQ(client_answer(&honest), 202);
    for (int i = 1; i < CROWD; i += 2)
        EXPECT_EQ(client_answer(&crowd[i]), 202);
    client_close(&honest);
    close_crowd();
}

static void a_close_answers_those_that_wait(void)
{
    open_both();
    send_all(EVENT);
    client_send(&honest, EVENT);
    RIG_UNTIL(&now, now.arrived > 0);
    EXPECT_CMP(now.arrived, <, CROWD);
    rig_close_receiver(&now);
    for (int i = 0; i < CROWD; i++) {
        int status = client_answer(&crowd[i]);

        EXPECT(status == 202 || status == 503);
        EXPECT(client_ends(&crowd[i]));
    }
    client_close(&honest);
    close_crowd();
}

/* Their requests are read when the daemon closes, not before. */
static void nobody_waits_for_a_turn_while_it_closes(void)
{
    open_both();
    send_all(EVENT);
    rig_close_receiver(&now);
    for (int i = 0; i < CROWD; i++) {
        EXPECT_EQ(client_answer(&crowd[i]), 503);
        EXPECT(client_ends(&crowd[i]));
    }
    client_close(&honest);
    close_crowd();
}

/* The library logs what it finds wrong with their chunks while requests of a
 * smaller crowd have their turn, but were not shown yet. */
static void defects_of_others_are_not_those_of_who_waits(void)
{
    enum { SMALLER = CROWD / 2, ROUNDS = 4 };

    open_crowd();
    for (int i = 0; i < CROWD; i++) {
        client_open_from(&broken[i], &now, "127.0.0.3");
        EXPECT_EQ(client_ask(&broken[i], NOT_HERE), 405);
    }
    for (int i = 0; i < CROWD; i++)
        client_send(&broken[i], EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n"
                                           "5\r\nhello\r\nzz\r\n");
    for (int i = 0; i < SMALLER; i++)
        client_send(&crowd[i], EVENT);
    for (int i = 0; i < ROUNDS * SMALLER; i++) {
        EXPECT_EQ(client_answer(&crowd[i % SMALLER]), 202);
        client_send(&crowd[i % SMALLER], EVENT);
    }
    for (int i = 0; i < CROWD; i++)
        client_close(&broken[i]);
    close_crowd();
}

/* Nobody else would be served in the time that turns take. */
static void a_crowd_alone_takes_no_turns(void)
{
    int turns = 0;

    open_crowd();
    send_all(NOT_HERE);
    for (; answered() < CROWD; turns++)
        uv_run(ce_loop_uv(now.loop), UV_RUN_ONCE);
    EXPECT_CMP(turns, <, CROWD / 16);
    close_crowd();
}

TESTS("http turns", TEST(who_asks_behind_a_crowd_is_served_before_it),
      TEST(the_bodies_of_a_crowd_are_read_in_turns_and_whole),
      TEST(a_body_that_waits_for_its_turn_is_not_stuck),
      TEST(requests_that_take_long_have_fewer_turns),
      TEST(a_crowd_alone_does_not_keep_the_loop),
      TEST(who_leaves_while_it_waits_does_no_harm),
      TEST(defects_of_others_are_not_those_of_who_waits),
      TEST(a_close_answers_those_that_wait),
      TEST(nobody_waits_for_a_turn_while_it_closes),
      TEST(a_crowd_alone_takes_no_turns))
