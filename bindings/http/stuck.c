/* SPDX-License-Identifier: Apache-2.0 */
/* A query of many parameters can fill the memory of its connection. */
#include "bindings/http/stuck.h"

#include "bindings/http/open_request.h"

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
