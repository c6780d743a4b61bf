/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP with libmicrohttpd: a connection is suspended until its event has
 * arrived. The buffer is as large as the bridge's. */
#include "relay.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

enum { BUFFER = 90 * 1024 };

typedef struct request {
    struct MHD_Connection *connection;
    struct request *next;
    bool confirmed;
    size_t len;
    char body[8192];
} request;

static struct MHD_Daemon *server;
static struct MHD_Response *accepted;
static request *waiting, **last = &waiting; /* received and not yet sent */

static enum MHD_Result receive(request *r, const char *bytes, size_t *len)
{
    if (*len > sizeof r->body - r->len)
        return MHD_NO;
    memcpy(r->body + r->len, bytes, *len);
    r->len += *len;
    *len = 0;
    return MHD_YES;
}

static enum MHD_Result begin(struct MHD_Connection *c, void **state)
{
    request *r = malloc(sizeof *r);

    if (!r)
        die("malloc");
    r->connection = c;
    r->next = NULL;
    r->confirmed = false;
    r->len = 0;
    *state = r;
    return MHD_YES;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c,
                              const char *url, const char *method,
                              const char *version, const char *bytes,
                              size_t *len, void **state)
{
    request *r = *state;

    (void)arg, (void)url, (void)method, (void)version;
    if (!r)
        return begin(c, state);
    if (*len > 0)
        return receive(r, bytes, len);
    if (r->confirmed)
        return MHD_queue_response(c, MHD_HTTP_ACCEPTED, accepted);
    MHD_suspend_connection(c);
    *last = r;
    last = &r->next;
    return MHD_YES;
}

static void end(void *arg, struct MHD_Connection *c, void **state,
                enum MHD_RequestTerminationCode why)
{
    (void)arg, (void)c, (void)why;
    free(*state);
    *state = NULL;
}

static void listen_at(const char *uri)
{
    uint16_t port = (uint16_t)atoi(strrchr(parse_place(uri).host, ':') + 1);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    accepted = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
                                               MHD_RESPMEM_PERSISTENT);
    server = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL, handle,
        NULL, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_NOTIFY_COMPLETED, end, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)BUFFER, MHD_OPTION_END);
    if (!server)
        die("listen");
}

static void nothing(void *arg)
{
    (void)arg;
}

static void open_source(const char *uri)
{
    listen_at(uri);
    watch(MHD_get_daemon_info(server, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
          nothing, NULL);
}

static enum MHD_Result take_header(void *arg, enum MHD_ValueKind kind,
                                   const char *name, const char *value)
{
    text n = { name, strlen(name) }, v = { value, strlen(value) };
    event *e = arg;

    (void)kind;
    if (text_is(n, "content-type"))
        e->type = v;
    else if (without_prefix(&n, "ce-"))
        add_attribute(e, n, v);
    return MHD_YES;
}

static void pass_on(request *r)
{
    event e;

    e.count = 0;
    e.type = (text){ "", 0 };
    e.data = (text){ r->body, r->len };
    e.token = r;
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, take_header, &e);
    give(&e);
}

static void pull(size_t room)
{
    request *r;

    MHD_run(server);
    while (room-- > 0 && (r = waiting)) {
        waiting = r->next;
        if (!waiting)
            last = &waiting;
        pass_on(r);
    }
}

static void settle(void *token)
{
    request *r = token;

    r->confirmed = true;
    MHD_resume_connection(r->connection);
}

static int pause_ms(void)
{
    MHD_UNSIGNED_LONG_LONG ms;

    return MHD_get_timeout(server, &ms) == MHD_YES ? (int)ms : -1;
}

const source http_source = { "http", open_source, pull, settle, pause_ms };
