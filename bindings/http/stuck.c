/* SPDX-License-Identifier: Apache-2.0 */
/* A query of many parameters can fill the memory of its connection, and so can
 * a line between chunks. */
#include "bindings/http/stuck.h"

#include "bindings/http/open_request.h"
#include "bindings/http/traffic.h"

/* The library reads in each run what is there, and runs when something is: what
 * was not read so long never is. */
enum { UNREAD_RUNS = 8, UNREAD_MS = 20, UNREAD_MAX_MS = 1000 };

/* What is shown to the handler is not. */
static bool is_stuck(const ce_http_open_request *r)
{
    return r->parameters > 0 && !r->offered &&
           r->peer->phase != CE_HTTP_ENDING &&
           MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND,
                                       NULL, NULL) < (int)r->parameters;
}

void ce_http_stuck_end(ce_http_requests *q)
{
    for (ce_http_open_request *r = q->first; r && r->is_new; r = r->after) {
        r->is_new = false;
        if (!is_stuck(r))
            continue;
        ce_http_count(&r->face, CE_HTTP_TOO_LARGE);
        ce_http_peer_end(r->peer, 414, "the query has too many parameters");
    }
}

/* Of the socket, or what GnuTLS has read of it. */
static uint64_t unread(const ce_http_peer *p)
{
    return ce_http_traffic_unread(ce_http_peer_socket(p)) +
           ce_http_tls_pending(p->connection);
}

/* What waits elsewhere is not read by the library. */
static bool may_be_stuck(const ce_http_peer *p)
{
    return (p->phase == CE_HTTP_IN_BODY || p->phase == CE_HTTP_LINGERING) &&
           !p->waits && !p->park.poll && unread(p) > 0;
}

static bool is_stuck_in_line(ce_http_peer *p)
{
    uint64_t now = ce_loop_now_ms(p->all->loop), ms = now - p->unread_ms;
    bool seen = p->unread_ms > 0 && p->moved_ms < p->unread_ms;

    if (!may_be_stuck(p)) {
        p->unread_ms = 0;
        return false;
    }
    if (seen)
        return ms >= UNREAD_MAX_MS ||
               (ms >= UNREAD_MS && p->all->runs - p->unread_run >= UNREAD_RUNS);
    p->unread_ms = now;
    p->unread_run = p->all->runs;
    return false;
}

static void end_line(ce_http_peer *p)
{
    ce_http_open_request *r = p->request;

    if (r && !r->early) {
        ce_http_count(&r->face, CE_HTTP_MALFORMED);
        ce_http_peer_end(p, 400, "a line between chunks is too long");
    } else {
        ce_http_peer_shut_down(p);
    }
}

/* What comes in between the two questions is taken for read. */
static bool has_read_nothing(ce_http_peer *p)
{
    uint64_t left = unread(p), before = p->read;

    p->read = ce_http_traffic_received(ce_http_peer_socket(p)) - left;
    return p->has_turn && p->read == before && left > 0;
}

bool ce_http_stuck_end_line(ce_http_peer *p)
{
    if (p->phase != CE_HTTP_IN_BODY && p->phase != CE_HTTP_LINGERING)
        return false;
    p->unmoved = has_read_nothing(p) ? p->unmoved + 1 : 0;
    if (p->unmoved < UNREAD_RUNS)
        return false;
    end_line(p);
    return true;
}

void ce_http_stuck_end_lines(ce_http_peers *all)
{
    for (ce_http_peer *p = all->first; p; p = p->after)
        if (is_stuck_in_line(p))
            end_line(p);
}
