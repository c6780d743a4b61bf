/* SPDX-License-Identifier: Apache-2.0 */
/* Characters, percent-encoding and schemes. */
#include "core/base/uri_syntax.h"

#include <stdint.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Letters, digits and -._~:/?[]@!$&'()*+,;= as a set of bits. */
static bool is_legal(unsigned char c)
{
    static const uint64_t legal[] = { 0xafffffd200000000u,
                                      0x47fffffeafffffffu };

    return c < 128 && legal[c / 64] >> c % 64 & 1;
}

static bool has_legal_characters(ce_slice s)
{
    bool in_fragment = false;

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '%') {
            if (s.len - i < 3 || !is_hex(s.ptr[i + 1]) || !is_hex(s.ptr[i + 2]))
                return false;
        } else if (c == '#') {
            if (in_fragment)
                return false;
            in_fragment = true;
        } else if (!is_legal((unsigned char)c)) {
            return false;
        }
    }
    return true;
}

/* The length of "scheme:", or 0. */
static size_t scheme_length(ce_slice s)
{
    if (s.len == 0 || !is_letter(*s.ptr))
        return 0;
    for (size_t i = 1; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == ':')
            return i + 1;
        if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return 0;
    }
    return 0;
}

bool ce_uri_is_absolute(ce_slice text)
{
    return scheme_length(text) > 0 && has_legal_characters(text);
}

/* In a relative path the first segment has no colon: it would be a scheme. */
static bool has_stray_colon(ce_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '/' || c == '?' || c == '#')
            return false;
        if (c == ':')
            return true;
    }
    return false;
}

bool ce_uri_is_reference(ce_slice text)
{
    if (text.len == 0 || !has_legal_characters(text))
        return false;
    return scheme_length(text) > 0 || !has_stray_colon(text);
}
