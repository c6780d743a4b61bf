/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/file/content.h"

#include <string.h>

#include "core/base/utf8.h"

void ce_file_set_json(ce_delivery *d, ce_mode mode)
{
    d->message.mode = mode;
    d->message.format = &ce_format_json;
    d->message.content_type =
        ce_slice_of(mode == CE_MODE_BATCH ? ce_format_json.batch_media_type
                                          : ce_format_json.media_type);
}

/* Bytes that are no text have no type of their own. */
void ce_file_set_text(ce_delivery *d)
{
    ce_slice line = d->message.body;

    d->message.mode = CE_MODE_NONE;
    d->defect.reason = "a line of text is no event (lines=text)";
    d->defect.plain = true;
    if (ce_utf8_is_valid(line) && !memchr(line.ptr, '\0', line.len))
        d->message.content_type = CE_SLICE("text/plain");
}
