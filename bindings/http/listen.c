/* SPDX-License-Identifier: Apache-2.0 */
/* Several loops listen on one port: the kernel spreads the connections. */
#include "bindings/http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections that wait while the loop is busy. */
enum { BACKLOG = 1024 };

static int bind_to(const struct addrinfo *a, bool reuse_port)
{
    int one = 1;
    int fd =
        socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (reuse_port)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

ce_status ce_http_listen(const ce_http_daemon_config *c, int *out,
                         ce_error *err)
{
    bool any = !*c->host || !strcmp(c->host, "*");
    struct addrinfo hints = { .ai_flags = AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    char port[8];
    int fd = -1, rc;

    snprintf(port, sizeof port, "%u", c->port);
    rc = getaddrinfo(any ? NULL : c->host, port, &hints, &list);
    if (rc)
        return ce_fail(err, CE_EIO, "cannot listen on %s:%s: %s", c->host, port,
                       gai_strerror(rc));
    errno = 0;
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
        fd = bind_to(a, c->reuse_port);
    rc = errno;
    freeaddrinfo(list);
    if (fd < 0)
        return ce_fail(err, CE_EIO, "cannot listen on %s:%s: %s",
                       any ? "*" : c->host, port, strerror(rc));
    *out = fd;
    return CE_OK;
}

unsigned ce_http_listen_port(int fd)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    char port[8] = "0";

    if (getsockname(fd, (struct sockaddr *)&at, &len) == 0)
        getnameinfo((struct sockaddr *)&at, len, NULL, 0, port, sizeof port,
                    NI_NUMERICSERV);
    return (unsigned)strtoul(port, NULL, 10);
}
