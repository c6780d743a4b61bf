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
