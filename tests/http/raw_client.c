/* SPDX-License-Identifier: Apache-2.0 */
/* A client that sends the bytes that a test wants, and reads answers one by
 * one, while the rig's loop runs. */
#include "tests/http/raw_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address(const char *host, unsigned port)
{
    struct sockaddr_in at = { .sin_family = AF_INET };

    at.sin_port = htons((unsigned short)port);
    REQUIRE_EQ(inet_pton(AF_INET, host, &at.sin_addr), 1);
    return at;
}

void client_open_from_to(client *c, rig *r, const char *host, unsigned port)
{
    struct sockaddr_in to = address("127.0.0.1", port), at = address(host, 0);

    *c = (client){ .r = r };
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE_CMP(c->fd, >=, 0);
    REQUIRE_EQ(bind(c->fd, (struct sockaddr *)&at, sizeof at), 0);
    REQUIRE_EQ(connect(c->fd, (struct sockaddr *)&to, sizeof to), 0);
}

void client_open_from(client *c, rig *r, const char *host)
{
    client_open_from_to(c, r, host, rig_port(r));
}

void client_open_at(client *c, rig *r, unsigned port)
{
    client_open_from_to(c, r, "127.0.0.1", port);
}

void client_open(client *c, rig *r)
{
    client_open_at(c, r, rig_port(r));
}

void client_close(client *c)
{
    close(c->fd);
}

size_t client_send_bytes(client *c, const char *bytes, size_t len)
{
    uint64_t end = rig_end(c->r);
    size_t whole = len;

    while (len > 0 && ce_loop_now_ms(c->r->loop) < end) {
        ssize_t n = send(c->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
            break;
        if (n < 0)
            uv_run(ce_loop_uv(c->r->loop), UV_RUN_ONCE);
        bytes += n < 0 ? 0 : n;
        len -= n < 0 ? 0 : (size_t)n;
    }
    return whole - len;
}

void client_send(client *c, const char *text)
{
    client_send_bytes(c, text, strlen(text));
}

bool client_read(client *c)
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

const char *client_header(const client *c, const char *name)
{
    return rig_header(c->head, name);
}

/* Takes one whole answer off the bytes that came. */
static bool client_take(client *c)
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

int client_answer(client *c)
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

bool client_ends(client *c)
{
    uint64_t end = rig_end(c->r);

    while (!c->ended && ce_loop_now_ms(c->r->loop) < end)
        if (!client_read(c))
            uv_run(ce_loop_uv(c->r->loop), UV_RUN_ONCE);
    return c->ended;
}

int client_ask(client *c, const char *request)
{
    client_send(c, request);
    return client_answer(c);
}

int client_ask_once(client *c, rig *r, const char *request)
{
    client_open(c, r);
    client_ask(c, request);
    client_close(c);
    return c->status;
}

bool client_says(const client *c, const char *text)
{
    return strstr(c->body, text) != NULL;
}
