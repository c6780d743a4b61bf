/* SPDX-License-Identifier: Apache-2.0 */
/* Takes content types apart (RFC 2045); nothing here changes them. */
#include "core/base/media_type.h"

#include <string.h>

#include "core/base/chars.h"

static ce_slice skip_token(ce_slice s)
{
    return ce_slice_skip(s, ce_chars_span(s, CE_CHARS_TOKEN));
}

static ce_slice skip_blanks(ce_slice s)
{
    while (s.len > 0 && (*s.ptr == ' ' || *s.ptr == '\t'))
        s = ce_slice_skip(s, 1);
    return s;
}

/* Behind the closing quote, or absent. */
static ce_slice skip_quoted(ce_slice s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            return ce_slice_skip(s, i + 1);
    }
    return (ce_slice){ NULL, 0 };
}

/* Behind one token and CHARACTER, or absent. */
static ce_slice skip_token_and(ce_slice s, char character)
{
    ce_slice rest = skip_token(s);

    if (rest.len == s.len || rest.len == 0 || *rest.ptr != character)
        return (ce_slice){ NULL, 0 };
    return ce_slice_skip(rest, 1);
}

static ce_slice skip_parameter(ce_slice s)
{
    ce_slice value = skip_token_and(skip_blanks(s), '=');

    if (!value.ptr)
        return value;
    if (value.len > 0 && *value.ptr == '"')
        return skip_quoted(value);
    return skip_token(value);
}

bool ce_media_type_is_valid(ce_slice text)
{
    ce_slice s = skip_token_and(text, '/');
    size_t len = s.len;

    if (!s.ptr || (s = skip_token(s)).len == len)
        return false;
    while ((s = skip_blanks(s)).len > 0) {
        if (*s.ptr != ';')
            return false;
        s = skip_blanks(ce_slice_skip(s, 1));
        /* A semicolon at the end is common, and means nothing. */
        if (s.len > 0 && !(s = skip_parameter(s)).ptr)
            return false;
    }
    return true;
}

static size_t find(ce_slice s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

ce_slice ce_media_type_bare(ce_slice content_type)
{
    content_type.len = find(content_type, ';');
    return ce_slice_trim(content_type);
}

/* Up to a semicolon outside quotes (RFC 9110 5.6.6). */
static size_t part_len(ce_slice s)
{
    ce_slice rest = s;

    while (rest.len > 0 && *rest.ptr != ';')
        rest = *rest.ptr == '"' ? skip_quoted(rest) : ce_slice_skip(rest, 1);
    return s.len - rest.len;
}

static ce_slice unquoted(ce_slice s)
{
    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        return (ce_slice){ s.ptr + 1, s.len - 2 };
    return s;
}

ce_slice ce_media_type_parameter(ce_slice content_type, const char *name)
{
    ce_slice rest = content_type;

    for (;;) {
        size_t end = part_len(rest), equals;
        ce_slice part;

        if (end == rest.len)
            return (ce_slice){ NULL, 0 };
        rest = ce_slice_skip(rest, end + 1);
        part = (ce_slice){ rest.ptr, part_len(rest) };
        equals = find(part, '=');
        if (equals < part.len &&
            ce_slice_eq_nocase(ce_slice_trim((ce_slice){ part.ptr, equals }),
                               ce_slice_of(name)))
            return unquoted(ce_slice_trim(ce_slice_skip(part, equals + 1)));
    }
}

bool ce_media_type_is_utf8(ce_slice content_type)
{
    ce_slice charset = ce_media_type_parameter(content_type, "charset");

    return !charset.ptr || ce_slice_eq_nocase(charset, CE_SLICE("utf-8")) ||
           ce_slice_eq_nocase(charset, CE_SLICE("utf8")) ||
           ce_slice_eq_nocase(charset, CE_SLICE("us-ascii"));
}

bool ce_media_type_has_subtype(ce_slice content_type, ce_slice name)
{
    ce_slice bare = ce_media_type_bare(content_type), sub, suffix;
    size_t slash = find(bare, '/');

    if (slash == 0 || slash == bare.len)
        return false;
    sub = ce_slice_skip(bare, slash + 1);
    if (sub.len <= name.len + 1)
        return ce_slice_eq_nocase(sub, name);
    suffix = ce_slice_skip(sub, sub.len - name.len - 1);
    return *suffix.ptr == '+' &&
           ce_slice_eq_nocase(ce_slice_skip(suffix, 1), name);
}
