/* SPDX-License-Identifier: Apache-2.0 */
/* The cheapest HTTP sink: answers 202 to everything, in one thread. It prints
 * a line when MARK requests were answered and another one after COUNT, so that
 * a benchmark can measure what lies between. Only for the benchmark.
 *
 *     http_sink PORT MARK COUNT
 */
#include "listener.h"

#include <errno.h>
#include <signal.h>
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

static unsigned long answered, mark, count;
static int poller;

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
        if (!send_accepted(c->fd))
            return;
        count_one();
    }
}

static void accept_all(int listener)
{
    int fd;
    client *c;

    while ((fd = accept_one(listener)) >= 0) {
        c = calloc(1, sizeof *c);
        if (!c)
            abort();
        c->fd = fd;
        watch(poller, fd, c);
    }
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
    watch(poller, listener, NULL);
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
