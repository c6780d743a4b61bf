/* SPDX-License-Identifier: Apache-2.0 */
/* What HTTP to Kafka costs at least: one thread, one epoll, no checks. It
 * answers 202 after the delivery report, as the bridge must, and trusts its
 * client in everything else. Only for the benchmark.
 *
 *     http_to_kafka PORT BOOTSTRAP TOPIC
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

static const char accepted[] =
    "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

typedef struct client {
    int fd;
    size_t len;
    bool busy; /* a record is on its way; its report answers */
    bool gone; /* the peer left while busy */
    char buf[16384];
} client;

static rd_kafka_t *producer;
static rd_kafka_topic_t *topic;
static rd_kafka_queue_t *reports;
static int poller;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

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

static void produce(client *c, const char *body, size_t len,
                    rd_kafka_headers_t *headers)
{
    c->busy = true;
    if (rd_kafka_producev(producer, RD_KAFKA_V_RKT(topic),
                          RD_KAFKA_V_VALUE((void *)(uintptr_t)body, len),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_OPAQUE(c), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_END))
        die("produce");
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
    produce(c, end + 4, body, headers);
    c->len -= need;
    memmove(c->buf, c->buf + need, c->len);
}

static void answer(client *c)
{
    c->busy = false;
    if (c->gone) {
        free(c);
        return;
    }
    if (send(c->fd, accepted, sizeof accepted - 1, MSG_NOSIGNAL) < 0)
        return;
    if (c->len)
        take_request(c);
}

static void drain_reports(int bell)
{
    const rd_kafka_message_t *m;
    rd_kafka_event_t *e;
    uint64_t count;

    if (read(bell, &count, sizeof count) < 0 && errno != EAGAIN)
        die("eventfd");
    while ((e = rd_kafka_queue_poll(reports, 0))) {
        while (rd_kafka_event_type(e) == RD_KAFKA_EVENT_DR &&
               (m = rd_kafka_event_message_next(e)))
            answer(m->_private);
        rd_kafka_event_destroy(e);
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

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[256];

    if (rd_kafka_conf_set(conf, name, value, error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
}

/* Reports wake the loop through the eventfd that it returns. */
static int open_producer(const char *bootstrap, const char *name)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const struct rd_kafka_metadata *known;
    int bell = eventfd(0, EFD_NONBLOCK);
    static const uint64_t one = 1;
    char error[256];

    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "linger.ms", "0");
    /* As few requests as the bridge has on their way: see its producer.c. */
    set(conf, "max.in.flight", "5");
    set(conf, "socket.nagle.disable", "true");
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!producer)
        die(error);
    topic = rd_kafka_topic_new(producer, name, NULL);
    if (rd_kafka_metadata(producer, 0, topic, &known, 5000))
        die("metadata");
    rd_kafka_metadata_destroy(known);
    reports = rd_kafka_queue_get_main(producer);
    rd_kafka_queue_io_event_enable(reports, bell, &one, sizeof one);
    return bell;
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
    watch(listener, &listener);
    watch(bell, &bell);
    for (;;) {
        n = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &listener)
                accept_all(listener);
            else if (events[i].data.ptr == &bell)
                drain_reports(bell);
            else
                receive(events[i].data.ptr);
        }
    }
}
