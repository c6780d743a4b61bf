/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever watches a source sees what its limits refuse. */
#include "core/transport/gauges.h"
#include "tests/http/raw_client.h"

static rig now;
static client peer;

static void close_rig(void)
{
    ce_gauges *gauges = now.receiver->gauges;

    rig_close(&now);
    ce_gauges_free(gauges);
}

typedef struct question {
    const char *name, *reason; /* REASON: NULL without labels */
    uint64_t value;
    bool found;
} question;

static void look(void *arg, const ce_gauge *g)
{
    question *q = arg;

    if (strcmp(g->name, q->name) != 0 ||
        (q->reason && strcmp(g->labels[0].value, q->reason) != 0))
        return;
    q->found = true;
    q->value = g->value;
}

/* -1: it is not told. */
static int64_t told_of(const rig *r, const char *name, const char *reason)
{
    question q = { name, reason, 0, false };

    ce_gauges_each(r->receiver->gauges, look, &q);
    return q.found ? (int64_t)q.value : -1;
}

static int64_t told(const char *name, const char *reason)
{
    return told_of(&now, name, reason);
}

static void open_rig(const char *query)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
    now.receiver->gauges = ce_gauges_new();
    /* What was told at the start went nowhere. */
    client_open(&peer, &now);
    client_close(&peer);
    RIG_UNTIL(&now, told("http_connections", NULL) == 0);
}

static int64_t refused(const char *reason)
{
    return told("http_refused_total", reason);
}

#define LENGTH(n) "Content-Length: " #n "\r\n\r\n"

/* One request each, in a source whose limits are low. */
static void each_limit_counts_what_it_refuses(void)
{
    static char large[20000], cookies[1000];
    static const struct {
        const char *query, *request, *reason;
        int status;
    } rows[] = {
        { "/", EVENT_HEAD "Host: other\r\n" LENGTH(0), "malformed", 400 },
        { "/", "POST\r\n\r\n", "malformed", -1 },
        { "/", EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
          "malformed", 400 },
        { "/?max_header_bytes=4KiB", large, "too_large", 431 },
        { "/?max_header_bytes=4KiB", cookies, "too_large", 431 },
        { "/?max_event_bytes=1KiB",
          EVENT_HEAD "Expect: 100-continue\r\n" LENGTH(1025), "too_large",
          413 },
        { "/?token=t", EVENT, "unauthorized", 401 },
        { "/?webhook_origins=a.example", EVENT, "unauthorized", 403 },
        { "/?header_timeout=100ms", "POS", "header_timeout", 408 },
        { "/?request_timeout=100ms", EVENT_HEAD LENGTH(5), "body_timeout",
          408 },
    };

    memset(large, 'x', sizeof large - 1);
    memcpy(large, EVENT_HEAD "X-A: ", sizeof EVENT_HEAD "X-A: " - 1);
    strcpy(cookies, EVENT_HEAD "Cookie: ");
    for (unsigned i = 0; i < 100; i++)
        strcat(cookies, "a=b; ");
    strcat(cookies, "\r\n" LENGTH(0));
    for (size_t i = 0; i < COUNT(rows); i++) {
        int status;

        open_rig(rows[i].query);
        EXPECT_EQ_ROW(rows[i].request, refused(rows[i].reason), 0);
        status = client_ask_once(&peer, &now, rows[i].request);
        if (rows[i].status > 0)
            EXPECT_EQ_ROW(rows[i].request, status, rows[i].status);
        RIG_UNTIL(&now, refused(rows[i].reason) == 1);
        close_rig();
    }
}

static void a_full_pool_and_a_late_sink_are_counted(void)
{
    open_rig("/?max_in_flight=1&deadline=200ms");
    now.hold = true;
    client_open(&peer, &now);
    client_send(&peer, EVENT);
    RIG_UNTIL(&now, now.holding == 1);
    EXPECT_EQ(client_ask_once(&(client){ 0 }, &now, EVENT), 503);
    EXPECT_EQ(client_answer(&peer), 504);
    RIG_UNTIL(&now, refused("credit") == 1);
    RIG_UNTIL(&now, refused("deadline") == 1);
    client_close(&peer);
    close_rig();
}

static void a_fast_sender_is_counted(void)
{
    static const char request[] =
        EVENT_HEAD "WebHook-Request-Origin: a.example\r\n" LENGTH(0);

    open_rig("/?webhook_origins=a.example&webhook_rate=1");
    EXPECT_EQ(client_ask_once(&peer, &now, request), 202);
    EXPECT_EQ(client_ask_once(&peer, &now, request), 429);
    RIG_UNTIL(&now, refused("rate") == 1);
    close_rig();
}

