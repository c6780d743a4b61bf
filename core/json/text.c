/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings as texts and back, and small services for valid JSON. */
#include "core/json/scan.h"

#include <stdint.h>
#include <string.h>

#include "core/base/utf8.h"

/* --- strings --- */

static uint32_t unit_at(const char *p)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        char c = p[i];

        value =
            value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return value;
}

/* Behind "\u", in a string that has been scanned. Returns how many bytes it
 * took, 0 for half a pair. */
static unsigned read_unit(const char *p, const char *end, uint32_t *out)
{
    uint32_t low;

    *out = unit_at(p);
    if (*out < 0xD800 || *out > 0xDFFF)
        return 4;
    if (*out > 0xDBFF || end - p < 10 || p[4] != '\\' || p[5] != 'u')
        return 0;
    low = unit_at(p + 6);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
    return 10;
}

static char simple_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

ce_status ce_json_unescape(ce_slice raw, ce_arena *arena, ce_slice *out,
                           ce_error *err)
{
    const char *p = raw.ptr + 1, *end = raw.ptr + raw.len - 1;
    char *text, *to;

    *out = (ce_slice){ p, raw.len - 2 };
    if (!memchr(p, '\\', raw.len - 2))
        return CE_OK;
    text = to = ce_arena_alloc(arena, raw.len);
    if (!text)
        return ce_no_memory(err);
    while (p < end) {
        uint32_t c;
        unsigned n;

        if (*p != '\\') {
            const char *next = memchr(p, '\\', (size_t)(end - p));
            size_t run = (size_t)((next ? next : end) - p);

            memcpy(to, p, run);
            to += run;
            p += run;
        } else if (p[1] != 'u') {
            *to++ = simple_escape(p[1]);
            p += 2;
        } else {
            n = read_unit(p + 2, end, &c);
            if (!n)
                return ce_fail(err, CE_ESYNTAX, "half a surrogate pair");
            to += ce_utf8_encode(c, to);
            p += 2 + n;
        }
    }
    *out = (ce_slice){ text, (size_t)(to - text) };
    return CE_OK;
}

ce_status ce_json_text(const ce_json_reader *r, ce_slice raw, ce_arena *arena,
                       ce_slice *out, ce_error *err)
{
    if (r->escaped)
        return ce_json_unescape(raw, arena, out, err);
    *out = (ce_slice){ raw.ptr + 1, raw.len - 2 };
    return CE_OK;
}

static ce_status escape_one(char c, ce_buf *out)
{
    static const char short_names[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *at = c ? strchr(short_names, c) : NULL;

    if (!at)
        return ce_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
    if (ce_buf_byte(out, '\\') != CE_OK)
        return CE_ENOMEM;
    return ce_buf_byte(out, letters[at - short_names]);
}

static ce_status append(ce_buf *out, const char *from, const char *end)
{
    if (from == end)
        return CE_OK;
    return ce_buf_append(out, (ce_slice){ from, (size_t)(end - from) });
}

ce_status ce_json_escape(ce_slice text, ce_buf *out)
{
    size_t from = 0;

    /* Appending fails in one way only: without memory. */
    if (ce_buf_byte(out, '"') != CE_OK)
        return CE_ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((unsigned char)c >= ' ' && c != '"' && c != '\\')
            continue;
        if (append(out, text.ptr + from, text.ptr + i) != CE_OK ||
            escape_one(c, out) != CE_OK)
            return CE_ENOMEM;
        from = i + 1;
    }
    if (append(out, text.ptr + from, text.ptr + text.len) != CE_OK)
        return CE_ENOMEM;
    return ce_buf_byte(out, '"');
}

ce_status ce_json_compact(ce_slice json, ce_buf *out)
{
    size_t from = 0;

    json = ce_json_without_mark(json);
    /* Strings hold no raw line break, so every one is outside of them. */
    for (size_t i = 0; i < json.len; i++) {
        if (json.ptr[i] != '\n' && json.ptr[i] != '\r')
            continue;
        if (append(out, json.ptr + from, json.ptr + i) != CE_OK)
            return CE_ENOMEM;
        from = i + 1;
    }
    return append(out, json.ptr + from, json.ptr + json.len);
}

/* --- JSON Pointer --- */

