/* SPDX-License-Identifier: Apache-2.0 */
/* Content types: what is valid has two parts, and parameters lie within. */
#include <cloudevents/cloudevents.h>

#include "core/base/media_type.h"
#include "tests/fuzz/fuzz.h"

static bool lies_within(ce_slice part, ce_slice all)
{
    return !part.ptr ||
           (part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice type = { (const char *)bytes, size };
    ce_slice bare = ce_media_type_bare(type);
    const ce_format *f = ce_format_find(type);
    const ce_format *batch = ce_format_find_batch(type);

    check(lies_within(bare, type));
    check(lies_within(ce_media_type_parameter(type, "charset"), type));
    if (ce_media_type_is_valid(type))
        check(bare.len >= 3 && ce_media_type_is_valid(bare));
    /* Parameters do not matter. */
    check(ce_media_type_is_json(type) == ce_media_type_is_json(bare));
    check(ce_media_type_is_xml(type) == ce_media_type_is_xml(bare));
    check(ce_media_type_is_text(type) == ce_media_type_is_text(bare));
    check(!f || ce_format_find(bare) == f);
    check(!f || ce_media_type_is_utf8(type));
    check(!batch || ce_format_find_batch(bare) == batch);
    check(!(f && batch));
    (void)ce_mode_of(type);
    return 0;
}
