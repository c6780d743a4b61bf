/* SPDX-License-Identifier: Apache-2.0 */
/* Receivers of one loop at one address: one listens for all, and each has its
 * path and its own rules. */
#include "tests/http/raw_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#define ASK(line, fields) line " HTTP/1.1\r\nHost: h\r\n" fields "\r\n"
#define TO(target, fields)                                                     \
    "POST " target " HTTP/1.1\r\n" EVENT_FIELDS fields                         \
    "Content-Length: 0\r\n\r\n"

static rig a, b;
static client peer;

/* B's URI, with the port that A has. */
static const char *uri_of_b(const char *query)
{
    static char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:%u%s", rig_port(&a), query);
    return uri;
}

static void open_both(const char *query_of_a, const char *query_of_b)
{
    char uri[200];

    snprintf(uri, sizeof uri, "http://127.0.0.1:0%s", query_of_a);
    rig_open(&a);
    rig_start_receiver(&a, uri);
    rig_open_beside(&b, &a);
    rig_start_receiver(&b, uri_of_b(query_of_b));
}

static void close_both(void)
{
    rig_close_receiver(&b);
    rig_close(&a);
}

static int ask(const char *request)
{
    return client_ask_once(&peer, &a, request);
}

static void each_takes_what_is_for_its_path(void)
{
    static const struct {
        const char *target;
        int status;
        unsigned of_a, of_b;
    } rows[] = {
        { "/a", 202, 1, 0 },         { "/a/b", 202, 0, 1 },
        { "/a?x=1", 202, 1, 0 },     { "/%61/b", 202, 0, 1 },
        { "http://h/a", 202, 1, 0 }, { "http://h/a/b?x", 202, 0, 1 },
        { "/", 404, 0, 0 },          { "/a/", 404, 0, 0 },
        { "/a/b/c", 404, 0, 0 },
    };

    open_both("/a", "/a/b");
    EXPECT_EQ(rig_port(&b), rig_port(&a));
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[400];

        a.arrived = b.arrived = 0;
        snprintf(text, sizeof text,
                 "POST %s HTTP/1.1\r\n" EVENT_FIELDS
                 "Content-Length: 0\r\n\r\n",
                 rows[i].target);
        EXPECT_EQ_ROW(rows[i].target, ask(text), rows[i].status);
        EXPECT_EQ_ROW(rows[i].target, a.arrived, rows[i].of_a);
        EXPECT_EQ_ROW(rows[i].target, b.arrived, rows[i].of_b);
    }
    close_both();
}

static void check_root(const rig *root, const rig *other)
{
    EXPECT_EQ(ask(TO("/b", "")), 202);
    EXPECT_EQ(ask(ASK("GET /healthz", "")), 200);
    EXPECT_EQ(root->arrived, 0);
    EXPECT_EQ(ask(TO("/else", "")), 202);
    EXPECT_EQ(ask(TO("/", "")), 202);
    EXPECT_EQ(root->arrived, 2);
    EXPECT_EQ(other->arrived, 1);
    close_both();
}

static void the_root_takes_what_nobody_else_does(void)
{
    open_both("/", "/b?health_path=/healthz");
    check_root(&a, &b);
    open_both("/b?health_path=/healthz", "/");
    check_root(&b, &a);
}

static void each_has_its_own_rules(void)
{
    open_both("/a?token=one&health_path=/healthz",
              "/b?token=two&cors_origins=*&webhook_origins=hooks.example"
              "&max_event_bytes=10B&health_path=/healthz");
    EXPECT_EQ(ask(TO("/a", "Authorization: Bearer one\r\n")), 202);
    EXPECT_EQ(ask(TO("/b", "Authorization: Bearer one\r\n")), 401);
    EXPECT_EQ(ask(TO("/a", "Authorization: Bearer two\r\n")), 401);
    EXPECT_EQ(ask(TO("/b", "Authorization: Bearer two\r\n"
                           "WebHook-Request-Origin: hooks.example\r\n")),
              202);
    EXPECT_EQ(ask(ASK("OPTIONS /a", "")), 401);
    EXPECT_EQ(
        ask(ASK("OPTIONS /b", "WebHook-Request-Origin: hooks.example\r\n")),
        200);
    EXPECT_STR(client_header(&peer, "WebHook-Allowed-Origin"), "hooks.example");
    EXPECT_EQ(ask(ASK("OPTIONS *", "")), 200);
    EXPECT_EQ(ask(ASK("GET /healthz", "")), 200);
    EXPECT_EQ(ask(ASK("GET /a", "Authorization: Bearer one\r\n")), 405);
    EXPECT_STR(client_header(&peer, "Allow"), "POST");
    close_both();
}

/* One connection serves both. */
static void a_connection_may_ask_for_either(void)
{
    open_both("/a", "/b");
    client_open(&peer, &a);
    EXPECT_EQ(client_ask(&peer, TO("/a", "")), 202);
    EXPECT_EQ(client_ask(&peer, TO("/b", "")), 202);
    EXPECT_EQ(client_ask(&peer, TO("/c", "")), 404);
    EXPECT_EQ(client_ask(&peer, TO("/a", "")), 202);
    client_close(&peer);
    EXPECT_EQ(a.arrived, 2);
    EXPECT_EQ(b.arrived, 1);
    close_both();
}

