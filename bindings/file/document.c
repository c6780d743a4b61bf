/* SPDX-License-Identifier: Apache-2.0 */
/* A pretty-printed event, or a batch, is what other programs write. Lines must
 * not wait for the end of a pipe: anything that cannot be the one document is
 * known as soon as it shows. */
#include "bindings/file/document.h"

#include <string.h>

#include "core/json/scan.h"

static ce_file_kind complete(ce_json_reader *r, ce_slice value, bool is_end)
{
    bool is_batch = *value.ptr == '[';

    if (!is_batch && !memchr(value.ptr, '\n', value.len))
        return CE_FILE_LINES;
    if (ce_json_end(r, NULL) != CE_OK)
        return CE_FILE_STREAM;
    if (!is_end)
        return CE_FILE_UNKNOWN;
    return is_batch ? CE_FILE_BATCH : CE_FILE_EVENT;
}

bool ce_file_is_json(ce_slice text)
{
    ce_json_reader r = ce_json_read(text);
    ce_json_value v;

    return r.p != r.end && ce_json_value_next(&r, &v, NULL) == CE_OK &&
           ce_json_end(&r, NULL) == CE_OK;
}

ce_file_kind ce_file_kind_of(ce_slice text, bool is_end, size_t max_bytes)
{
    ce_json_reader r = ce_json_read(text);
    ce_json_value v;

    if (r.p == r.end)
        return is_end ? CE_FILE_LINES : CE_FILE_UNKNOWN;
    if (*r.p != '{' && *r.p != '[')
        return CE_FILE_LINES;
    if (ce_json_value_next(&r, &v, NULL) == CE_OK)
        return v.raw.len > max_bytes ? CE_FILE_STREAM
                                     : complete(&r, v.raw, is_end);
    if (is_end || r.end - r.p >= CE_JSON_LOOKAHEAD)
        return CE_FILE_LINES;
    return text.len > max_bytes ? CE_FILE_STREAM : CE_FILE_UNKNOWN;
}
