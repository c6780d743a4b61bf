/* SPDX-License-Identifier: Apache-2.0 */
/* Packs fast, and unpacks no more than asked for: a few bytes can stand for
 * very many. */
#include "bindings/http/gzip.h"

#include <zlib.h>

#include <cloudevents/alloc.h>

enum {
    WINDOW = 15 + 16, /* the largest; zlib's "+ 16" means gzip */
    MEMORY = 8,       /* zlib's own preset */
    STEP = 64 << 10, /* what is unpacked at once, before the limit is checked */
    KEPT = 256 << 10 /* a larger buffer is given back: large bodies are rare */
};

/* --- what is said --- */

/* RFC 9110 8.4.1.3: x-gzip is another name of gzip. */
static bool is_gzip(ce_slice value)
{
    return ce_slice_eq_nocase(value, CE_SLICE("gzip")) ||
           ce_slice_eq_nocase(value, CE_SLICE("x-gzip"));
}

void ce_http_coding_add(ce_http_coding *coding, ce_slice value)
{
    if (value.len == 0 || ce_slice_eq_nocase(value, CE_SLICE("identity")))
        return;
    /* A second coding, also gzip in gzip, is none that we undo. */
    if (*coding == CE_HTTP_IDENTITY && is_gzip(value))
        *coding = CE_HTTP_GZIPPED;
    else
        *coding = CE_HTTP_UNKNOWN;
}

static bool look(void *arg, ce_slice name, ce_slice value)
{
    if (ce_slice_eq_nocase(name, CE_SLICE("Content-Encoding")))
        ce_http_coding_add(arg, value);
    return true;
}

ce_http_coding ce_http_coding_of(const ce_http_request *r)
{
    ce_http_coding coding = CE_HTTP_IDENTITY;

    ce_http_each_header(r, look, &coding);
    return coding;
}

/* --- packing --- */

static void empty(ce_buf *out)
{
    if (out->cap > KEPT)
        ce_buf_free(out);
    ce_buf_clear(out);
}

static bool open_packer(ce_http_gzip *g)
{
    z_stream *z = g->packer;

    if (z)
        return deflateReset(z) == Z_OK;
    z = ce_alloc_zeroed(sizeof *z);
    if (!z || deflateInit2(z, Z_BEST_SPEED, Z_DEFLATED, WINDOW, MEMORY,
                           Z_DEFAULT_STRATEGY) != Z_OK) {
        ce_free(z);
        return false;
    }
    g->packer = z;
    return true;
}

ce_status ce_http_gzip_pack(ce_http_gzip *g, ce_slice in, ce_buf *out)
{
    size_t most;

    empty(out);
    if (!open_packer(g))
        return CE_ENOMEM;
    most = deflateBound(g->packer, in.len);
    if (ce_buf_reserve(out, most) != CE_OK)
        return CE_ENOMEM;
    g->packer->next_in = (z_const Bytef *)(uintptr_t)in.ptr;
    g->packer->avail_in = (uInt)in.len;
    g->packer->next_out = (Bytef *)out->ptr;
    g->packer->avail_out = (uInt)most;
    if (deflate(g->packer, Z_FINISH) != Z_STREAM_END)
        return CE_EIO;
    out->len = most - g->packer->avail_out;
    return CE_OK;
}

/* --- unpacking --- */

static bool open_unpacker(ce_http_gzip *g)
{
    z_stream *z = g->unpacker;

    if (z)
        return inflateReset(z) == Z_OK;
    z = ce_alloc_zeroed(sizeof *z);
    if (!z || inflateInit2(z, WINDOW) != Z_OK) {
        ce_free(z);
        return false;
    }
    g->unpacker = z;
    return true;
}

/* Unpacks up to ROOM bytes more. */
static int unpack_some(z_stream *z, size_t room, ce_buf *out)
{
    int rc;

    if (ce_buf_reserve(out, room) != CE_OK)
        return Z_MEM_ERROR;
    z->next_out = (Bytef *)out->ptr + out->len;
    z->avail_out = (uInt)room;
    rc = inflate(z, Z_NO_FLUSH);
    out->len += room - z->avail_out;
    /* Another member may follow (RFC 1952, 2.2). */
    if (rc == Z_STREAM_END && z->avail_in > 0)
        rc = inflateReset(z);
    return rc;
}

static ce_status unpack(z_stream *z, size_t max, ce_buf *out, ce_error *err)
{
    for (;;) {
        /* One byte more than allowed shows that there are more. */
        size_t room = max + 1 - out->len;
        int rc = unpack_some(z, room < STEP ? room : STEP, out);

        if (out->len > max)
            return ce_fail(err, CE_ETOOBIG,
                           "the body is larger than max_event_bytes when it "
                           "is unpacked");
        if (rc == Z_STREAM_END)
            return CE_OK;
        if (rc == Z_MEM_ERROR)
            return ce_no_memory(err);
        if (rc == Z_BUF_ERROR)
            return ce_fail(err, CE_ESYNTAX, "the body is gzip that is cut off");
        if (rc != Z_OK)
            return ce_fail(err, CE_ESYNTAX, "the body is not valid gzip");
    }
}

ce_status ce_http_gzip_unpack(ce_http_gzip *g, ce_slice in, size_t max,
                              ce_buf *out, ce_error *err)
{
    empty(out);
    if (!open_unpacker(g))
        return ce_no_memory(err);
    g->unpacker->next_in = (z_const Bytef *)(uintptr_t)in.ptr;
    g->unpacker->avail_in = (uInt)in.len;
    return unpack(g->unpacker, max, out, err);
}

void ce_http_gzip_close(ce_http_gzip *g)
{
    if (g->packer)
        deflateEnd(g->packer);
    if (g->unpacker)
        inflateEnd(g->unpacker);
    ce_free(g->packer);
    ce_free(g->unpacker);
    *g = (ce_http_gzip){ NULL, NULL };
}