/* The first reference token, still escaped; POINTER moves behind it. */
static ce_slice take_token(ce_slice *pointer)
{
    ce_slice token = ce_slice_skip(*pointer, 1);
    const char *slash = token.len ? memchr(token.ptr, '/', token.len) : NULL;

    if (slash)
        token.len = (size_t)(slash - token.ptr);
    *pointer = ce_slice_skip(*pointer, 1 + token.len);
    return token;
}

/* Compares a name with a token in which ~1 is a slash and ~0 a tilde. */
static bool token_is(ce_slice token, ce_slice name)
{
    size_t k = 0;

    for (size_t i = 0; i < token.len; i++, k++) {
        char c = token.ptr[i];

        if (c == '~') {
            c = ++i < token.len ? token.ptr[i] : '\0';
            if (c != '0' && c != '1')
                return false;
            c = c == '1' ? '/' : '~';
        }
        if (k == name.len || name.ptr[k] != c)
            return false;
    }
    return k == name.len;
}

/* ARENA holds names without their escapes. */
static ce_status next_member(ce_json_reader *r, ce_arena *arena, ce_slice *name,
                             ce_slice *value)
{
    ce_json_value v;
    ce_status status = ce_json_name(r, name, NULL);

    if (status != CE_OK)
        return status;
    status = ce_json_value_next(r, &v, NULL);
    if (status != CE_OK)
        return status;
    *value = v.raw;
    return ce_json_unescape(*name, arena, name, NULL);
}

static ce_status search(ce_json_reader *r, ce_arena *arena, ce_slice token,
                        ce_slice *out)
{
    ce_status status = ce_json_enter(r, '{', NULL);
    ce_slice name, value;
    bool more;

    for (bool first = true; status == CE_OK; first = false) {
        status = ce_json_more(r, '}', first, &more, NULL);
        if (status != CE_OK)
            return status;
        if (!more)
            return CE_ENOENT;
        status = next_member(r, arena, &name, &value);
        if (status == CE_OK && token_is(token, name)) {
            *out = value;
            return CE_OK;
        }
    }
    return status;
}

static ce_status find_member(ce_slice object, ce_slice token, ce_slice *out)
{
    ce_json_reader r = ce_json_read(object);
    ce_arena *arena = ce_arena_new();
    ce_status status = CE_ENOMEM;

    if (arena)
        status = search(&r, arena, token, out);
    ce_arena_free(arena);
    return status;
}

/* RFC 6901 4: digits without leading zeros. "-", the element behind the last,
 * never exists. Nine digits are more elements than a text can have. */
static bool read_index(ce_slice token, size_t *out)
{
    *out = 0;
    if (token.len == 0 || token.len > 9 || (token.len > 1 && *token.ptr == '0'))
        return false;
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] < '0' || token.ptr[i] > '9')
            return false;
        *out = *out * 10 + (size_t)(token.ptr[i] - '0');
    }
    return true;
}

static ce_status find_element(ce_slice array, ce_slice token, ce_slice *out)
{
    ce_json_reader r = ce_json_read(array);
    ce_status status = ce_json_enter(&r, '[', NULL);
    ce_json_value v = { .raw = { NULL, 0 } };
    size_t index;
    bool more;

    if (!read_index(token, &index))
        return CE_ENOENT;
    for (size_t i = 0; i <= index; i++) {
        if (status != CE_OK)
            return status;
        status = ce_json_more(&r, ']', i == 0, &more, NULL);
        if (status != CE_OK)
            return status;
        if (!more)
            return CE_ENOENT;
        status = ce_json_value_next(&r, &v, NULL);
    }
    *out = v.raw;
    return status;
}

ce_status ce_json_pointer(ce_slice json, ce_slice pointer, ce_slice *out)
{
    ce_json_reader r = ce_json_read(json);
    ce_status status = CE_OK;

    *out = (ce_slice){ r.p, (size_t)(r.end - r.p) };
    while (pointer.len > 0 && status == CE_OK) {
        ce_slice token, at = *out;

        if (*pointer.ptr != '/' || at.len == 0)
            return CE_ENOENT;
        token = take_token(&pointer);
        if (*at.ptr == '{')
            status = find_member(at, token, out);
        else if (*at.ptr == '[')
            status = find_element(at, token, out);
        else
            status = CE_ENOENT;
    }
    return status;
}
