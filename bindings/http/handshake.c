/* SPDX-License-Identifier: Apache-2.0 */
/* GnuTLS reads through a function of ours while libmicrohttpd runs a handshake.
 * Before the first byte of a step is read, the address takes its turn. When
 * there are no more bytes, the connection is suspended until there are:
 * libmicrohttpd (0.9.75 and 1.0) does not note here that a socket is empty, and
 * asks at once to run again. */
#include "bindings/http/handshake.h"

#include <errno.h>
#include <sys/socket.h>

#include "bindings/http/peers.h"

static void end_step(ce_http_peer *p)
{
    ce_http_handshake *h = &p->handshake;

    if (h->begun_ns)
        ce_http_turns_rest(p, uv_hrtime() - h->begun_ns);
    h->begun_ns = 0;
}

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
    end_step(p);
    ce_http_park_begin(p);
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

/* A step may have been its last. */
void ce_http_handshake_close(ce_http_peer *p)
{
    if (!p->client.finished)
        end_step(p);
}
