/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are sent before the answers to earlier ones (RFC 9112 9.3.2).
 * Where the clock stands still no timer fires. */
#include "core/loop/loop.h"
#include "tests/http/raw_client.h"

#define REFUSED "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

enum { TURNS = 1000 };

static rig now;
static client peer;

static void open_rig(void)
{
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/");
    client_open(&peer, &now);
}

static void close_rig(void)
{
    client_close(&peer);
    rig_close(&now);
}

static void send_refused(int count)
{
    for (int i = 0; i < count; i++)
        client_send(&peer, REFUSED);
}

/* How many answers have come after many turns of the loop. */
static int answered(void)
{
    int count = 0;

    for (int i = 0; i < TURNS; i++) {
        ce_loop_poll(now.loop);
        client_read(&peer);
    }
    for (const char *at = peer.in; (at = strstr(at, "HTTP/1.1 405")); at++)
        count++;
    return count;
}

static void requests_sent_together_are_answered_in_order(void)
{
    open_rig();
    client_send(&peer, EVENT "GET / HTTP/1.1\r\nHost: h\r\n\r\n" EVENT);
    EXPECT_EQ(client_answer(&peer), 202);
    EXPECT_EQ(client_answer(&peer), 405);
    EXPECT_EQ(client_answer(&peer), 202);
    EXPECT_EQ(now.arrived, 2);
    close_rig();
}

static void they_wait_for_no_timer(void)
{
    open_rig();
    EXPECT_EQ(client_ask(&peer, REFUSED), 405);
    ce_loop_freeze(now.loop);
    send_refused(4);
    EXPECT_EQ(answered(), 4);
    close_rig();
}

/* Others would have to wait for who asks without end. */
static void so_many_are_answered_in_a_millisecond(void)
{
    int before, ms = 0;

    open_rig();
    EXPECT_EQ(client_ask(&peer, REFUSED), 405);
    ce_loop_freeze(now.loop);
    send_refused(100);
    before = answered();
    EXPECT_CMP(before, >, 0);
    EXPECT_CMP(before, <, 50);
    while (ms++ < 100 && answered() < 100)
        ce_loop_advance(now.loop, 1);
    EXPECT_EQ(answered(), 100);
    close_rig();
}

TESTS("http pipelining", TEST(requests_sent_together_are_answered_in_order),
      TEST(they_wait_for_no_timer), TEST(so_many_are_answered_in_a_millisecond))
