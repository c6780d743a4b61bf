/* SPDX-License-Identifier: Apache-2.0 */
/* Header values: what is decoded is UTF-8, and what is encoded is printable
 * and comes back. */
#include "bindings/http/header.h"
#include "core/base/utf8.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice value = { (const char *)bytes, size }, text, header, again;
    ce_arena *arena = ce_arena_new();

    check(arena != NULL);
    if (ce_header_decode(value, arena, &text, NULL) == CE_OK) {
        check(ce_utf8_is_valid(text));
        check(ce_header_encode(text, arena, &header) == CE_OK);
        for (size_t i = 0; i < header.len; i++)
            check(header.ptr[i] > ' ' && header.ptr[i] <= '~');
        check(ce_header_decode(header, arena, &again, NULL) == CE_OK);
        check(ce_slice_eq(text, again));
    }
    ce_arena_free(arena);
    return 0;
}
