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

ce_status ce_printable_add(ce_slice text, const char *kept, ce_buf *out)
{
    const char *from = text.ptr, *end = text.ptr + text.len;
    ce_status status = ce_buf_reserve(out, text.len + 1);

    while (status == CE_OK && from < end) {
        uint32_t c;
        unsigned n = ce_utf8_decode(from, end, &c);

        if (n && (is_harmless(c) || (*from && strchr(kept, *from))))
            status = ce_buf_append(out, (ce_slice){ from, n });
        else
            status = ce_buf_byte(out, n ? ' ' : '?');
        from += n ? n : 1;
    }
    return status;
}

/* Below a blank there is white space only, between tokens. */
ce_status ce_printable_json(ce_slice json, ce_buf *out)
{
    const char *from = json.ptr, *end = json.ptr + json.len;
    ce_status status = ce_buf_reserve(out, json.len + 1);

    while (status == CE_OK && from < end) {
        uint32_t c;
        unsigned n = ce_utf8_decode(from, end, &c);

        if (!n || c < ' ' || is_harmless(c))
            status = ce_buf_append(out, (ce_slice){ from, n ? n : 1 });
        else
            status = ce_buf_printf(out, "\\u%04x", (unsigned)c);
        from += n ? n : 1;
    }
    return status;
}
