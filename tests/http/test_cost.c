/* SPDX-License-Identifier: Apache-2.0 */
/* Many connections to a source, many sources on one port, and large bodies: a
 * request, or a byte, costs as much as with few. */
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/http/raw_client.h"
#include "tests/support/cost.h"

/* Both ends of a connection are here. */
enum { CONNECTIONS_MAX = 1000, SOURCES_MAX = 1000 };

static rig now;
static int fds[CONNECTIONS_MAX];
static unsigned count;

static int connect_to(unsigned port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    REQUIRE(fd >= 0);
    REQUIRE_EQ(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void take_answer(int from)
{
    char answer[2000] = "";
    ssize_t got = -1;

    while (got < 0) {
        uv_run(ce_loop_uv(now.loop), UV_RUN_ONCE);
        got = recv(from, answer, sizeof answer - 1, MSG_DONTWAIT);
    }
    EXPECT(strncmp(answer, "HTTP/1.1 202 ", 13) == 0);
}

/* Sends a request, and takes the answer. */
static void ask(int to, const char *request)
{
    REQUIRE_EQ(write(to, request, strlen(request)), (ssize_t)strlen(request));
    take_answer(to);
}

/* --- connections --- */

static void *make_connections(unsigned connections)
{
    count = connections;
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/?max_connections=2000");
    for (unsigned i = 0; i < count; i++) {
        fds[i] = connect_to(rig_port(&now));
        ask(fds[i], EVENT);
    }
    return fds;
}

static void ask_on_each(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < count; i++)
        ask(fds[i], EVENT);
}

static void drop_connections(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    rig_close_receiver(&now);
    rig_close(&now);
}

/* --- heads that do not go on --- */

static int fd;

/* Each of them has a query of a hundred parameters. */
static void *make_stalled(unsigned connections)
{
    char head[300];
    size_t len = (size_t)sprintf(head, "POST /?");

    count = connections;
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/?max_connections=2000"
                             "&header_timeout=10m&idle_timeout=10m");
    while (len < 207)
        len += (size_t)sprintf(head + len, "a&");
    len += (size_t)sprintf(head + len, " HTTP/1.1\r\nHost: h\r\n");
    for (unsigned i = 0; i < count; i++) {
        fds[i] = connect_to(rig_port(&now));
        REQUIRE_EQ(write(fds[i], head, len), (ssize_t)len);
    }
    fd = connect_to(rig_port(&now));
    ask(fd, EVENT);
    return fds;
}

static void ask_as_often(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < count; i++)
        ask(fd, EVENT);
}

static void drop_stalled(void *arg)
{
    close(fd);
    drop_connections(arg);
}

static void many_connections_cost_no_square(void)
{
    static const cost rows[] = {
        { "HTTP, connections", 100, make_connections, ask_on_each,
          drop_connections },
        { "HTTP, stalled heads", 100, make_stalled, ask_as_often,
          drop_stalled },
    };
    struct rlimit files;

    REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    REQUIRE_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
    expect_no_square(rows, COUNT(rows));
}

/* --- bytes --- */

typedef struct posted {
    char *text;
    size_t len;
} posted;

static void *make_body(unsigned bytes)
{
    static posted p;
    int head;

    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/");
    fd = connect_to(rig_port(&now));
    p.text = malloc(bytes + 300);
    REQUIRE(p.text != NULL);
    head =
        snprintf(p.text, 300, EVENT_HEAD "Content-Length: %u\r\n\r\n", bytes);
    memset(p.text + head, 'x', bytes);
    p.len = (size_t)head + bytes;
    return &p;
}

/* In pieces of a few packets, as a network brings it. */
static void post_body(void *arg)
{
    const posted *p = arg;
    size_t sent = 0;

    while (sent < p->len) {
        size_t left = p->len - sent;
        ssize_t n =
            send(fd, p->text + sent, left < 8000 ? left : 8000, MSG_DONTWAIT);

        sent += n > 0 ? (size_t)n : 0;
        uv_run(ce_loop_uv(now.loop), UV_RUN_NOWAIT);
    }
    take_answer(fd);
}

static void drop_body(void *arg)
{
    free(((posted *)arg)->text);
    close(fd);
    rig_close_receiver(&now);
    rig_close(&now);
}

static void large_bodies_cost_no_square(void)
{
    static const cost rows[] = {
        { "HTTP, bytes", 100000, make_body, post_body, drop_body },
    };

    expect_no_square(rows, COUNT(rows));
}

/* --- sources --- */

static rig others[SOURCES_MAX];

static void *make_sources(unsigned sources)
{
    char uri[100];

    count = sources;
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/first");
    for (unsigned i = 0; i < count; i++) {
        rig_open_beside(&others[i], &now);
        others[i].answer = now.answer;
        snprintf(uri, sizeof uri, "http://127.0.0.1:%u/%u", rig_port(&now), i);
        rig_start_receiver(&others[i], uri);
    }
    fd = connect_to(rig_port(&now));
    return others;
}

static void ask_each(void *arg)
{
    char request[300];

    (void)arg;
    for (unsigned i = 0; i < count; i++) {
        snprintf(request, sizeof request,
                 "POST /%u HTTP/1.1\r\n" EVENT_FIELDS
                 "Content-Length: 0\r\n\r\n",
                 i);
        ask(fd, request);
    }
}

static void drop_sources(void *arg)
{
    (void)arg;
    close(fd);
    for (unsigned i = 0; i < count; i++)
        rig_close_receiver(&others[i]);
    rig_close_receiver(&now);
    rig_close(&now);
}

static void open_sources(void *number)
{
    drop_sources(make_sources(*(unsigned *)number));
}

static void *make_number(unsigned sources)
{
    static unsigned number;

    number = sources;
    return &number;
}

static void drop_number(void *number)
{
    (void)number;
}

static void many_sources_on_one_port_cost_no_square(void)
{
    static const cost rows[] = {
        { "HTTP, paths", 100, make_sources, ask_each, drop_sources },
        { "HTTP, sources", 100, make_number, open_sources, drop_number },
    };

    expect_no_square(rows, COUNT(rows));
}

TESTS("http/cost", TEST(many_connections_cost_no_square),
      TEST(large_bodies_cost_no_square),
      TEST(many_sources_on_one_port_cost_no_square))
