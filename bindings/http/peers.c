/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd ends connections that are silent; those that send a byte now
 * and then are swept here. */
#include "bindings/http/peers.h"

#include <sys/socket.h>

#include <cloudevents/alloc.h>

/* How late request_timeout may be noticed. */
enum { SWEEP_MS = 500 };

/* The socket belongs to the library, which reads its end and closes it. With
 * TLS an answer cannot be written past the library. */
static void end_if_slow(ce_http_peer *p, uint64_t now)
{
    static const char answer[] = "HTTP/1.1 408 Request Timeout\r\n"
                                 "Content-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";

    if (p->busy || now - p->since_ms < p->all->request_ms)
        return;
    if (!p->all->encrypted)
        send(p->fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(p->fd, SHUT_RDWR);
    p->busy = true;
}

static void on_sweep(ce_timer *t)
{
    ce_http_peers *all = CE_OWNER(t, ce_http_peers, sweep);
    uint64_t now = ce_loop_now_ms(all->loop);

    for (ce_http_peer *p = all->first; p; p = p->after)
        end_if_slow(p, now);
    if (all->first)
        ce_timer_start(all->loop, &all->sweep, SWEEP_MS);
}

static ce_http_peer *open_peer(ce_http_peers *all, struct MHD_Connection *c)
{
    ce_http_peer *p = ce_alloc_zeroed(sizeof *p);

    if (!p)
        return NULL;
    p->all = all;
    p->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
                ->connect_fd;
    p->since_ms = ce_loop_now_ms(all->loop);
    p->after = all->first;
    if (all->first)
        all->first->before = p;
    else
        ce_timer_start(all->loop, &all->sweep, SWEEP_MS);
    all->first = p;
    return p;
}

static void close_peer(ce_http_peer *p)
{
    if (!p)
        return;
    if (p->before)
        p->before->after = p->after;
    else
        p->all->first = p->after;
    if (p->after)
        p->after->before = p->before;
    ce_free(p);
}

void ce_http_peers_open(ce_http_peers *p)
{
    p->sweep.fire = on_sweep;
}

void ce_http_peers_close(ce_http_peers *p)
{
    ce_timer_stop(&p->sweep);
}

void ce_http_peers_notice(void *peers, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = open_peer(peers, c);
    else
        close_peer(*context);
}

ce_http_peer *ce_http_peer_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

void ce_http_peer_request_is_here(ce_http_peer *p)
{
    if (p)
        p->busy = true;
}

void ce_http_peer_request_is_over(ce_http_peer *p)
{
    if (!p)
        return;
    p->busy = false;
    p->since_ms = ce_loop_now_ms(p->all->loop);
}
