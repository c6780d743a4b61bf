/* SPDX-License-Identifier: Apache-2.0 */
/* What a client can take from others: credit, memory, connections, time. */
#include "tests/http/raw_client.h"

enum { MIB = 1 << 20 };

#define MIB_HEAD EVENT_HEAD "Content-Length: 1048576\r\n\r\n"

static rig now;
static client honest, crowd[64];
static char zeros[MIB];

/* QUERY is path and query. */
static void open_rig(const char *query)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0%s", query);
    rig_open(&now);
    rig_start_receiver(&now, uri);
}

static void open_crowd(unsigned count, const char *from, const char *text)
{
    for (unsigned i = 0; i < count; i++) {
        client_open_from(&crowd[i], &now, from);
        client_send(&crowd[i], text);
    }
    rig_pass(&now, 20);
}

static void close_crowd(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        client_close(&crowd[i]);
}

/* --- credit and memory --- */

static void what_is_only_announced_takes_nothing(void)
{
    static const char *const starts[] = {
        MIB_HEAD "x",
        MIB_HEAD,
        EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n100000\r\nx",
        EVENT_HEAD,
    };

    open_rig("/?max_in_flight=4");
    for (size_t i = 0; i < COUNT(starts); i++) {
        open_crowd(COUNT(crowd), "127.0.0.1", starts[i]);
        EXPECT_EQ_ROW(starts[i], client_ask_once(&honest, &now, EVENT), 202);
        close_crowd(COUNT(crowd));
    }
    rig_close(&now);
}

static unsigned count_503(unsigned count)
{
    unsigned refused = 0;

    for (unsigned i = 0; i < count; i++) {
        client_read(&crowd[i]);
        refused += !strncmp(crowd[i].in, "HTTP/1.1 503", 12);
    }
    return refused;
}

static void who_fills_the_room_loses_its_own(void)
{
    enum { FILLERS = 25 };

    open_rig("/");
    open_crowd(FILLERS, "127.0.0.2", MIB_HEAD);
    for (unsigned i = 0; i < FILLERS; i++)
        client_send_bytes(&crowd[i], zeros, MIB - 1);
    client_open(&honest, &now);
    client_send(&honest, MIB_HEAD);
    EXPECT_EQ(client_send_bytes(&honest, zeros, MIB), MIB);
    EXPECT_EQ(client_answer(&honest), 202);
    /* Its turn may come before theirs. */
    RIG_UNTIL(&now, count_503(FILLERS) >= 1);
    EXPECT_CMP(count_503(FILLERS), <=, 3);
    client_close(&honest);
    close_crowd(FILLERS);
    rig_close(&now);
}

/* It is answered by hand, and what is held then goes on. */
static void expect_honest_arrives(unsigned held)
{
    EXPECT_EQ(now.holding, held);
    client_send(&honest, EVENT);
    RIG_UNTIL(&now, now.holding == held + 1);
    while (now.holding > 0)
        rig_settle(&now, (ce_result){ .verdict = CE_ACK });
    EXPECT_EQ(client_answer(&honest), 202);
}

static void who_takes_all_credit_leaves_some_to_others(void)
{
    enum { EVENTS = 34, BODIES = 24 };

    open_rig("/?max_in_flight=32");
    now.hold = true;
    client_open(&honest, &now);
    open_crowd(EVENTS, "127.0.0.2", EVENT);
    RIG_UNTIL(&now, count_503(EVENTS) == EVENTS - 30);
    expect_honest_arrives(30);
    close_crowd(EVENTS);
    open_crowd(BODIES, "127.0.0.2", MIB_HEAD);
    for (unsigned i = 0; i < BODIES; i++)
        client_send_bytes(&crowd[i], zeros, MIB);
    RIG_UNTIL(&now, count_503(BODIES) == BODIES - 22);
    expect_honest_arrives(22);
    close_crowd(BODIES);
    client_close(&honest);
    rig_close(&now);
}

static void so_does_who_is_alone(void)
{
    open_rig("/?max_in_flight=64");
    now.hold = true;
    open_crowd(64, "127.0.0.2", EVENT);
    RIG_UNTIL(&now, count_503(64) == 4);
    client_open(&honest, &now);
    expect_honest_arrives(60);
    client_close(&honest);
    close_crowd(64);
    rig_close(&now);
}

static void who_is_alone_has_all_of_a_small_credit(void)
{
    open_rig("/?max_in_flight=4");
    now.hold = true;
    open_crowd(6, "127.0.0.2", EVENT);
    RIG_UNTIL(&now, count_503(6) == 2);
    EXPECT_EQ(now.holding, 4);
    close_crowd(6);
    rig_close(&now);
}

/* --- time --- */