enum { MIB = 1 << 20, ROOM = 24 * MIB };

/* One body that takes all the room but for a byte. */
static void fill_the_room(void)
{
    static char zeros[MIB];

    client_open(&peer, &now);
    client_send(&peer, EVENT_HEAD LENGTH(25165824));
    for (int left = ROOM - 1; left > 0; left -= MIB)
        client_send_bytes(&peer, zeros, left < MIB ? (size_t)left : MIB);
}

/* The second time it finds less room than it needs. */
static void a_full_room_is_counted(void)
{
    client other = { 0 };

    open_rig("/?max_event_bytes=24MiB");
    fill_the_room();
    RIG_UNTIL(&now, told("http_unfinished_bytes", NULL) == ROOM - 1);
    client_open(&other, &now);
    client_send(&other, EVENT_HEAD LENGTH(3) "12");
    EXPECT_EQ(client_answer(&peer), 503);
    RIG_UNTIL(&now, refused("unfinished_bodies") == 1);
    client_close(&peer);
    fill_the_room();
    EXPECT_EQ(client_answer(&peer), 503);
    RIG_UNTIL(&now, refused("unfinished_bodies") == 2);
    client_close(&other);
    client_close(&peer);
    close_rig();
}

static void connections_and_bytes_are_told(void)
{
    client other = { 0 };

    open_rig("/?max_connections_per_address=1&max_connections=2");
    client_open(&peer, &now);
    client_send(&peer, EVENT_HEAD LENGTH(9) "12345");
    RIG_UNTIL(&now, told("http_connections", NULL) == 1);
    RIG_UNTIL(&now, told("http_unfinished_bytes", NULL) == 5);
    client_open(&other, &now);
    EXPECT(client_ends(&other));
    RIG_UNTIL(&now, refused("address") == 1);
    client_close(&other);
    now.hold = true;
    client_send(&peer, "6789");
    RIG_UNTIL(&now, told("http_unsettled_bytes", NULL) == 9);
    client_open_from(&other, &now, "127.0.0.2");
    RIG_UNTIL(&now, told("http_connections_full_total", NULL) == 1);
    client_close(&other);
    client_close(&peer);
    RIG_UNTIL(&now, told("http_connections", NULL) == 1);
    close_rig();
}

static rig other;
static ce_gauges *gauges_of_other;

static void open_other(const char *query)
{
    char uri[100];

    snprintf(uri, sizeof uri, "http://127.0.0.1:%u%s", rig_port(&now), query);
    rig_open_beside(&other, &now);
    rig_start_receiver(&other, uri);
    gauges_of_other = ce_gauges_new();
    other.receiver->gauges = gauges_of_other;
}

static void close_other(void)
{
    rig_close_receiver(&other);
    ce_gauges_free(gauges_of_other);
}

static void who_shares_a_port_is_told_of_its_connections(void)
{
    open_rig("/a");
    open_other("/b");
    client_open(&peer, &now);
    RIG_UNTIL(&now, told_of(&other, "http_connections", NULL) == 1);
    client_close(&peer);
    RIG_UNTIL(&now, told_of(&other, "http_connections", NULL) == 0);
    close_other();
    close_rig();
}

static void each_of_a_port_counts_what_it_refuses_itself(void)
{
    open_rig("/a");
    open_other("/b?token=t");
    EXPECT_EQ(client_ask_once(&peer, &now,
                              "POST /b HTTP/1.1\r\nHost: h\r\n" LENGTH(0)),
              401);
    RIG_UNTIL(&now, told_of(&other, "http_refused_total", "unauthorized") == 1);
    EXPECT_EQ(refused("unauthorized"), 0);
    close_other();
    close_rig();
}

/* What is refused before it is known whose it is counts for the first. */
static void who_stays_counts_for_the_port(void)
{
    ce_gauges *gauges;

    open_rig("/a");
    open_other("/b");
    gauges = now.receiver->gauges;
    rig_close_receiver(&now);
    ce_gauges_free(gauges);
    client_ask_once(&peer, &other, "POST\r\n\r\n");
    RIG_UNTIL(&other, told_of(&other, "http_refused_total", "malformed") == 1);
    close_other();
    rig_close(&now);
}

TESTS("http tally", TEST(each_limit_counts_what_it_refuses),
      TEST(a_full_pool_and_a_late_sink_are_counted),
      TEST(a_fast_sender_is_counted), TEST(a_full_room_is_counted),
      TEST(connections_and_bytes_are_told),
      TEST(who_shares_a_port_is_told_of_its_connections),
      TEST(each_of_a_port_counts_what_it_refuses_itself),
      TEST(who_stays_counts_for_the_port))
