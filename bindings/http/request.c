/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says. */
#include <stdlib.h>

#include "bindings/http/open_request.h"

typedef ce_http_open_request request;

ce_slice ce_http_header(const ce_http_request *face, const char *name)
{
    const request *r = (const request *)face;

    return ce_slice_of(
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

typedef struct walk {
    ce_http_header_fn *fn;
    void *arg;
} walk;

static enum MHD_Result show(void *arg, enum MHD_ValueKind kind,
                            const char *name, size_t name_len,
                            const char *value, size_t value_len)
{
    walk *w = arg;
    ce_slice text = { value, value_len };
    bool goes_on;

    (void)kind;
    goes_on = w->fn(w->arg, (ce_slice){ name, name_len }, ce_slice_trim(text));
    return goes_on ? MHD_YES : MHD_NO;
}

void ce_http_each_header(const ce_http_request *face, ce_http_header_fn *fn,
                         void *arg)
{
    const request *r = (const request *)face;
    walk w = { fn, arg };

    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, show, &w);
}

ce_slice ce_http_parameter(const ce_http_request *face, const char *name)
{
    const request *r = (const request *)face;

    return ce_slice_of(MHD_lookup_connection_value(
        r->connection, MHD_GET_ARGUMENT_KIND, name));
}

int64_t ce_http_content_length(const ce_http_request *face)
{
    ce_slice text = ce_http_header(face, "Content-Length");

    /* The guard has let digits through only, and not beside chunks. */
    if (text.ptr)
        return strtoll(text.ptr, NULL, 10);
    /* RFC 9112 6.3: a request with neither has no body. */
    return ce_http_header(face, "Transfer-Encoding").ptr ? -1 : 0;
}

void ce_http_count(const ce_http_request *face, ce_http_refusal reason)
{
    const request *r = (const request *)face;

    ce_http_tally_refuse(face->tally ? face->tally : r->all->config->tally,
                         reason);
}

size_t *ce_http_held_by_sender(const ce_http_request *face)
{
    return &((const request *)face)->peer->account->held;
}

ce_http_account *ce_http_account_of(const ce_http_request *face)
{
    return ((const request *)face)->peer->account;
}

const unsigned char *ce_http_address_of(const ce_http_request *face)
{
    return ((const request *)face)->peer->account->address;
}
