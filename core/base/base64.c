/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, strict on input: one value has exactly one text. */
#include "core/base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* The digit's value plus one, so that zero means "no digit". */
static const uint8_t digits[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,
    ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12,
    ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
    ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

static void put(char *out, uint32_t bits)
{
    out[0] = alphabet[bits >> 18 & 63];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = alphabet[bits >> 6 & 63];
    out[3] = alphabet[bits & 63];
}

ce_status ce_base64_encode(ce_slice bytes, ce_buf *out)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    size_t i = 0, groups = bytes.len / 3 + (bytes.len % 3 != 0);
    char *to;

    if (groups > SIZE_MAX / 8 || ce_buf_reserve(out, groups * 4) != CE_OK)
        return CE_ENOMEM;
    to = out->ptr + out->len;
    for (; i + 3 <= bytes.len; i += 3, to += 4)
        put(to, (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2]);
    if (bytes.len - i == 1) {
        put(to, (uint32_t)in[i] << 16);
        to[2] = to[3] = '=';
    } else if (bytes.len - i == 2) {
        put(to, (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8);
        to[3] = '=';
    }
    out->len += groups * 4;
    return CE_OK;
}

ce_status ce_base64_text(ce_slice bytes, ce_arena *arena, ce_slice *out)
{
    size_t groups = bytes.len / 3 + (bytes.len % 3 != 0);
    ce_buf text = { NULL, 0, 0 };

    if (groups > SIZE_MAX / 8)
        return CE_ENOMEM;
    text.cap = groups * 4;
    text.ptr = ce_arena_alloc(arena, text.cap);
    if (!text.ptr || ce_base64_encode(bytes, &text) != CE_OK)
        return CE_ENOMEM;
    *out = ce_buf_slice(&text);
    return CE_OK;
}

static uint32_t digit(const unsigned char *p, uint32_t *bad)
{
    uint32_t d = digits[*p];

    *bad |= d == 0;
    return d - 1;
}

/* The last one or two bytes: the unused bits have to be zero. */
static bool decode_rest(const unsigned char *in, size_t count, char *out)
{
    uint32_t bad = 0, bits = digit(in, &bad) << 18;

    bits |= digit(in + 1, &bad) << 12;
    if (count == 2)
        bits |= digit(in + 2, &bad) << 6;
    if (bad || (bits & (count == 2 ? 0xff : 0xffff)) != 0)
        return false;
    out[0] = (char)(bits >> 16);
    if (count == 2)
        out[1] = (char)(bits >> 8 & 0xff);
    return true;
}

/* By its length and padding. */
size_t ce_base64_decoded_size(ce_slice text)
{
    size_t padding = 0;

    if (text.len >= 4 && text.ptr[text.len - 1] == '=')
        padding = text.ptr[text.len - 2] == '=' ? 2 : 1;
    return text.len / 4 * 3 - padding;
}

/* Fills SIZE bytes of OUT, which has room for some more. */
static bool decode(ce_slice text, char *out, size_t size)
{
    const unsigned char *in = (const unsigned char *)text.ptr;
    uint32_t bad = 0;
    size_t n = 0;

    for (; n + 3 <= size; n += 3, in += 4) {
        uint32_t bits = digit(in, &bad) << 18;

        bits |= digit(in + 1, &bad) << 12;
        bits |= digit(in + 2, &bad) << 6;
        bits |= digit(in + 3, &bad);
        out[n] = (char)(bits >> 16);
        out[n + 1] = (char)(bits >> 8);
        out[n + 2] = (char)bits;
    }
    return !bad && (n == size || decode_rest(in, size - n, out + n));
}

ce_status ce_base64_decode(ce_slice text, ce_arena *arena, ce_slice *out)
{
    size_t size;
    char *bytes;

    if (text.len % 4 != 0)
        return CE_ESYNTAX;
    size = ce_base64_decoded_size(text);
    bytes = ce_arena_alloc(arena, size);
    if (!bytes)
        return CE_ENOMEM;
    if (!decode(text, bytes, size)) {
        ce_arena_shrink(arena, bytes, 0);
        return CE_ESYNTAX;
    }
    *out = (ce_slice){ bytes, size };
    return CE_OK;
}

ce_status ce_base64_append(ce_slice text, ce_buf *out)
{
    size_t size;

    if (text.len % 4 != 0)
        return CE_ESYNTAX;
    size = ce_base64_decoded_size(text);
    if (ce_buf_reserve(out, size) != CE_OK)
        return CE_ENOMEM;
    if (!decode(text, out->ptr + out->len, size))
        return CE_ESYNTAX;
    out->len += size;
    return CE_OK;
}

bool ce_base64_is_valid(ce_slice text)
{
    const unsigned char *in = (const unsigned char *)text.ptr;
    size_t size, n = 0;
    uint32_t bad = 0;
    char rest[2];

    if (text.len % 4 != 0)
        return false;
    size = ce_base64_decoded_size(text);
    for (; n + 3 <= size; n += 3, in += 4)
        for (unsigned i = 0; i < 4; i++)
            digit(in + i, &bad);
    return !bad && (n == size || decode_rest(in, size - n, rest));
}