static void a_body_that_dribbles_is_ended(void)
{
    open_rig("/?idle_timeout=1s&min_rate=1KiB");
    open_crowd(1, "127.0.0.1", MIB_HEAD);
    while (!crowd[0].ended && crowd[0].len == 0) {
        client_send(&crowd[0], "x");
        client_read(&crowd[0]);
        rig_pass(&now, 50);
    }
    EXPECT_EQ(client_answer(&crowd[0]), 408);
    EXPECT(client_ends(&crowd[0]));
    EXPECT_EQ(now.arrived, 0);
    close_crowd(1);
    rig_close(&now);
}

/* The second is how TLS begins. */
static void who_has_begun_is_answered_and_who_is_silent_is_not(void)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = { { "POS", 408 },
                 { "\x16\x03\x01\x02\x01\x01", 408 },
                 { "", 0 } };

    open_rig("/?header_timeout=100ms");
    for (size_t i = 0; i < COUNT(rows); i++) {
        open_crowd(1, "127.0.0.1", rows[i].text);
        EXPECT_EQ_ROW(rows[i].text, client_answer(&crowd[0]), rows[i].status);
        if (rows[i].status)
            EXPECT_CONTAINS(crowd[0].body, "the head takes too long");
        EXPECT_ROW(rows[i].text, client_ends(&crowd[0]));
        close_crowd(1);
    }
    rig_close(&now);
}

static void a_bare_head_is_ended_and_a_kept_connection_is_not(void)
{
    open_rig("/?header_timeout=100ms");
    client_open(&honest, &now);
    EXPECT_EQ(client_ask(&honest, EVENT), 202);
    open_crowd(1, "127.0.0.1", EVENT_HEAD);
    EXPECT_EQ(client_answer(&crowd[0]), 408);
    EXPECT(client_ends(&crowd[0]));
    EXPECT_EQ(client_ask(&honest, EVENT), 202);
    client_send(&honest, EVENT_HEAD);
    EXPECT_EQ(client_answer(&honest), 408);
    client_close(&honest);
    close_crowd(1);
    rig_close(&now);
}

/* --- connections --- */

