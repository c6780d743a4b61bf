/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes of TLS: of a crowd of one address, and of clients that stop within
 * theirs. */
#include "tests/http/tls_rig.h"

#include <sys/socket.h>
#include <time.h>

enum { CROWD = 160 };

static rig now;
static client crowd[CROWD];
static tls_client honest, another;

static void open_crowd(void)
{
    rig_open(&now);
    tls_start_receiver(&now, "");
    for (int i = 0; i < CROWD; i++)
        client_open_from(&crowd[i], &now, "127.0.0.2");
}

/* The system hands out connections in their order: when the last one is served,
 * all of the crowd are connected. */
static void open_both(void)
{
    open_crowd();
    tls_open(&honest, &now, "NORMAL");
    REQUIRE(tls_shakes_hands(&honest));
    tls_send(&honest, EVENT);
    REQUIRE_EQ(tls_answer(&honest), 202);
}

static void say_hello(void)
{
    ce_slice hello = tls_hello();

    for (int i = 0; i < CROWD; i++)
        EXPECT_EQ(client_send_bytes(&crowd[i], hello.ptr, hello.len),
                  hello.len);
}

static bool is_answered(client *c)
{
    client_read(c);
    return c->len > 0;
}

static int answered(void)
{
    int count = 0;

    for (int i = 0; i < CROWD; i++)
        count += is_answered(&crowd[i]);
    return count;
}

static void close_crowd(void)
{
    for (int i = 0; i < CROWD; i++)
        client_close(&crowd[i]);
    rig_close(&now);
    tls_remove_files();
}

static void who_asks_behind_a_crowd_is_served_before_it(void)
{
    open_both();
    say_hello();
    tls_send(&honest, EVENT);
    EXPECT_EQ(tls_answer(&honest), 202);
    EXPECT_CMP(answered(), <, CROWD / 2);
    RIG_UNTIL(&now, answered() == CROWD);
    tls_close(&honest);
    close_crowd();
}

/* Others have the loop for as long as its steps take: it is idle here. */
static void rests_between_steps(const char *behind_hello)
{
    uint64_t begin;
    clock_t worked;

    open_both();
    say_hello();
    for (int i = 0; i < CROWD; i++)
        client_send(&crowd[i], behind_hello);
    begin = uv_hrtime();
    worked = clock();
    RIG_UNTIL(&now, is_answered(&crowd[CROWD - 1]));
    worked = clock() - worked;
    EXPECT_CMP((double)worked / CLOCKS_PER_SEC, <,
               0.75 * (double)(uv_hrtime() - begin) / 1e9);
    EXPECT_EQ(answered(), CROWD);
    tls_close(&honest);
    close_crowd();
}

static void a_crowd_rests_between_its_steps(void)
{
    rests_between_steps("");
}

/* Its step has no end but that of the connection. */
static void so_does_one_that_is_refused(void)
{
    rests_between_steps("no record of TLS");
}

static void who_shakes_hands_behind_a_crowd_does_it_before_it(void)
{
    open_both();
    tls_open(&another, &now, "NORMAL");
    say_hello();
    EXPECT(tls_shakes_hands(&another));
    EXPECT_CMP(answered(), <, CROWD / 2);
    tls_send(&another, EVENT);
    EXPECT_EQ(tls_answer(&another), 202);
    tls_close(&another);
    tls_close(&honest);
    close_crowd();
}

static void who_leaves_while_it_waits_does_no_harm(void)
{
    open_both();
    say_hello();
    tls_send(&honest, EVENT);
    for (int i = 0; i < CROWD; i += 2)
        shutdown(crowd[i].fd, SHUT_RDWR);
    EXPECT_EQ(tls_answer(&honest), 202);
    for (int i = 1; i < CROWD; i += 2)
        RIG_UNTIL(&now, is_answered(&crowd[i]));
    tls_close(&honest);
    close_crowd();
}

/* Some wait for their turn, some for their clients. */
static void a_close_ends_those_that_wait(void)
{
    open_both();
    say_hello();
    RIG_UNTIL(&now, answered() > 0);
    EXPECT_CMP(answered(), <, CROWD);
    rig_close_receiver(&now);
    for (int i = 0; i < CROWD; i++)
        EXPECT(client_ends(&crowd[i]));
    tls_close(&honest);
    close_crowd();
}

/* Nobody else would be served in the time that turns take. */
static void a_crowd_alone_takes_no_turns(void)
{
    int turns = 0;

    open_crowd();
    say_hello();
    for (; answered() < CROWD; turns++)
        uv_run(ce_loop_uv(now.loop), UV_RUN_ONCE);
    EXPECT_CMP(turns, <, CROWD / 4);
    close_crowd();
}

static void each_version_shakes_hands(void)
{
    static const char *const versions[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2",
                                            "NORMAL:-VERS-ALL:+VERS-TLS1.3" };

    open_both();
    for (size_t i = 0; i < COUNT(versions); i++) {
        tls_open(&another, &now, versions[i]);
        EXPECT_ROW(versions[i], tls_shakes_hands(&another));
        for (int n = 0; n < 3; n++) {
            tls_send(&another, EVENT);
            EXPECT_EQ_ROW(versions[i], tls_answer(&another), 202);
        }
        tls_close(&another);
    }
    tls_close(&honest);
    close_crowd();
}

static void open_alone(const char *query)
{
    rig_open(&now);
    tls_start_receiver(&now, query);
    client_open(&crowd[0], &now);
}

static void close_alone(void)
{
    client_close(&crowd[0]);
    rig_close(&now);
    tls_remove_files();
}

/* Whether the loop has nothing to do before the next tick of the rig, after one
 * of a hundred turns. */
static bool comes_to_rest(void)
{
    uv_loop_t *loop = ce_loop_uv(now.loop);

    for (int i = 0; i < 100; i++) {
        uv_run(loop, UV_RUN_ONCE);
        if (uv_backend_timeout(loop) > RIG_TICK_MS / 2)
            return true;
    }
    return false;
}

static void who_stops_within_a_handshake_keeps_nobody_busy(void)
{
    ce_slice hello = tls_hello();

    open_alone("");
    client_send_bytes(&crowd[0], hello.ptr, hello.len);
    RIG_UNTIL(&now, is_answered(&crowd[0]));
    EXPECT(comes_to_rest());
    close_alone();
}

static void who_stops_within_a_handshake_is_ended(void)
{
    static const char *const limits[] = {
        "&header_timeout=100ms", "&header_timeout=60s&idle_timeout=1s"
    };

    for (size_t i = 0; i < COUNT(limits); i++) {
        open_alone(limits[i]);
        client_send_bytes(&crowd[0], tls_hello().ptr, 3);
        EXPECT_ROW(limits[i], client_ends(&crowd[0]));
        close_alone();
    }
}

TESTS_CLOSED_BY(tls_remove_files, "http handshakes",
                TEST(who_asks_behind_a_crowd_is_served_before_it),
                TEST(a_crowd_rests_between_its_steps),
                TEST(so_does_one_that_is_refused),
                TEST(who_shakes_hands_behind_a_crowd_does_it_before_it),
                TEST(who_leaves_while_it_waits_does_no_harm),
                TEST(a_close_ends_those_that_wait),
                TEST(a_crowd_alone_takes_no_turns),
                TEST(each_version_shakes_hands),
                TEST(who_stops_within_a_handshake_keeps_nobody_busy),
                TEST(who_stops_within_a_handshake_is_ended))
