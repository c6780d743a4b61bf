/* SPDX-License-Identifier: Apache-2.0 */
/* A response is read the same in one piece and in pieces of the size that the
 * first byte names. */
#include "bindings/http/response.h"
#include "tests/fuzz/fuzz.h"

typedef struct sums {
    ce_http_response response;
    uint64_t fields, body, length;
} sums;

static uint64_t add(uint64_t sum, ce_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        sum = sum * 31 + (unsigned char)s.ptr[i];
    return sum;
}

static void on_begin(void *arg)
{
    ((sums *)arg)->fields = 0;
}

static void on_field(void *arg, ce_slice name, ce_slice value)
{
    sums *s = arg;

    s->fields = add(add(s->fields, name), value) + 1;
}

static bool on_body(void *arg, ce_slice piece)
{
    sums *s = arg;

    s->body = add(s->body, piece);
    s->length += piece.len;
    return true;
}

static size_t take(sums *s, ce_slice in, size_t step)
{
    static const ce_http_response_ops ops = { on_begin, on_field, on_body };
    size_t taken = 0;

    ce_http_response_begin(&s->response, &ops, s);
    while (taken < in.len && !ce_http_response_is_over(&s->response)) {
        size_t left = in.len - taken;
        ce_slice piece = { in.ptr + taken, left < step ? left : step };

        taken += ce_http_response_take(&s->response, piece);
    }
    ce_http_response_close(&s->response);
    ce_http_response_free(&s->response);
    check(s->length <= in.len);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice in = { (const char *)bytes, size };
    sums whole = { .fields = 0 }, pieces = { .fields = 0 };
    size_t step, taken, together;

    if (size < 2)
        return 0;
    step = bytes[0] + 1u;
    in = ce_slice_skip(in, 1);
    together = take(&whole, in, in.len);
    taken = take(&pieces, in, step);
    check(taken == together || whole.response.part == CE_HTTP_BROKEN);
    check(whole.response.part == pieces.response.part);
    check(whole.response.status == pieces.response.status);
    check(whole.response.keeps == pieces.response.keeps);
    check(whole.response.defect == pieces.response.defect);
    check(whole.fields == pieces.fields && whole.body == pieces.body);
    return 0;
}
