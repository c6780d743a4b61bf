/* SPDX-License-Identifier: Apache-2.0 */
/* Characters, percent-encoding and schemes. */
#include "core/base/uri_syntax.h"

#include "core/base/chars.h"

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

static bool is_encoded(ce_slice s)
{
    return s.len >= 3 && *s.ptr == '%' && is_hex(s.ptr[1]) && is_hex(s.ptr[2]);
}

static bool has_legal_characters(ce_slice s)
{
    bool in_fragment = false;

    while (s = ce_slice_skip(s, ce_chars_span(s, CE_CHARS_URI)), s.len > 0) {
        if (is_encoded(s)) {
            s = ce_slice_skip(s, 3);
        } else if (*s.ptr == '#' && !in_fragment) {
            in_fragment = true;
            s = ce_slice_skip(s, 1);
        } else {
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
    if (text.len == 0)
        return true;
    if (!has_legal_characters(text))
        return false;
    return scheme_length(text) > 0 || !has_stray_colon(text);
}
