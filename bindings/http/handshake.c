/* SPDX-License-Identifier: Apache-2.0 */
/* GnuTLS reads through a function of ours while libmicrohttpd runs a handshake.
 * Before the first byte of a step is read, the address takes its turn. When
 * there are no more bytes, the connection is suspended until there are:
 * libmicrohttpd (0.9.75 and 1.0) does not note here that a socket is empty, and
 * asks at once to run again. */
#include "bindings/http/handshake.h"

#include <errno.h>
#include <sys/socket.h>

#include <cloudevents/alloc.h>

#include "bindings/http/peers.h"

/* --- to wait for the client --- */

static void free_poll(uv_handle_t *h)
{
    ce_free(h);
}

static void unwatch(ce_http_handshake *h)
{
    if (!h->poll)
        return;
    uv_poll_stop(h->poll);
    uv_close((uv_handle_t *)h->poll, free_poll);
    h->poll = NULL;
}

/* Also when the client has left, or the socket is shut down. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    ce_http_peer *p = poll->data;

    (void)status, (void)events;
    unwatch(&p->handshake);
    ce_http_turns_rejoin(p);
}

static void end_step(ce_http_peer *p)
{
    ce_http_handshake *h = &p->handshake;

    if (h->begun_ns)
        ce_http_turns_rest(p, uv_hrtime() - h->begun_ns);
    h->begun_ns = 0;
}

static uv_poll_t *new_poll(ce_http_peer *p)
{
    uv_poll_t *poll = ce_alloc_zeroed(sizeof *poll);

    if (!poll || uv_poll_init(ce_loop_uv(p->all->loop), poll,
                              ce_http_peer_socket(p)) != 0) {
        ce_free(poll);
        return NULL;
    }
    poll->data = p;
    return poll;
}

/* Without memory the library goes on asking. */
static void wait_for_client(ce_http_peer *p)
{
    ce_http_handshake *h = &p->handshake;

    end_step(p);
    h->poll = p->all->turns.ended ? NULL : new_poll(p);
    if (!h->poll)
        return;
    h->idle_ms = ce_loop_now_ms(p->all->loop);
    uv_poll_start(h->poll, UV_READABLE, on_readable);
    ce_http_peer_suspend(p);
}

/* --- steps --- */

static bool begin_step(ce_http_peer *p)
{
    ce_http_handshake *h = &p->handshake;

    if (!h->begun_ns && ce_http_turns_begin(p))
        h->begun_ns = uv_hrtime();
    return h->begun_ns > 0;
}

static ssize_t fail_with(int code)
{
    errno = code;
    return -1;
}

/* A gnutls_pull_func. */
static ssize_t read_some(gnutls_transport_ptr_t peer, void *out, size_t room)
{
    ce_http_peer *p = peer;
    ssize_t n;

    if (p->client.finished)
        return recv(ce_http_peer_socket(p), out, room, 0);
    if (!begin_step(p))
        return fail_with(EAGAIN);
    n = recv(ce_http_peer_socket(p), out, room, 0);
    if (n >= 0 || errno != EAGAIN)
        return n;
    wait_for_client(p);
    return fail_with(EAGAIN);
}

void ce_http_handshake_begin(ce_http_peer *p)
{
    gnutls_session_t session = ce_http_tls_session(p->connection);
    gnutls_transport_ptr_t in, out;

    if (!session)
        return;
    gnutls_transport_get_ptr2(session, &in, &out);
    gnutls_transport_set_ptr2(session, p, out);
    gnutls_transport_set_pull_function(session, read_some);
}

bool ce_http_handshake_is_idle(const ce_http_peer *p, uint64_t now)
{
    const ce_http_handshake *h = &p->handshake;

    return h->poll && now - h->idle_ms >= p->all->config->idle_ms;
}

void ce_http_handshakes_end(ce_http_peers *all)
{
    for (ce_http_peer *p = all->first; p; p = p->after) {
        if (!p->handshake.poll)
            continue;
        unwatch(&p->handshake);
        ce_http_turns_rejoin(p);
    }
}

/* A step may have been its last. */
void ce_http_handshake_close(ce_http_peer *p)
{
    unwatch(&p->handshake);
    if (!p->client.finished)
        end_step(p);
}
