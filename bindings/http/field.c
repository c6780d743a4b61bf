/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps headers apart from each other. */
#include "bindings/http/field.h"

#include <string.h>

bool ce_http_is_token(ce_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' ||
            strchr("()<>@,;:\\\"/[]?={}", text.ptr[i]))
            return false;
    return text.len > 0;
}

bool ce_http_is_value(ce_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

bool ce_http_split_line(ce_slice line, ce_slice *name, ce_slice *value)
{
    const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;

    if (!colon || ce_slice_starts(line, CE_SLICE("HTTP/")))
        return false;
    while (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n')
        line.len--;
    *name = (ce_slice){ line.ptr, (size_t)(colon - line.ptr) };
    *value = ce_slice_trim(ce_slice_skip(line, name->len + 1));
    return true;
}
