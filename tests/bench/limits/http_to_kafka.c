/* SPDX-License-Identifier: Apache-2.0 */
/* What HTTP to Kafka costs at least: one thread, one epoll, no checks. It
 * answers 202 after the delivery report, as the bridge must, and trusts its
 * client in everything else. Only for the benchmark.
 *
 *     http_to_kafka PORT BOOTSTRAP TOPIC
 */
#include "listener.h"
#include "producer.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct client {
    int fd;
    size_t len;
    bool busy; /* a record is on its way; its report answers */
    bool gone; /* the peer left while busy */
    char buf[16384];
} client;

static int poller;

/* Adds a ce- header or the content type; returns the content length or 0. */
static size_t take_header(rd_kafka_headers_t *headers, const char *line,
                          const char *end)
{
    const char *colon = memchr(line, ':', (size_t)(end - line));
    char name[64] = "ce_";
    size_t len, i;

    if (!colon)
        return 0;
    len = (size_t)(colon - line);
    if (len > 3 && len < sizeof name && !strncasecmp(line, "ce-", 3)) {
        for (i = 3; i < len; i++)
            name[i] = (char)(line[i] | 32);
        rd_kafka_header_add(headers, name, (ssize_t)len, colon + 2,
                            end - colon - 2);
    } else if (len == 12 && !strncasecmp(line, "content-type", 12)) {
        rd_kafka_header_add(headers, "content-type", 12, colon + 2,
                            end - colon - 2);
    } else if (len == 14 && !strncasecmp(line, "content-length", 14)) {
        return strtoul(colon + 1, NULL, 10);
    }
    return 0;
}

/* Sends the first request in the buffer on, if it is complete. */
static void take_request(client *c)
{
    char *end = memmem(c->buf, c->len, "\r\n\r\n", 4);
    rd_kafka_headers_t *headers;
    size_t body = 0, need;
    char *line, *stop;

    if (!end)
        return;
    headers = rd_kafka_headers_new(10);
    line = (char *)memchr(c->buf, '\n', (size_t)(end + 2 - c->buf)) + 1;
    for (; line < end; line = stop + 2) {
        stop = memchr(line, '\r', (size_t)(end + 1 - line));
        body += take_header(headers, line, stop);
    }
    need = (size_t)(end + 4 - c->buf) + body;
    if (c->len < need) {
        rd_kafka_headers_destroy(headers);
        return;
    }
    c->busy = true;
    produce(c, end + 4, body, headers);
    c->len -= need;
    memmove(c->buf, c->buf + need, c->len);
}

static void answer(void *opaque)
{
    client *c = opaque;

    c->busy = false;
    if (c->gone) {
        free(c);
        return;
    }
    if (!send_accepted(c->fd))
        return;
    if (c->len)
        take_request(c);
}

static void accept_all(int listener)
{
    int fd;
    client *c;

    while ((fd = accept_one(listener)) >= 0) {
        c = calloc(1, sizeof *c);
        if (!c)
            die("calloc");
        c->fd = fd;
        watch(poller, fd, c);
    }
}

static void receive(client *c)
{
    ssize_t n = recv(c->fd, c->buf + c->len, sizeof c->buf - c->len, 0);

    if (n > 0) {
        c->len += (size_t)n;
        if (!c->busy)
            take_request(c);
    } else if (n == 0 || errno != EAGAIN) {
        close(c->fd);
        c->gone = true;
        if (!c->busy)
            free(c);
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[256];
    int bell, listener, n;

    if (argc != 4) {
        fprintf(stderr, "usage: http_to_kafka PORT BOOTSTRAP TOPIC\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(0);
    bell = open_producer(argv[2], argv[3]);
    listener = listen_on((uint16_t)atoi(argv[1]));
    watch(poller, listener, &listener);
    watch(poller, bell, &bell);
    for (;;) {
        n = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &listener)
                accept_all(listener);
            else if (events[i].data.ptr == &bell)
                drain_reports(bell, answer);
            else
                receive(events[i].data.ptr);
        }
    }
}
