/* SPDX-License-Identifier: Apache-2.0 */
/* Three bytes as four letters. */
#include "base64.h"

#include <stdint.h>

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t byte_at(ce_slice s, size_t i)
{
    return i < s.len ? (unsigned char)s.ptr[i] : 0;
}

ce_status ce_base64_encode(ce_slice bytes, ce_buf *out)
{
    char *to;

    if (bytes.len > SIZE_MAX / 2 ||
        ce_buf_reserve(out, (bytes.len + 2) / 3 * 4) != CE_OK)
        return CE_ENOMEM;
    to = out->ptr + out->len;
    for (size_t i = 0; i < bytes.len; i += 3) {
        uint32_t three = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 |
                         byte_at(bytes, i + 2);

        *to++ = letters[three >> 18];
        *to++ = letters[three >> 12 & 63];
        *to++ = i + 1 < bytes.len ? letters[three >> 6 & 63] : '=';
        *to++ = i + 2 < bytes.len ? letters[three & 63] : '=';
    }
    out->len = (size_t)(to - out->ptr);
    return CE_OK;
}

/* 64 for what is no letter. */
static uint32_t value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* PADS of the four letters are '=' and count as zero. Returns false on a
 * letter that is none, and on bits that no byte has. */
static bool decode_four(const char *from, unsigned pads, char *to)
{
    uint32_t three = 0;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t v = i < 4 - pads ? value_of(from[i]) : 0;

        if (v == 64)
            return false;
        three = three << 6 | v;
    }
    for (unsigned i = 0; i < 3 - pads; i++)
        to[i] = (char)(three >> (16 - 8 * i));
    return pads == 0 || (three & (pads == 1 ? 0xFFu : 0xFFFFu)) == 0;
}

static unsigned pads_of(ce_slice text)
{
    if (text.len < 4 || text.ptr[text.len - 1] != '=')
        return 0;
    return text.ptr[text.len - 2] == '=' ? 2 : 1;
}

ce_status ce_base64_decode(ce_slice text, ce_arena *arena, ce_slice *out)
{
    unsigned pads = pads_of(text);
    size_t len = text.len / 4 * 3 - pads;
    char *bytes;

    if (text.len % 4 != 0)
        return CE_ESYNTAX;
    bytes = ce_arena_alloc(arena, len + 3);
    if (!bytes)
        return CE_ENOMEM;
    for (size_t i = 0; i < text.len; i += 4)
        if (!decode_four(text.ptr + i, i + 4 == text.len ? pads : 0,
                         bytes + i / 4 * 3))
            return CE_ESYNTAX;
    *out = (ce_slice){ bytes, len };
    return CE_OK;
}
