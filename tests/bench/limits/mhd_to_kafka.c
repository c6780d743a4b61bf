/* SPDX-License-Identifier: Apache-2.0 */
/* What HTTP to Kafka costs at least with libmicrohttpd: its epoll and the
 * eventfd of librdkafka on one thread, a connection suspended until its
 * record is confirmed, no checks. Only for the benchmark.
 *
 *     mhd_to_kafka PORT BOOTSTRAP TOPIC
 */
#include "producer.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include <microhttpd.h>

typedef struct request {
    struct MHD_Connection *connection;
    bool confirmed;
    size_t len;
    char body[8192];
} request;

static struct MHD_Response *accepted;

static enum MHD_Result take_header(void *arg, enum MHD_ValueKind kind,
                                   const char *name, const char *value)
{
    char out[64] = "ce_";

    (void)kind;
    if (!strncasecmp(name, "ce-", 3) && strlen(name) < sizeof out) {
        for (size_t i = 3; name[i]; i++)
            out[i] = (char)(name[i] | 32);
        rd_kafka_header_add(arg, out, (ssize_t)strlen(name), value, -1);
    } else if (!strcasecmp(name, "content-type")) {
        rd_kafka_header_add(arg, "content-type", 12, value, -1);
    }
    return MHD_YES;
}

static void pass_on(request *r)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(10);

    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, take_header,
                              headers);
    MHD_suspend_connection(r->connection);
    produce(r, r->body, r->len, headers);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c,
                              const char *url, const char *method,
                              const char *version, const char *bytes,
                              size_t *len, void **state)
{
    request *r = *state;

    (void)arg, (void)url, (void)method, (void)version;
    if (!r) {
        *state = r = calloc(1, sizeof *r);
        if (!r)
            die("calloc");
        r->connection = c;
    } else if (*len > 0) {
        if (*len > sizeof r->body - r->len)
            return MHD_NO;
        memcpy(r->body + r->len, bytes, *len);
        r->len += *len;
        *len = 0;
    } else if (r->confirmed) {
        return MHD_queue_response(c, MHD_HTTP_ACCEPTED, accepted);
    } else {
        pass_on(r);
    }
    return MHD_YES;
}

static void end(void *arg, struct MHD_Connection *c, void **state,
                enum MHD_RequestTerminationCode why)
{
    (void)arg, (void)c, (void)why;
    free(*state);
    *state = NULL;
}

static void confirmed(void *opaque)
{
    request *r = opaque;

    r->confirmed = true;
    MHD_resume_connection(r->connection);
}

static struct MHD_Daemon *listen_on(uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL, handle,
        NULL, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_NOTIFY_COMPLETED, end, NULL,
        MHD_OPTION_END);

    if (!d)
        die("listen");
    return d;
}

static void watch(int poller, int fd)
{
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e))
        die("epoll_ctl");
}

static int pause_of(struct MHD_Daemon *d)
{
    MHD_UNSIGNED_LONG_LONG ms;

    return MHD_get_timeout(d, &ms) == MHD_YES ? (int)ms : -1;
}

int main(int argc, char **argv)
{
    struct epoll_event events[2];
    struct MHD_Daemon *d;
    int bell, poller, n;

    if (argc != 4) {
        fprintf(stderr, "usage: mhd_to_kafka PORT BOOTSTRAP TOPIC\n");
        return 2;
    }
    accepted = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
                                               MHD_RESPMEM_PERSISTENT);
    bell = open_producer(argv[2], argv[3]);
    d = listen_on((uint16_t)atoi(argv[1]));
    poller = epoll_create1(0);
    watch(poller, MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
    watch(poller, bell);
    for (;;) {
        n = epoll_wait(poller, events, 2, pause_of(d));
        for (int i = 0; i < n; i++)
            if (events[i].data.fd == bell)
                drain_reports(bell, confirmed);
        MHD_run(d);
    }
}
