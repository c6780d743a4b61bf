/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes characters. */
#include "core/base/utf8.h"

#include <string.h>

static bool continues(const char *p, const char *end, unsigned count)
{
    if ((size_t)(end - p) <= count)
        return false;
    for (unsigned i = 1; i <= count; i++)
        if (((unsigned char)p[i] & 0xC0) != 0x80)
            return false;
    return true;
}

static uint32_t bits(const char *p, unsigned i, unsigned shift)
{
    return (uint32_t)((unsigned char)p[i] & 0x3F) << shift;
}

unsigned ce_utf8_decode(const char *p, const char *end, uint32_t *out)
{
    unsigned char c = (unsigned char)*p;

    if (c < 0x80) {
        *out = c;
        return 1;
    }
    /* C0 and C1 would be overlong; below C0 a byte only continues another. */
    if (c < 0xE0) {
        *out = (uint32_t)(c & 0x1F) << 6;
        if (c < 0xC2 || !continues(p, end, 1))
            return 0;
        *out |= bits(p, 1, 0);
        return 2;
    }
    if (c < 0xF0) {
        if (!continues(p, end, 2))
            return 0;
        *out = (uint32_t)(c & 0x0F) << 12 | bits(p, 1, 6) | bits(p, 2, 0);
        return *out < 0x800 || (*out >= 0xD800 && *out <= 0xDFFF) ? 0 : 3;
    }
    if (c > 0xF4 || !continues(p, end, 3))
        return 0;
    *out = (uint32_t)(c & 0x07) << 18 | bits(p, 1, 12) | bits(p, 2, 6) |
           bits(p, 3, 0);
    return *out < 0x10000 || *out > 0x10FFFF ? 0 : 4;
}

unsigned ce_utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static const char *skip_ascii(const char *p, const char *end)
{
    uint64_t word;

    while (end - p >= 8) {
        memcpy(&word, p, 8);
        /* Any byte above 7F is no ASCII. */
        if (word & 0x8080808080808080u)
            break;
        p += 8;
    }
    return p;
}

bool ce_utf8_is_valid(ce_slice text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    uint32_t c;

    while ((p = skip_ascii(p, end)) < end) {
        unsigned n = ce_utf8_decode(p, end, &c);

        if (!n)
            return false;
        p += n;
    }
    return true;
}
