/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd shows a body in pieces of its own buffer; an event needs it in
 * one piece that lives until the event is settled. */
#include "bindings/http/body.h"

void ce_http_body_begin(ce_http_body *b, ce_http_bodies *all,
                        const ce_http_request *r)
{
    *b = (ce_http_body){
        .all = all,
        .held_by_sender = ce_http_held_by_sender(r),
        .coding = ce_http_coding_of(r),
        .is_on_its_way = true,
        .after = all->first,
    };
    if (all->first)
        all->first->before = b;
    all->first = b;
}

/* It does not count among those on their way any more. */
static void leave(ce_http_body *b)
{
    if (!b->is_on_its_way)
        return;
    b->is_on_its_way = false;
    b->all->held -= b->bytes.len;
    *b->held_by_sender -= b->bytes.len;
    if (b->before)
        b->before->after = b->after;
    else
        b->all->first = b->after;
    if (b->after)
        b->after->before = b->before;
}

static bool holds_more(const ce_http_body *a, const ce_http_body *b)
{
    if (*a->held_by_sender != *b->held_by_sender)
        return *a->held_by_sender > *b->held_by_sender;
    return a->bytes.len > b->bytes.len;
}

/* B itself where no other holds more. */
static ce_http_body *largest(ce_http_body *b)
{
    ce_http_body *most = b;

    for (ce_http_body *other = b->all->first; other; other = other->after)
        if (holds_more(other, most))
            most = other;
    return most;
}

static ce_status make_room(ce_http_body *b, size_t extra)
{
    while (b->all->held + extra > b->all->room) {
        ce_http_body *most = largest(b);

        if (most == b)
            return CE_EAGAIN;
        b->all->give_way(most);
        ce_http_body_drop(most);
    }
    return CE_OK;
}

ce_status ce_http_body_append(ce_http_body *b, ce_slice piece, ce_error *err)
{
    if (piece.len > b->all->max_bytes - b->bytes.len)
        return ce_fail(err, CE_ETOOBIG,
                       "the body is larger than max_event_bytes");
    if (make_room(b, piece.len) != CE_OK)
        return ce_fail(err, CE_EAGAIN, "too many bodies are on their way");
    if (ce_buf_append(&b->bytes, piece) != CE_OK)
        return ce_no_memory(err);
    b->all->held += piece.len;
    *b->held_by_sender += piece.len;
    return CE_OK;
}

static ce_status unpack(ce_http_body *b, ce_delivery *d, ce_slice *out,
                        ce_error *err)
{
    ce_buf *unpacked = &b->all->unpacked;
    ce_status status = ce_http_gzip_unpack(&b->all->gzip, *out,
                                           b->all->max_bytes, unpacked, err);

    if (status != CE_OK)
        return status;
    ce_pool_charge(d->pool, d, unpacked->len);
    if (ce_arena_copy(d->arena, ce_buf_slice(unpacked), out) != CE_OK)
        return ce_no_memory(err);
    ce_buf_free(&b->bytes);
    return CE_OK;
}

ce_status ce_http_body_end(ce_http_body *b, ce_delivery *d, ce_slice *out,
                           ce_error *err)
{
    leave(b);
    *out = ce_buf_slice(&b->bytes);
    if (b->coding == CE_HTTP_GZIPPED && out->len > 0) {
        ce_status status = unpack(b, d, out, err);

        if (status != CE_OK)
            return status;
    } else {
        ce_pool_charge(d->pool, d, out->len);
    }
    /* HTTP cannot tell no data from empty data (HTTP-29): both are no data. */
    if (out->len == 0)
        out->ptr = NULL;
    return CE_OK;
}

void ce_http_body_drop(ce_http_body *b)
{
    leave(b);
    ce_buf_free(&b->bytes);
}

void ce_http_bodies_close(ce_http_bodies *all)
{
    ce_http_gzip_close(&all->gzip);
    ce_buf_free(&all->unpacked);
}
