/* SPDX-License-Identifier: Apache-2.0 */
/* The formats that this build knows, by name and by media type. */
#include <cloudevents/format.h>

#include "core/base/media_type.h"

#define CE_FORMAT(name) extern const ce_format ce_format_##name;
#include "generated/formats.inc"
#undef CE_FORMAT

#define CE_FORMAT(name) &ce_format_##name,
static const ce_format *const formats[] = {
    &ce_format_json,
#include "generated/formats.inc"
};
#undef CE_FORMAT

#define CE_FORMAT(name) "|" #name
const char ce_format_names[CE_FORMAT_NAMES_SIZE] = "json"
#include "generated/formats.inc"
    ;
#undef CE_FORMAT

enum { COUNT = sizeof formats / sizeof *formats };

const ce_format *ce_format_at(unsigned index)
{
    return index < COUNT ? formats[index] : NULL;
}

/* A format in another charset than UTF-8 is one that is not known. */
const ce_format *ce_format_find(ce_slice content_type)
{
    ce_slice type = ce_media_type_bare(content_type);

    for (unsigned i = 0; i < COUNT && ce_media_type_is_utf8(content_type); i++)
        if (ce_slice_eq_nocase(type, ce_slice_of(formats[i]->media_type)))
            return formats[i];
    return NULL;
}

const ce_format *ce_format_find_batch(ce_slice content_type)
{
    ce_slice type = ce_media_type_bare(content_type);

    for (unsigned i = 0; i < COUNT && ce_media_type_is_utf8(content_type); i++)
        if (formats[i]->batch_media_type &&
            ce_slice_eq_nocase(type, ce_slice_of(formats[i]->batch_media_type)))
            return formats[i];
    return NULL;
}

const ce_format *ce_format_named(ce_slice name)
{
    for (unsigned i = 0; i < COUNT; i++)
        if (ce_slice_eq(name, ce_slice_of(formats[i]->name)))
            return formats[i];
    return NULL;
}
