/* SPDX-License-Identifier: Apache-2.0 */
/* Names of hosts (RFC 1123), and the '_' that some of them have. */
#include "bindings/http/origin.h"

static bool is_inner(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool ce_http_origin_is_valid(ce_slice name)
{
    char before = '.';

    if (name.len > CE_HTTP_ORIGIN_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '.' ? before == '.' : !is_inner(name.ptr[i]))
            return false;
        before = name.ptr[i];
    }
    return before != '.';
}
