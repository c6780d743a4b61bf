/* SPDX-License-Identifier: Apache-2.0 */
/* A server that answers each request with the bytes that a test wants, while
 * the rig's loop runs. */
#include "tests/http/raw_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void server_listen(server *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;
    int one = 1;

    at.sin_port = htons((unsigned short)s->port);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    REQUIRE_CMP(s->fd, >=, 0);
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    REQUIRE_EQ(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
    REQUIRE_EQ(listen(s->fd, 64), 0);
    REQUIRE_EQ(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
    s->port = ntohs(at.sin_port);
}

static void server_hang_up(server_peer *p, server_after how)
{
    struct linger at_once = { 1, 0 };

    if (how == SERVER_RESET)
        setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(p->fd);
    p->fd = -1;
}

static bool server_is_asked(const server *s)
{
    return s->consent && !strncmp(s->last, "OPTIONS ", 8);
}

static const char *server_choose(const server *s)
{
    if (server_is_asked(s))
        return s->consent;
    if (s->refused && strstr(s->last, s->refused))
        return "HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n";
    return s->answer;
}

static void server_answer_peer(server *s, server_peer *p)
{
    const char *answer = server_choose(s);
    size_t len = s->answer_len ? s->answer_len : strlen(answer);

    p->waiting = false;
    s->answered++;
    while (len > 0 && send(p->fd, answer, len, MSG_NOSIGNAL) < 0 &&
           errno == EAGAIN)
        continue;
    if (s->after != SERVER_KEEP)
        server_hang_up(p, s->after);
}

const char *server_header(const server *s, const char *name)
{
    return rig_header(s->last, name);
}

/* Whether a whole request is there; keeps it. */
static bool server_take(server *s, server_peer *p)
{
    const char *end = memmem(p->in, p->len, "\r\n\r\n", 4);
    size_t len;

    if (!end)
        return false;
    len = (size_t)(end - p->in) + 4;
    snprintf(s->last, sizeof s->last, "%.*s", (int)len, p->in);
    if (!s->heads_only && server_header(s, "Content-Length"))
        len += strtoul(server_header(s, "Content-Length"), NULL, 10);
    if (p->len < len)
        return false;
    memcpy(s->last, p->in, len);
    s->last[len] = '\0';
    s->last_len = len;
    s->requests++;
    s->asked += !strncmp(s->last, "OPTIONS ", 8);
    p->len -= len;
    p->headed = s->heads_only;
    memmove(p->in, p->in + len, p->len);
    return true;
}

/* Reads a body that only counts. */
static void server_skip(server *s, server_peer *p)
{
    static char bytes[1 << 20];
    ssize_t n = recv(p->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    s->extra += n > 0 ? (size_t)n : 0;
}

static void server_read(server *s, server_peer *p)
{
    ssize_t n;

    if (s->heads_only && p->headed)
        server_skip(s, p);
    n = recv(p->fd, p->in + p->len, sizeof p->in - 1 - p->len, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        p->waiting = false;
        server_hang_up(p, SERVER_CLOSE);
        return;
    }
    p->len += n > 0 ? (size_t)n : 0;
    if (s->heads_only && p->headed) {
        s->extra += p->len;
        p->len = 0;
    }
    if (!p->waiting)
        p->waiting = server_take(s, p);
    if (p->waiting && (s->answer || server_is_asked(s)))
        server_answer_peer(s, p);
}

static void server_on_tick(ce_timer *t)
{
    server *s = CE_OWNER(t, server, tick);

    for (unsigned i = 0; i < SERVER_PEERS; i++) {
        server_peer *p = &s->peers[i];

        if (p->fd < 0 && s->fd >= 0 &&
            (p->fd = accept(s->fd, NULL, NULL)) >= 0) {
            s->connections++;
            p->waiting = p->headed = false;
            p->len = 0;
        }
        if (p->fd >= 0)
            server_read(s, p);
    }
    ce_timer_start(s->r->loop, t, SERVER_TICK_MS);
}

void server_open(server *s, rig *r)
{
    memset(s, 0, sizeof *s);
    s->r = r;
    s->answer = ANSWER_202;
    s->tick.fire = server_on_tick;
    for (unsigned i = 0; i < SERVER_PEERS; i++)
        s->peers[i].fd = -1;
    server_listen(s);
    ce_timer_start(r->loop, &s->tick, SERVER_TICK_MS);
}

void server_go_away(server *s)
{
    close(s->fd);
    s->fd = -1;
    for (unsigned i = 0; i < SERVER_PEERS; i++)
        if (s->peers[i].fd >= 0)
            server_hang_up(&s->peers[i], SERVER_CLOSE);
}

void server_come_back(server *s)
{
    server_listen(s);
}

void server_close(server *s)
{
    ce_timer_stop(&s->tick);
    if (s->fd >= 0)
        server_go_away(s);
}

unsigned server_waiting(const server *s)
{
    unsigned count = 0;

    for (unsigned i = 0; i < SERVER_PEERS; i++)
        count += s->peers[i].fd >= 0 && s->peers[i].waiting;
    return count;
}

const char *server_last_body(const server *s)
{
    return strstr(s->last, "\r\n\r\n") + 4;
}
