/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9112 9.6: a server that closes a connection while its client writes makes
 * the kernel send a reset, and the client may lose the answer that it has not
 * read. libmicrohttpd closes at once, after its own refusals too. */
#include "bindings/http/linger.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

enum {
    /* How long, and for how many bytes: enough for a client that writes first
     * to come to the answer. */
    LINGER_MS = 10000,
    LINGER_MAX = 64 << 20,
    /* At most so many at once. Others are closed at once, as without this. */
    COUNT_MAX = 256,
    PIECE = 16 << 10
};

typedef struct ce_http_lingerer lingerer;
struct ce_http_lingerer {
    ce_http_lingering *all;
    uv_poll_t poll;
    ce_timer timer;
    int fd;
    size_t dropped;
    lingerer *before, *after;
};

static void on_closed(uv_handle_t *h)
{
    lingerer *l = h->data;

    close(l->fd);
    ce_free(l);
}

static void end(lingerer *l)
{
    ce_timer_stop(&l->timer);
    if (l->before)
        l->before->after = l->after;
    else
        l->all->first = l->after;
    if (l->after)
        l->after->before = l->before;
    l->all->count--;
    uv_close((uv_handle_t *)&l->poll, on_closed);
}

static void on_timer(ce_timer *t)
{
    end(CE_OWNER(t, lingerer, timer));
}

/* One piece a turn: others have theirs in between. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    lingerer *l = poll->data;
    char piece[PIECE];
    ssize_t len = recv(l->fd, piece, sizeof piece, MSG_DONTWAIT);

    (void)status, (void)events;
    if (len > 0)
        l->dropped += (size_t)len;
    if (len <= 0 || l->dropped > LINGER_MAX)
        end(l);
}

static bool is_ended(int fd)
{
    char piece[PIECE];

    return recv(fd, piece, sizeof piece, MSG_DONTWAIT) == 0;
}

static void enter(lingerer *l)
{
    ce_http_lingering *all = l->all;

    l->after = all->first;
    if (all->first)
        all->first->before = l;
    all->first = l;
    all->count++;
    l->timer.fire = on_timer;
    ce_timer_start(all->loop, &l->timer, LINGER_MS);
}

/* False: there is no memory, or no descriptor. */
static bool start(lingerer *l, ce_http_lingering *all, int fd)
{
    l->all = all;
    l->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (l->fd < 0)
        return false;
    if (uv_poll_init(ce_loop_uv(all->loop), &l->poll, l->fd) != 0) {
        close(l->fd);
        return false;
    }
    l->poll.data = l;
    uv_poll_start(&l->poll, UV_READABLE, on_readable);
    return true;
}

void ce_http_linger(ce_http_lingering *all, int fd)
{
    lingerer *l;

    if (all->count >= COUNT_MAX || is_ended(fd))
        return;
    l = ce_alloc_zeroed(sizeof *l);
    if (l && start(l, all, fd))
        enter(l);
    else
        ce_free(l);
}

void ce_http_linger_end(ce_http_lingering *all)
{
    while (all->first)
        end(all->first);
}
