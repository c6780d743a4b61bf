/* SPDX-License-Identifier: Apache-2.0 */
/* What the library answers by itself is in its own words, without a type, and
 * counted nowhere. */
#include "bindings/http/doomed.h"

#include "bindings/http/guard.h"
#include "bindings/http/open_request.h"

/* A head that is complete, but was never offered: the library refuses it just
 * now. One that waits for its turn, or has it with the next run, was offered;
 * what is logged then speaks of another. */
static bool is_doomed(const ce_http_open_request *r)
{
    return !r->offered && !r->early && r->peer->phase != CE_HTTP_ENDING &&
           MHD_get_connection_info(r->connection,
                                   MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
}

static bool says(const char *text, const char *start)
{
    return ce_slice_starts(ce_slice_of(text), ce_slice_of(start));
}

/* Of a complete head only the list of its cookies still needs memory. */
static void refuse(ce_http_open_request *r, const char *text)
{
    const char *defect = ce_http_guard_fields(r->connection);

    r->doomed = true;
    if (defect)
        ce_http_request_refuse(r, defect == ce_http_too_long ? 413 : 400,
                               defect);
    else if (says(text, "Not enough memory"))
        ce_http_request_refuse(r, 431,
                               "the cookies do not fit into max_header_bytes");
    else
        ce_http_request_refuse(r, 400, "the head is malformed");
}

void ce_http_doomed_answer(ce_http_requests *q, const char *text)
{
    unsigned heads = q->heads;

    /* 1.0 speaks so of cookies that it does not understand, and goes on. */
    if (says(text, "The Cookie header"))
        return;
    /* What was offered is passed over; the newest are the first. */
    for (ce_http_open_request *r = q->first; r && heads > 0; r = r->after) {
        heads -= !r->offered;
        if (is_doomed(r))
            refuse(r, text);
    }
}
