/* SPDX-License-Identifier: Apache-2.0 */
/* A query of many parameters can fill the memory of its connection. */
#include "bindings/http/stuck.h"

#include "bindings/http/open_request.h"

static bool is_stuck(const ce_http_open_request *r)
{
    return r->parameters > 0 &&
           MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND,
                                       NULL, NULL) < (int)r->parameters;
}

void ce_http_stuck_end(ce_http_requests *q)
{
    if (q->queries == 0)
        return;
    for (ce_http_open_request *r = q->first; r; r = r->after)
        if (is_stuck(r) && r->peer->phase != CE_HTTP_ENDING) {
            ce_http_count(&r->face, CE_HTTP_TOO_LARGE);
            ce_http_peer_end(r->peer, 414, "the query has too many parameters");
        }
}
