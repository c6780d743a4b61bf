/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps headers apart from each other. */
#include "bindings/http/field.h"

#include "core/base/chars.h"

bool ce_http_is_token(ce_slice text)
{
    return text.len > 0 && ce_chars_are(text, CE_CHARS_FIELD);
}

bool ce_http_is_value(ce_slice text)
{
    return ce_chars_are(text, CE_CHARS_VALUE);
}
