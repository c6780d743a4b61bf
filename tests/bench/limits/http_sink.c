/* SPDX-License-Identifier: Apache-2.0 */
/* The cheapest HTTP sink: answers 202 to everything, in one thread. It prints
 * a line when MARK requests were answered and another one after COUNT, so that
 * a benchmark can measure what lies between. Only for the benchmark.
 *
 *     http_sink PORT MARK COUNT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char accepted[] =
    "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

typedef struct client {
    int fd;
    size_t len;
    char buf[16384];
} client;

static unsigned long answered, mark, count;
static int poller;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void count_one(void)
{
    answered++;
    if (answered == mark || answered == count) {
        printf("%lu\n", answered);
        fflush(stdout);
    }
}

/* The bytes of the first request, or 0 while it is incomplete. */
static size_t request_length(const client *c)
{
    const char *end = memmem(c->buf, c->len, "\r\n\r\n", 4);
    const char *length;
    size_t need;

    if (!end)
        return 0;
    need = (size_t)(end + 4 - c->buf);
    length = strcasestr(c->buf, "content-length:");
    if (length && length < end)
        need += strtoul(length + 15, NULL, 10);
    return need <= c->len ? need : 0;
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
        if (send(c->fd, accepted, sizeof accepted - 1, MSG_NOSIGNAL) < 0)
            return;
        count_one();
    }
}

static void watch(int fd, void *tag)
{
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = tag };

    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e))
        die("epoll_ctl");
}

static void accept_all(int listener)
{
    int fd, yes = 1;
    client *c;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        c = calloc(1, sizeof *c);
        if (!c)
            die("calloc");
        c->fd = fd;
        watch(fd, c);
    }
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096))
        die("listen");
    return fd;
}

int main(int argc, char **argv)
{
    struct epoll_event events[256];
    int listener, n;

    if (argc != 4) {
        fprintf(stderr, "usage: http_sink PORT MARK COUNT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    mark = strtoul(argv[2], NULL, 10);
    count = strtoul(argv[3], NULL, 10);
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
