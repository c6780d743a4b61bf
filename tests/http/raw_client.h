/* SPDX-License-Identifier: Apache-2.0 */
/* A client that sends the bytes that a test wants, and reads answers one by
 * one, while the rig's loop runs. */
#ifndef CE_TESTS_HTTP_RAW_CLIENT_H
#define CE_TESTS_HTTP_RAW_CLIENT_H

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/http/http_rig.h"

typedef struct client {
    rig *r;
    int fd;
    char in[1 << 16];
    size_t len;
    bool ended; /* by the server */
    int status; /* of the newest answer */
    char head[1 << 13], body[1 << 13];
} client;

#define POST_HEAD "POST / HTTP/1.1\r\nHost: h\r\n"
#define EVENT_FIELDS                                                           \
    "Host: h\r\nce-specversion: 1.0\r\nce-id: 1\r\nce-type: t\r\n"             \
    "ce-source: /s\r\n"
#define EVENT_HEAD "POST / HTTP/1.1\r\n" EVENT_FIELDS
#define EVENT EVENT_HEAD "Content-Length: 0\r\n\r\n"

static inline void client_open_at(client *c, rig *r, unsigned port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };

    at.sin_port = htons((unsigned short)port);
    *c = (client){ .r = r };
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE_CMP(c->fd, >=, 0);
    REQUIRE_EQ(connect(c->fd, (struct sockaddr *)&at, sizeof at), 0);
}

static inline void client_open(client *c, rig *r)
{
    client_open_at(c, r, rig_port(r));
}

static inline void client_close(client *c)
{
    close(c->fd);
}

/* As far as the server takes it. */
static inline void client_send_bytes(client *c, const char *bytes, size_t len)
{
    uint64_t end = rig_end(c->r);

    while (len > 0 && ce_loop_now_ms(c->r->loop) < end) {
        ssize_t n = send(c->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
            return;
        if (n < 0)
            uv_run(ce_loop_uv(c->r->loop), UV_RUN_ONCE);
        bytes += n < 0 ? 0 : n;
        len -= n < 0 ? 0 : (size_t)n;
    }
}

static inline void client_send(client *c, const char *text)
{
    client_send_bytes(c, text, strlen(text));
}

/* Whether something came. */
static inline bool client_read(client *c)
{
    ssize_t n =
        recv(c->fd, c->in + c->len, sizeof c->in - 1 - c->len, MSG_DONTWAIT);

    if (n > 0)
        c->len += (size_t)n;
    else if (n == 0 || errno != EAGAIN)
        c->ended = true;
    c->in[c->len] = '\0';
    return n >= 0;
}

/* The value of a header of the newest answer, or NULL. */
static inline const char *client_header(const client *c, const char *name)
{
    return rig_header(c->head, name);
}

/* Takes one whole answer off the bytes that came. */
static inline bool client_take(client *c)
{
    const char *end = strstr(c->in, "\r\n\r\n");
    size_t head, body;

    if (!end)
        return false;
    head = (size_t)(end - c->in) + 4;
    snprintf(c->head, sizeof c->head, "%.*s", (int)head, c->in);
    body = client_header(c, "Content-Length")
               ? strtoul(client_header(c, "Content-Length"), NULL, 10)
               : 0;
    if (c->len < head + body)
        return false;
    snprintf(c->body, sizeof c->body, "%.*s", (int)body, c->in + head);
    REQUIRE_EQ(sscanf(c->head, "HTTP/1.1 %d", &c->status), 1);
    c->len -= head + body;
    memmove(c->in, c->in + head + body, c->len + 1);
    return true;
}

/* Waits for the next answer; 0: the connection ended without. */
static inline int client_answer(client *c)
{
    uint64_t end = rig_end(c->r);

    c->status = 0;
    while (!client_take(c)) {
        if (c->ended || ce_loop_now_ms(c->r->loop) >= end)
            return 0;
        if (!client_read(c))
            uv_run(ce_loop_uv(c->r->loop), UV_RUN_ONCE);
    }
    return c->status;
}

/* Waits for the server to end the connection. */
static inline bool client_ends(client *c)
{
    uint64_t end = rig_end(c->r);

    while (!c->ended && ce_loop_now_ms(c->r->loop) < end)
        if (!client_read(c))
            uv_run(ce_loop_uv(c->r->loop), UV_RUN_ONCE);
    return c->ended;
}

/* The status of the answer to a request. */
static inline int client_ask(client *c, const char *request)
{
    client_send(c, request);
    return client_answer(c);
}

/* The same on a connection of its own. */
static inline int client_ask_once(client *c, rig *r, const char *request)
{
    client_open(c, r);
    client_ask(c, request);
    client_close(c);
    return c->status;
}

static inline bool client_says(const client *c, const char *text)
{
    return strstr(c->body, text) != NULL;
}

#endif