static void an_address_gets_no_more_than_its_share(void)
{
    static const struct {
        const char *query;
        unsigned share;
    } rows[] = {
        { "/?max_connections_per_address=3", 3 },
        { "/?max_connections=32", 30 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const unsigned share = rows[i].share;

        open_rig(rows[i].query);
        open_crowd(share + 1, "127.0.0.2", "");
        EXPECT_ROW(rows[i].query, client_ends(&crowd[share]));
        EXPECT_EQ_ROW(rows[i].query, client_ask(&crowd[share - 1], EVENT), 202);
        EXPECT_EQ_ROW(rows[i].query, client_ask_once(&honest, &now, EVENT),
                      202);
        close_crowd(share + 1);
        rig_pass(&now, 20);
        open_crowd(share, "127.0.0.2", "");
        EXPECT_EQ_ROW(rows[i].query, client_ask(&crowd[share - 1], EVENT), 202);
        close_crowd(share);
        rig_close(&now);
    }
}

/* --- queries --- */

/* COUNT parameters, and what else is behind them. */
static const char *query_of(unsigned count, const char *rest)
{
    static char text[MIB];
    size_t len = (size_t)sprintf(text, "POST /?");

    for (unsigned i = 0; i < count; i++)
        len += (size_t)sprintf(text + len, "a&");
    strcpy(text + len, rest);
    return text;
}

static void too_many_parameters_are_refused_at_once(void)
{
    static const unsigned counts[] = { 2000, 5000, 20000, 30000 };
    static const char *const rests[] = {
        " HTTP/1.1\r\n" EVENT_FIELDS "Content-Length: 0\r\n\r\n",
        " HTTP/1.1\r\n\r\n",
        " HTTP/1.1\r\n",
    };

    open_rig("/?max_connections=1&idle_timeout=60s&header_timeout=60s"
             "&request_timeout=60s");
    for (size_t i = 0; i < COUNT(counts) * COUNT(rests); i++) {
        const char *rest = rests[i % COUNT(rests)];

        client_open(&honest, &now);
        client_send(&honest, query_of(counts[i / COUNT(rests)], rest));
        client_answer(&honest);
        EXPECT(honest.status == 414 || honest.status == 431);
        EXPECT(client_ends(&honest));
        client_close(&honest);
    }
    EXPECT_EQ(client_ask_once(&honest, &now, query_of(200, rests[0])), 202);
    EXPECT_EQ(now.arrived, 1);
    /* Where the limit is depends on the library; on both sides there is an
     * answer. */
    for (unsigned count = 600; count < 2000; count += 50)
        EXPECT_CMP(client_ask_once(&honest, &now, query_of(count, rests[0])),
                   >=, 202);
    rig_close(&now);
}

/* --- early answers --- */

static void send_20_mib(client *c, const char *before, const char *after)
{
    size_t sent = 0;

    for (unsigned i = 0; i < 20; i++) {
        client_send(c, before);
        sent += client_send_bytes(c, zeros, MIB);
        client_send(c, after);
    }
    EXPECT_EQ(sent, 20 * MIB);
}

static void who_writes_first_hears_the_answer(void)
{
#define LENGTH "Content-Length: 20971520\r\n\r\n"
    static const struct {
        const char *name, *head, *before, *after;
        int status;
    } rows[] = {
        { "another path", "POST /b HTTP/1.1\r\n" EVENT_FIELDS LENGTH, "", "",
          404 },
        { "no token", "POST /a HTTP/1.1\r\n" EVENT_FIELDS LENGTH, "", "", 401 },
        { "coding",
          "POST /a?access_token=t HTTP/1.1\r\nContent-Encoding: br\r\n" //
          EVENT_FIELDS LENGTH,
          "", "", 415 },
        { "too large",
          "POST /a?access_token=t HTTP/1.1\r\n" EVENT_FIELDS LENGTH, "", "",
          413 },
        { "too large in chunks",
          "POST /a?access_token=t HTTP/1.1\r\n" EVENT_FIELDS
          "Transfer-Encoding: chunked\r\n\r\n",
          "100000\r\n", "\r\n", 413 },
        { "unclear", "POST /a HTTP/1.1\r\nHost: h\r\nHost: h\r\n" LENGTH, "",
          "", 400 },
    };
#undef LENGTH

    open_rig("/a?token=t&max_event_bytes=64KiB");
    for (size_t i = 0; i < COUNT(rows); i++) {
        client_open(&honest, &now);
        client_send(&honest, rows[i].head);
        send_20_mib(&honest, rows[i].before, rows[i].after);
        EXPECT_EQ_ROW(rows[i].name, client_answer(&honest), rows[i].status);
        EXPECT_STR_ROW(rows[i].name, client_header(&honest, "Content-Type"),
                       "application/problem+json");
        EXPECT_ROW(rows[i].name, client_header(&honest, "Date") != NULL);
        EXPECT_ROW(rows[i].name, client_ends(&honest));
        client_close(&honest);
    }
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

/* --- the end --- */

static void a_stop_answers_what_is_not_complete(void)
{
    static const char *const starts[] = {
        MIB_HEAD "x",
        EVENT_HEAD "Content-Length: 5\r\n\r\nx",
        EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nx",
        EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n",
        EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
    };

    open_rig("/");
    for (size_t i = 0; i < COUNT(starts); i++)
        client_open(&crowd[i], &now);
    for (size_t i = 0; i < COUNT(starts); i++)
        client_send(&crowd[i], starts[i]);
    rig_pass(&now, 20);
    EXPECT_EQ(ce_pool_out(now.receiver->pool), 0);
    now.receiver->ops->stop(now.receiver);
    for (size_t i = 0; i < COUNT(starts); i++) {
        EXPECT_EQ_ROW(starts[i], client_answer(&crowd[i]), 503);
        EXPECT_ROW(starts[i], client_ends(&crowd[i]));
        client_close(&crowd[i]);
    }
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

/* More than libmicrohttpd takes at a time. */
static void a_stop_hears_who_has_connected_already(void)
{
    open_rig("/");
    for (size_t i = 0; i < COUNT(crowd); i++) {
        client_open(&crowd[i], &now);
        client_send(&crowd[i], EVENT);
    }
    now.receiver->ops->stop(now.receiver);
    for (size_t i = 0; i < COUNT(crowd); i++)
        EXPECT_EQ(client_answer(&crowd[i]), 503);
    EXPECT_EQ(now.arrived, 0);
    close_crowd(COUNT(crowd));
    rig_close(&now);
}

TESTS("http hostile", TEST(what_is_only_announced_takes_nothing),
      TEST(who_fills_the_room_loses_its_own),
      TEST(who_takes_all_credit_leaves_some_to_others),
      TEST(so_does_who_is_alone), TEST(who_is_alone_has_all_of_a_small_credit),
      TEST(a_body_that_dribbles_is_ended),
      TEST(who_has_begun_is_answered_and_who_is_silent_is_not),
      TEST(a_bare_head_is_ended_and_a_kept_connection_is_not),
      TEST(an_address_gets_no_more_than_its_share),
      TEST(too_many_parameters_are_refused_at_once),
      TEST(who_writes_first_hears_the_answer),
      TEST(a_stop_answers_what_is_not_complete),
      TEST(a_stop_hears_who_has_connected_already))
