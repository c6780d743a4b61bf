/* SPDX-License-Identifier: Apache-2.0 */
/* The cheapest HTTP sink: answers 202 to everything, in one thread, and counts
 * in the first 8 bytes of FILE. Only for the benchmark.
 *
 *     acceptor PORT FILE
 */
#include "counter.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct client {
    int fd;
    size_t len;
    char buf[16384];
} client;

static _Atomic uint64_t *counter;
static int poller;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096))
        fail("listen");
    return fd;
}

static void watch(int fd, void *tag)
{
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = tag };

    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e))
        fail("epoll_ctl");
}

static bool answer(int fd)
{
    static const char accepted[] =
        "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

    return send(fd, accepted, sizeof accepted - 1, MSG_NOSIGNAL) >= 0;
}

/* The bytes of chunks from AT on, which hold no empty one as text; or 0. */
static size_t chunks_length(const char *at, size_t len)
{
    static const char last[] = "0\r\n\r\n";
    const char *end = memmem(at, len, last, sizeof last - 1);

    return end ? (size_t)(end - at) + sizeof last - 1 : 0;
}

static const char *find_header(const client *c, const char *name,
                               const char *end)
{
    const char *found = strcasestr(c->buf, name);

    return found && found < end ? found + strlen(name) : NULL;
}

/* The bytes of the first request, or 0 while it is incomplete. */
static size_t request_length(const client *c)
{
    const char *end = memmem(c->buf, c->len, "\r\n\r\n", 4), *length;
    size_t head, body;

    if (!end)
        return 0;
    head = (size_t)(end + 4 - c->buf);
    if (find_header(c, "transfer-encoding: chunked", end)) {
        body = chunks_length(end + 4, c->len - head);
        return body ? head + body : 0;
    }
    length = find_header(c, "content-length:", end);
    body = length ? strtoul(length, NULL, 10) : 0;
    return head + body <= c->len ? head + body : 0;
}

static void serve(client *c)
{
    ssize_t n = recv(c->fd, c->buf + c->len, sizeof c->buf - 1 - c->len, 0);
    size_t need;

    if (n <= 0) {
        if (n < 0 && errno == EAGAIN)
            return;
        close(c->fd);
        free(c);
        return;
    }
    c->len += (size_t)n;
    c->buf[c->len] = '\0';
    while ((need = request_length(c))) {
        c->len -= need;
        memmove(c->buf, c->buf + need, c->len + 1);
        if (!answer(c->fd))
            return;
        ++*counter;
    }
}

static void accept_all(int listener)
{
    int fd, yes = 1;
    client *c;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        c = calloc(1, sizeof *c);
        if (!c)
            fail("calloc");
        c->fd = fd;
        watch(fd, c);
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[256];
    int listener, n;

    if (argc != 3) {
        fprintf(stderr, "usage: acceptor PORT FILE\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    counter = open_counter(argv[2]);
    poller = epoll_create1(0);
    listener = listen_on((uint16_t)atoi(argv[1]));
    watch(listener, NULL);
    for (;;) {
        n = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < n; i++) {
            if (!events[i].data.ptr)
                accept_all(listener);
            else
                serve(events[i].data.ptr);
        }
    }
}
