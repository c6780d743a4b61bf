/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of sd_notify(3) is a few lines; a library for it would be one
 * more to install. */
#include "bridge/watch/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* A path, or '@' and a name that is in no file system (unix(7)). */
static bool read_address(br_notify *n, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (len < 2 || len >= sizeof n->at.sun_path || !strchr("/@", text[0]))
        return false;
    n->at = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(n->at.sun_path, text, len);
    if (text[0] == '@')
        n->at.sun_path[0] = '\0';
    n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

void br_notify_open(br_notify *n)
{
    const struct timeval limit = { .tv_sec = 1 };

    n->fd = -1;
    if (!read_address(n, getenv("NOTIFY_SOCKET")))
        return;
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (n->fd >= 0)
        setsockopt(n->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void br_notify_close(br_notify *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

void br_notify_send(const br_notify *n, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    int len;

    if (n->fd < 0)
        return;
    va_start(args, fmt);
    len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len >= (int)sizeof text)
        len = sizeof text - 1;
    /* A manager that does not listen has nothing to be told. */
    sendto(n->fd, text, (size_t)len, MSG_NOSIGNAL,
           (const struct sockaddr *)&n->at, n->len);
}

/* The variables are inherited: they may be meant for another process. */
static bool is_for_us(const char *pid)
{
    return !pid || strtoull(pid, NULL, 10) == (unsigned long long)getpid();
}

uint64_t br_notify_beat_ms(const br_notify *n)
{
    const char *limit = getenv("WATCHDOG_USEC");
    uint64_t us = limit ? strtoull(limit, NULL, 10) : 0;

    if (n->fd < 0 || !us || !is_for_us(getenv("WATCHDOG_PID")))
        return 0;
    return us < 2000 ? 1 : us / 2000;
}
