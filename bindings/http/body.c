/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd shows a body in pieces of its own buffer; an event needs it in
 * one piece that lives until the event is settled. */
#include "bindings/http/body.h"

#include <string.h>

void ce_http_body_begin(ce_http_body *b, ce_http_bodies *all, ce_delivery *d,
                        const ce_http_request *r)
{
    int64_t length = ce_http_content_length(r);

    *b = (ce_http_body){
        .all = all,
        .d = d,
        .coding = ce_http_coding_of(r),
        .expected = length > 0 ? (size_t)length : 0,
    };
}

/* A body of known length is copied once. One in chunks doubles its room each
 * time; what it leaves behind in the arena is never more than the body. */
static ce_status reserve(ce_http_body *b, size_t extra)
{
    size_t cap = b->expected ? b->expected : b->cap * 2;
    char *bytes;

    if (b->cap - b->len >= extra)
        return CE_OK;
    if (cap < b->len + extra)
        cap = b->len + extra;
    bytes = ce_arena_alloc(b->d->arena, cap);
    if (!bytes)
        return CE_ENOMEM;
    if (b->len)
        memcpy(bytes, b->bytes, b->len);
    ce_pool_charge(b->d->pool, b->d, cap - b->cap);
    b->bytes = bytes;
    b->cap = cap;
    return CE_OK;
}

ce_status ce_http_body_append(ce_http_body *b, ce_slice piece, ce_error *err)
{
    if (piece.len > b->all->max_bytes - b->len)
        return ce_fail(err, CE_ETOOBIG,
                       "the body is larger than max_event_bytes");
    if (reserve(b, piece.len) != CE_OK)
        return ce_no_memory(err);
    memcpy(b->bytes + b->len, piece.ptr, piece.len);
    b->len += piece.len;
    return CE_OK;
}

static ce_status unpack(ce_http_body *b, ce_slice *out, ce_error *err)
{
    ce_buf *unpacked = &b->all->unpacked;
    ce_status status = ce_http_gzip_unpack(&b->all->gzip, *out,
                                           b->all->max_bytes, unpacked, err);

    if (status != CE_OK)
        return status;
    ce_pool_charge(b->d->pool, b->d, unpacked->len);
    if (ce_arena_copy(b->d->arena, ce_buf_slice(unpacked), out) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

ce_status ce_http_body_end(ce_http_body *b, ce_slice *out, ce_error *err)
{
    *out = (ce_slice){ b->bytes, b->len };
    if (b->coding == CE_HTTP_GZIPPED && b->len > 0) {
        ce_status status = unpack(b, out, err);

        if (status != CE_OK)
            return status;
    }
    /* HTTP cannot tell no data from empty data (HTTP-29): both are no data. */
    if (out->len == 0)
        out->ptr = NULL;
    return CE_OK;
}

void ce_http_bodies_close(ce_http_bodies *all)
{
    ce_http_gzip_close(&all->gzip);
    ce_buf_free(&all->unpacked);
}
