/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: what is accepted is what the encoder writes. */
#include "core/base/base64.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    ce_slice in = { (const char *)bytes, size }, decoded;
    ce_arena *arena = ce_arena_new();
    ce_buf text = { NULL, 0, 0 };

    check(arena && ce_base64_encode(in, &text) == CE_OK);
    check(ce_base64_decode(ce_buf_slice(&text), arena, &decoded) == CE_OK);
    check(ce_slice_eq(decoded, in));
    ce_buf_clear(&text);
    if (ce_base64_decode(in, arena, &decoded) == CE_OK) {
        check(ce_base64_is_valid(in));
        check(ce_base64_encode(decoded, &text) == CE_OK);
        check(ce_slice_eq(ce_buf_slice(&text), in));
    } else {
        check(!ce_base64_is_valid(in));
    }
    ce_buf_free(&text);
    ce_arena_free(arena);
    return 0;
}
