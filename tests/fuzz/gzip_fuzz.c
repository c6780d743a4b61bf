/* SPDX-License-Identifier: Apache-2.0 */
/* Packed bodies: nothing is unpacked beyond its limit, and what was unpacked
 * comes back after packing. */
#include "bindings/http/gzip.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 4096 };

static void check_pack(ce_http_gzip *gzip, ce_slice text)
{
    static ce_buf packed, again;
    ce_error err;

    check(ce_http_gzip_pack(gzip, text, &packed) == CE_OK);
    check(ce_http_gzip_unpack(gzip, ce_buf_slice(&packed), MOST, &again,
                              &err) == CE_OK);
    check(ce_slice_eq(ce_buf_slice(&again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static ce_http_gzip gzip;
    static ce_buf unpacked;
    ce_slice in = { (const char *)bytes, size };
    ce_error err;

    if (ce_http_gzip_unpack(&gzip, in, MOST, &unpacked, &err) == CE_OK) {
        check(unpacked.len <= MOST);
        check_pack(&gzip, ce_buf_slice(&unpacked));
    }
    if (size <= MOST)
        check_pack(&gzip, in);
    return 0;
}
