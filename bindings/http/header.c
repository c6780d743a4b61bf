/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding of attribute values, both ways: HTTP binding 3.1.3.2. */
#include "bindings/http/header.h"

#include <string.h>

#include "core/base/chars.h"
#include "core/base/utf8.h"

/* --- writing --- */

/* A quote would begin a quoted string. */
static size_t count_encoded(ce_slice text)
{
    size_t count = 0;

    while (text = ce_slice_skip(text, ce_chars_span(text, CE_CHARS_PLAIN)),
           text.len > 0) {
        count++;
        text = ce_slice_skip(text, 1);
    }
    return count;
}

ce_status ce_header_encode(ce_slice text, ce_arena *arena, ce_slice *out)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t encoded = count_encoded(text);
    char *to;

    *out = text;
    if (encoded == 0)
        return CE_OK;
    to = ce_arena_alloc(arena, text.len + 2 * encoded);
    if (!to)
        return CE_ENOMEM;
    *out = (ce_slice){ to, text.len + 2 * encoded };
    for (;;) {
        size_t plain = ce_chars_span(text, CE_CHARS_PLAIN);
        unsigned char c;

        memcpy(to, text.ptr, plain);
        if (plain == text.len)
            return CE_OK;
        to += plain;
        c = (unsigned char)text.ptr[plain];
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
        text = ce_slice_skip(text, plain + 1);
    }
}

/* --- reading --- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A quoted string may begin anywhere; a backslash in it makes the next
 * character stand for itself (HTTP-50). TO has room for IN. */
static ce_status unquote(ce_slice in, char *to, size_t *len, ce_error *err)
{
    char *start = to;
    bool quoted = false;

    for (size_t i = 0; i < in.len; i++) {
        char c = in.ptr[i];

        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        if (c == '\\' && quoted) {
            if (++i == in.len)
                break;
            c = in.ptr[i];
        }
        *to++ = c;
    }
    *len = (size_t)(to - start);
    if (quoted)
        return ce_fail(err, CE_ESYNTAX, "a quote is not closed");
    return CE_OK;
}

/* One round only: "%2541" is "%41" (HTTP-49). In place: the text only gets
 * shorter. */
static ce_status undo_percent(char *text, size_t *len, ce_error *err)
{
    char *to = text;

    for (size_t i = 0; i < *len; i++) {
        int high, low;

        if (text[i] != '%') {
            *to++ = text[i];
            continue;
        }
        high = i + 2 < *len ? hex_value(text[i + 1]) : -1;
        low = i + 2 < *len ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return ce_fail(err, CE_ESYNTAX,
                           "\"%%\" without two hexadecimal digits");
        *to++ = (char)(high << 4 | low);
        i += 2;
    }
    *len = (size_t)(to - text);
    return CE_OK;
}

/* First the quotes, then the percents: the other order would take an encoded
 * quote for a real one. */
static ce_status decode(ce_slice in, ce_arena *arena, ce_slice *out,
                        ce_error *err)
{
    char *text = ce_arena_alloc(arena, in.len);
    ce_status status;
    size_t len;

    if (!text)
        return ce_no_memory(err);
    status = unquote(in, text, &len, err);
    if (status != CE_OK)
        return status;
    status = undo_percent(text, &len, err);
    if (status != CE_OK)
        return status;
    *out = (ce_slice){ text, len };
    return CE_OK;
}

static bool has(ce_slice text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len);
}

ce_status ce_header_decode(ce_slice value, ce_arena *arena, ce_slice *out,
                           ce_error *err)
{
    *out = ce_slice_trim(value);
    if (has(*out, '"') || has(*out, '%')) {
        ce_status status = decode(*out, arena, out, err);

        if (status != CE_OK)
            return status;
    }
    /* What decodes to an overlong form, half a character or a surrogate is no
     * text (HTTP-48). Bytes that came as they are have to be text as well. */
    if (!ce_utf8_is_valid(*out))
        return ce_fail(err, CE_ESYNTAX, "the value is no valid UTF-8");
    return CE_OK;
}
