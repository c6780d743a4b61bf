/* SPDX-License-Identifier: Apache-2.0 */
/* A query of many parameters can fill the memory of its connection, and so can
 * a line between chunks. */
#include "bindings/http/stuck.h"

#include <sys/ioctl.h>

#include "bindings/http/open_request.h"

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

static bool has_unread(const ce_http_peer *p)
{
    int bytes = 0;

    return ioctl(ce_http_peer_socket(p), FIONREAD, &bytes) == 0 && bytes > 0;
}

static bool may_be_stuck(const ce_http_peer *p)
{
    return (p->phase == CE_HTTP_IN_BODY || p->phase == CE_HTTP_LINGERING) &&
           !p->waits && has_unread(p);
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

void ce_http_stuck_end_lines(ce_http_peers *all)
{
    for (ce_http_peer *p = all->first; p; p = p->after)
        if (is_stuck_in_line(p))
            end_line(p);
}