static void one_stops_and_the_other_goes_on(void)
{
    client kept;

    open_both("/a?health_path=/up", "/b");
    client_open(&kept, &a);
    EXPECT_EQ(client_ask(&kept, TO("/b", "")), 202);
    /* Its body is on its way when A stops. */
    client_open(&peer, &a);
    client_send(&peer, "POST /a HTTP/1.1\r\n" EVENT_FIELDS
                       "Content-Length: 100000\r\n\r\nx");
    rig_pass(&a, 50);
    a.receiver->ops->stop(a.receiver);
    EXPECT_EQ(client_answer(&peer), 503);
    client_close(&peer);
    EXPECT_EQ(ask(TO("/a", "")), 503);
    EXPECT_STR(client_header(&peer, "Retry-After"), "1");
    EXPECT_EQ(ask(ASK("GET /up", "")), 503);
    /* No body is asked for. */
    client_open(&peer, &a);
    client_send(&peer, "POST /a HTTP/1.1\r\n" EVENT_FIELDS
                       "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(client_answer(&peer), 503);
    client_close(&peer);
    EXPECT_EQ(client_ask(&kept, TO("/b", "")), 202);
    EXPECT_EQ(client_ask(&kept, TO("/a", "")), 503);
    rig_close_receiver(&a);
    EXPECT_EQ(b.arrived, 2);
    /* It was the first, and is gone. */
    EXPECT_EQ(client_ask(&kept, TO("/b", "")), 202);
    EXPECT_EQ(client_ask(&kept, TO("/a", "")), 404);
    client_close(&kept);
    close_both();
}

static void the_path_of_their_health_is_that_of_all(void)
{
    open_both("/a?health_path=/healthz", "/b?health_path=/healthz");
    EXPECT_EQ(ask(ASK("GET /healthz", "")), 200);
    rig_close_receiver(&a);
    EXPECT_EQ(client_ask_once(&peer, &b, ASK("GET /healthz", "")), 200);
    EXPECT_EQ(client_ask_once(&peer, &b, ASK("GET /a", "")), 404);
    close_both();
}

static void one_comes_back(void)
{
    char uri[100];

    open_both("/a", "/b");
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/a", rig_port(&b));
    rig_close_receiver(&a);
    rig_start_receiver(&a, uri);
    EXPECT_EQ(ask(TO("/a", "")), 202);
    EXPECT_EQ(ask(TO("/b", "")), 202);
    close_both();
}

static bool is_closed(unsigned port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool failed = connect(fd, (struct sockaddr *)&to, sizeof to) != 0;

    close(fd);
    return failed;
}

/* What waits for its result, when the other leaves, has it. */
static void the_last_that_leaves_closes_the_port(void)
{
    unsigned port;

    open_both("/a", "/b");
    port = rig_port(&a);
    b.hold = true;
    client_open(&peer, &a);
    client_send(&peer, TO("/b", ""));
    RIG_UNTIL(&a, b.holding == 1);
    rig_close_receiver(&a);
    rig_settle(&b, (ce_result){ .verdict = CE_ACK });
    EXPECT_EQ(client_answer(&peer), 202);
    rig_close_receiver(&b);
    EXPECT(client_ends(&peer));
    client_close(&peer);
    EXPECT(is_closed(port));
    rig_close(&a);
}

/* Refused in the head, with a body that goes on. */
static void one_may_leave_while_a_refused_request_goes_on(void)
{
    open_both("/a?token=one", "/b");
    client_open(&peer, &a);
    client_send(&peer, "POST /a HTTP/1.1\r\n" EVENT_FIELDS
                       "Content-Length: 1000000\r\n\r\nx");
    EXPECT_EQ(client_answer(&peer), 401);
    rig_close_receiver(&a);
    client_send(&peer, "more");
    rig_pass(&a, 50);
    client_close(&peer);
    rig_pass(&a, 50);
    EXPECT_EQ(client_ask_once(&peer, &b, TO("/b", "")), 202);
    close_both();
}

static void what_cannot_be_shared_is_refused(void)
{
    static const struct {
        const char *query, *words;
    } rows[] = {
        { "/a", "/a cannot be the path of both" },
        { "/a?token=x", "/a cannot be the path of both" },
        { "/b?max_connections=7", "max_connections has to be the same" },
        { "/b?idle_timeout=3s", "idle_timeout has to be the same" },
        { "/b?max_header_bytes=32KiB", "max_header_bytes has to be" },
        { "/b?reuse_port=true", "reuse_port has to be the same" },
        { "/b?health_path=/a", "the health_path of one is the path" },
        { "/h", "the health_path of one is the path of the other" },
    };

    rig_open(&a);
    rig_start_receiver(&a, "http://127.0.0.1:0/a?health_path=/h");
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        rig_open_beside(&b, &a);
        EXPECT_EQ_ROW(rows[i].query,
                      rig_try_receiver(&b, uri_of_b(rows[i].query), &err),
                      CE_EINVAL);
        EXPECT_ROW(rows[i].query, strstr(err.text, rows[i].words));
        rig_close_receiver(&b);
    }
    EXPECT_EQ(ask(TO("/a", "")), 202);
    rig_close(&a);
}

/* Another loop has a socket of its own, where the kernel lets it. */
static void loops_do_not_share(void)
{
    static rig other;
    ce_error err = { CE_OK, "" };

    rig_open(&a);
    rig_start_receiver(&a, "http://127.0.0.1:0/a");
    rig_open(&other);
    EXPECT_EQ(rig_try_receiver(&other, uri_of_b("/b"), &err), CE_EIO);
    rig_close(&other);
    rig_close(&a);
}

TESTS("http listener", TEST(each_takes_what_is_for_its_path),
      TEST(the_root_takes_what_nobody_else_does), TEST(each_has_its_own_rules),
      TEST(a_connection_may_ask_for_either),
      TEST(one_stops_and_the_other_goes_on),
      TEST(the_path_of_their_health_is_that_of_all), TEST(one_comes_back),
      TEST(the_last_that_leaves_closes_the_port),
      TEST(one_may_leave_while_a_refused_request_goes_on),
      TEST(what_cannot_be_shared_is_refused), TEST(loops_do_not_share))
