/* SPDX-License-Identifier: Apache-2.0 */
/* Escape sequences can rewrite what is on a terminal, and marks of direction
 * (Unicode UAX 9) let a text look like another one. */
#include "core/base/printable.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/utf8.h"

static bool is_harmless(uint32_t c)
{
    static const uint32_t harmful[][2] = {
        { 0x00, 0x1F },     { 0x7F, 0x9F },     { 0x061C, 0x061C },
        { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 },
    };

    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        if (c >= harmful[i][0] && c <= harmful[i][1])
            return false;
    return true;
}

void ce_printable(char *text)
{
    const char *from = text, *end = text + strlen(text);

    while (from < end) {
        uint32_t c;
        unsigned n = ce_utf8_decode(from, end, &c);

        if (n && is_harmless(c)) {
            memmove(text, from, n);
            text += n;
        } else {
            *text++ = n ? ' ' : '?';
        }
        from += n ? n : 1;
    }
    *text = '\0';
}
