/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP server that answers, or fails to, exactly as a test says. */
#include "tests/core/client/peer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* False: the client has gone. */
static bool peer_read(peer *p, int fd)
{
    char text[16384];
    size_t len = 0, body = 0;
    char *end = NULL, *length;

    while (!atomic_load(&p->ended)) {
        struct pollfd wait = { fd, POLLIN, 0 };
        ssize_t got;

        if (poll(&wait, 1, 10) == 0)
            continue;
        got = recv(fd, text + len, sizeof text - 1 - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
        text[len] = '\0';
        if (!end && (end = strstr(text, "\r\n\r\n"))) {
            length = strcasestr(text, "content-length:");
            body = length ? strtoul(length + 15, NULL, 10) : 0;
        }
        if (end && len >= (size_t)(end + 4 - text) + body)
            return true;
    }
    return false;
}

static void peer_answer(peer *p, int fd, int status)
{
    const char *body = p->body ? p->body : "";
    bool cuts = atomic_load(&p->deed) == PEER_CUTS;
    char text[2048];
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n%s\r\n%s",
                       status, strlen(body) + (cuts ? 100 : 0),
                       p->headers ? p->headers : "", body);

    (void)!send(fd, text, (size_t)len, MSG_NOSIGNAL);
}

static bool peer_serve(peer *p, int fd)
{
    bool fails =
        atomic_load(&p->failures) < 0 || atomic_fetch_sub(&p->failures, 1) > 0;

    atomic_fetch_add(&p->requests, 1);
    switch (fails ? atomic_load(&p->deed) : PEER_ANSWERS) {
    case PEER_ANSWERS:
        peer_answer(p, fd, fails ? atomic_load(&p->status) : 202);
        return true;
    case PEER_RESETS:
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
                   sizeof(struct linger));
        return false;
    case PEER_CUTS:
        peer_answer(p, fd, 200);
        return false;
    case PEER_STALLS:
        while (!atomic_load(&p->ended) && atomic_load(&p->deed) == PEER_STALLS)
            nap();
        return false;
    default:
        return false;
    }
}

static void *peer_run(void *arg)
{
    peer *p = arg;
    struct pollfd wait = { p->fd, POLLIN, 0 };

    while (!atomic_load(&p->ended)) {
        int fd;

        if (poll(&wait, 1, 10) <= 0)
            continue;
        fd = accept(p->fd, NULL, NULL);
        if (fd < 0)
            continue;
        atomic_fetch_add(&p->connections, 1);
        while (peer_read(p, fd) && peer_serve(p, fd))
            continue;
        close(fd);
    }
    return NULL;
}

void peer_open(peer *p, peer_deed deed, int status)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;

    memset(p, 0, sizeof *p);
    atomic_store(&p->deed, (int)deed);
    atomic_store(&p->status, status);
    atomic_store(&p->failures, -1);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE_CMP(p->fd, >=, 0);
    REQUIRE_EQ(bind(p->fd, (struct sockaddr *)&at, len), 0);
    REQUIRE_EQ(listen(p->fd, 16), 0);
    REQUIRE_EQ(getsockname(p->fd, (struct sockaddr *)&at, &len), 0);
    snprintf(p->uri, sizeof p->uri, "http://127.0.0.1:%u/", ntohs(at.sin_port));
    REQUIRE_EQ(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

void peer_close(peer *p)
{
    atomic_store(&p->ended, true);
    pthread_join(p->thread, NULL);
    close(p->fd);
}

void nobody_at(char uri[64])
{
    snprintf(uri, 64, "http://127.0.0.1:%u/", ce_test_free_port());
}
