/* SPDX-License-Identifier: Apache-2.0 */
/* Avro's binary encoding, read in place.
 *
 * avro-c would read it as well, but into trees of copies, and as deep into the
 * stack as the input says. */
#include "formats/avro/avro.h"

#include <string.h>

#include "core/base/varint.h"

ce_status ce_avro_fail(const ce_avro_reader *r, const char *what, ce_error *err)
{
    return ce_fail(err, CE_ESYNTAX, "Avro, at byte %zu: %s",
                   (size_t)(r->p - r->start), what);
}

/* Numbers alternate in sign, so that small ones are short. */
ce_status ce_avro_long(ce_avro_reader *r, int64_t *out, ce_error *err)
{
    uint64_t n;

    *out = 0;
    if (!ce_varint_read(&r->p, r->end, &n))
        return ce_avro_fail(r, "a number is cut short or too long", err);
    *out = (int64_t)(n >> 1 ^ (0 - (n & 1)));
    return CE_OK;
}

ce_status ce_avro_branch(ce_avro_reader *r, unsigned count, unsigned *out,
                         ce_error *err)
{
    int64_t n;
    ce_status status = ce_avro_long(r, &n, err);

    if (status != CE_OK)
        return status;
    if (n < 0 || n >= count)
        return ce_avro_fail(r, "a union has no such branch", err);
    *out = (unsigned)n;
    return CE_OK;
}

ce_status ce_avro_boolean(ce_avro_reader *r, bool *out, ce_error *err)
{
    if (r->p == r->end || (unsigned char)*r->p > 1)
        return ce_avro_fail(r, "a boolean is neither 0 nor 1", err);
    *out = *r->p++;
    return CE_OK;
}

ce_status ce_avro_double(ce_avro_reader *r, double *out, ce_error *err)
{
    uint64_t bits = 0;

    if (r->end - r->p < 8)
        return ce_avro_fail(r, "a double is cut short", err);
    for (unsigned i = 0; i < 8; i++)
        bits |= (uint64_t)(unsigned char)*r->p++ << 8 * i;
    memcpy(out, &bits, sizeof *out);
    return CE_OK;
}

ce_status ce_avro_bytes(ce_avro_reader *r, ce_slice *out, ce_error *err)
{
    int64_t len;
    ce_status status = ce_avro_long(r, &len, err);

    if (status != CE_OK)
        return status;
    if (len < 0 || len > r->end - r->p)
        return ce_avro_fail(r, "a string or bytes are cut short", err);
    *out = (ce_slice){ r->p, (size_t)len };
    r->p += len;
    return CE_OK;
}

/* A negative count has the block's size behind it, for those who skip. */
static ce_status read_count(ce_avro_reader *r, uint64_t *out, ce_error *err)
{
    int64_t count, size;
    ce_status status = ce_avro_long(r, &count, err);

    if (status != CE_OK)
        return status;
    *out = (uint64_t)count;
    if (count < 0) {
        *out = 0 - (uint64_t)count;
        status = ce_avro_long(r, &size, err);
        if (status != CE_OK)
            return status;
    }
    /* Each element has a byte at least: a larger count is a lie, and would make
     * the reader loop for long. */
    if (*out > (uint64_t)(r->end - r->p))
        return ce_avro_fail(r, "a map or array is cut short", err);
    return CE_OK;
}

ce_status ce_avro_more(ce_avro_reader *r, ce_avro_blocks *b, bool *out,
                       ce_error *err)
{
    ce_status status = CE_OK;

    if (b->left == 0)
        status = read_count(r, &b->left, err);
    *out = b->left > 0;
    b->left -= *out;
    return status;
}

ce_status ce_avro_put_long(ce_buf *out, int64_t value)
{
    uint64_t n = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    char text[CE_VARINT_MAX];

    return ce_buf_append(out, (ce_slice){ text, ce_varint_write(n, text) });
}

ce_status ce_avro_put_bytes(ce_buf *out, ce_slice bytes)
{
    ce_status status = ce_avro_put_long(out, (int64_t)bytes.len);

    if (status != CE_OK)
        return status;
    return ce_buf_append(out, bytes);
}
