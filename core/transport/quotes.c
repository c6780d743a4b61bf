/* SPDX-License-Identifier: Apache-2.0 */
#include "core/transport/quotes.h"

#include "core/json/scan.h"

static bool is_quoted(ce_slice s)
{
    return s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"' &&
           ce_json_is_valid(s);
}

ce_status ce_unquote(ce_slice *value, ce_arena *arena, bool *changed)
{
    ce_slice text;
    ce_status status;

    if (!is_quoted(*value))
        return CE_OK;
    status = ce_json_unescape(*value, arena, &text, NULL);
    if (status == CE_ENOMEM)
        return CE_ENOMEM;
    if (status == CE_OK) {
        *changed = true;
        *value = text;
    }
    return CE_OK;
}
