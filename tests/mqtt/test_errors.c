/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when there is no connection helps to make one. */
#include "bindings/mqtt/errors.h"
#include "tests/mqtt/fake_broker.h"

static rig now;
static fake_broker net;

/* --- the table --- */

static void each_failure_has_a_text_and_a_remedy(void)
{
    static const struct {
        ce_mqtt_failure failure;
        const char *said;
    } rows[] = {
        { { -1, NULL, "", false }, "no route" },
        { { -1, "TCP/TLS connect failure", "", false },
          "connection refused (-1); nobody listens" },
        { { -1, "TCP/TLS connect failure", "", true },
          "no TLS at this port (-1); without TLS it is mqtt://" },
        { { -1, "TCP connect completion failure", "", false },
          "may want TLS (mqtts://) or another version=" },
        { { -1, "something new", "", false }, "something new (-1)" },
        { { 4, NULL, "", false }, "password (4); see user=" },
        { { 0x87, NULL, "", false }, "not authorized (135); see user=" },
        { { 1, NULL, "", false }, "version (1); try another version=" },
        { { 0x84, NULL, "", false }, "version (132); try another version=" },
        { { 0x85, NULL, "", false }, "client id (133); try another client_id" },
        { { 0x97, NULL, "", false }, "Quota exceeded (151)" },
        { { -1, "x",
            "C0:error:0A000086:SSL routines:tls_post:certificate verify "
            "failed:../ssl/state",
            true },
          "TLS: certificate verify failed; ca= names" },
        { { -1, "x",
            "C0:error:0A00010B:SSL routines:ssl3_get_record:wrong version "
            "number:../ssl/record",
            true },
          "TLS: wrong version number; no TLS there: try mqtt://" },
        { { -1, "x", "words of its own", true }, "TLS: words of its own" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char said[160];

        ce_mqtt_explain(said, sizeof said, &rows[i].failure);
        EXPECT_CONTAINS(said, rows[i].said);
    }
}

/* --- against a peer --- */

static struct {
    const char *answer; /* to CONNECT; "": it hangs up */
    size_t len;
    unsigned connects;
} peer;

static void on_packet(fake_peer *from, int first, const unsigned char *body)
{
    (void)body;
    if (first >> 4 != FAKE_CONNECT || uv_is_closing((uv_handle_t *)&from->tcp))
        return;
    peer.connects++;
    if (peer.len)
        fake_send(from, peer.answer, peer.len);
    else
        fake_hang_up(from);
}

static void close_fake(void)
{
    if (!now.loop)
        return;
    rig_close_sender(&now);
    rig_close_receiver(&now);
    fake_close(&net);
    rig_close(&now);
}

static void open_fake(const char *answer, size_t len)
{
    close_fake();
    memset(&peer, 0, sizeof peer);
    peer.answer = answer;
    peer.len = len;
    rig_open(&now);
    fake_open(&net, &now, on_packet);
}

static const char *uri(const char *query)
{
    static char text[100];

    snprintf(text, sizeof text, "mqtt://127.0.0.1:%u/t%s", net.port, query);
    return text;
}

static void a_sender_says_why_it_has_no_connection(void)
{
    static const struct {
        const char *answer;
        size_t len;
        const char *query, *said;
    } rows[] = {
        { "\x20\x02\x00\x01", 4, "?version=5", "protocol version" },
        { "\x20\x03\x00\x84\x00", 5, "?version=5", "protocol version" },
        { "\x20\x02\x00\x01", 4, "?version=3.1.1", "protocol version" },
        { "\x20\x02\x00\x05", 4, "?version=3.1.1", "not authorized" },
        { "", 0, "?version=5", "may want TLS" },
        { "", 0, "?version=3.1.1", "may want TLS" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        open_fake(rows[i].answer, rows[i].len);
        rig_start_sender(&now, uri(rows[i].query));
        RIG_UNTIL(&now, strstr(now.sender->health.reason, rows[i].said));
    }
}

static void a_port_without_a_listener_is_a_refused_connection(void)
{
    open_fake("", 0);
    fake_deafen(&net);
    rig_start_sender(&now, uri(""));
    RIG_UNTIL(&now, strstr(now.sender->health.reason, "connection refused"));
}

/* The broker says so in version 5, and closes; we come back. */
static void a_session_that_is_taken_over_is_said(void)
{
    static const unsigned char taken[] = { 0xe0, 2, 0x8e, 0 };

    open_fake("\x20\x03\x00\x00\x00", 5);
    rig_start_sender(&now, uri("?client_id=me"));
    RIG_UNTIL(&now, now.sender->health.up);
    fake_send(&net.peers[0], taken, sizeof taken);
    fake_hang_up(&net.peers[0]);
    RIG_UNTIL(&now, !now.sender->health.up);
    EXPECT_CONTAINS(now.sender->health.reason, "session taken over (142)");
    EXPECT_CONTAINS(now.sender->health.reason, "client_id=");
    RIG_UNTIL(&now, now.sender->health.up);
    EXPECT_EQ(peer.connects, 2);
}

/* A broker may end it without a word. One that has restarted was away. */
static void a_connection_that_never_holds_may_be_shared(const char *query,
                                                        const char *said)
{
    enum { CONNECTIONS = 3 };
    unsigned ended = 0;

    open_fake("\x20\x02\x00\x00", 4);
    rig_start_sender(&now, uri(query));
    while (ended < CONNECTIONS) {
        RIG_UNTIL(&now, now.sender->health.up);
        fake_drop(&net, &net.peers[0]);
        RIG_UNTIL(&now, !now.sender->health.up);
        ended++;
    }
    EXPECT_CONTAINS(now.sender->health.reason, said);
}

static void an_id_that_others_know_may_be_shared(void)
{
    a_connection_that_never_holds_may_be_shared(
        "?version=3.1.1&client_id=me", "perhaps another client has the same");
}

static void an_id_of_our_own_is_not_shared(void)
{
    a_connection_that_never_holds_may_be_shared("?version=3.1.1",
                                                "connection lost");
    EXPECT(!strstr(now.sender->health.reason, "client id"));
}

TESTS_CLOSED_BY(close_fake, "mqtt errors",
                TEST(each_failure_has_a_text_and_a_remedy),
                TEST(a_sender_says_why_it_has_no_connection),
                TEST(a_port_without_a_listener_is_a_refused_connection),
                TEST(a_session_that_is_taken_over_is_said),
                TEST(an_id_that_others_know_may_be_shared),
                TEST(an_id_of_our_own_is_not_shared))
