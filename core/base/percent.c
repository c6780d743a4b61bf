/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/percent.h"

#include <string.h>

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
}

size_t ce_percent_write(char *to, ce_slice text, const char *kept)
{
    static const char digits[] = "0123456789ABCDEF";
    char *p = to;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (is_unreserved((char)c) || (c && strchr(kept, c))) {
            *p++ = (char)c;
            continue;
        }
        *p++ = '%';
        *p++ = digits[c >> 4];
        *p++ = digits[c & 15];
    }
    return (size_t)(p - to);
}
