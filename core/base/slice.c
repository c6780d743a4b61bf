/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes, and the buffer that owns and grows. */
#include <cloudevents/alloc.h>
#include <cloudevents/slice.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

ce_slice ce_slice_of(const char *text)
{
    return (ce_slice){ text, text ? strlen(text) : 0 };
}

bool ce_slice_eq(ce_slice a, ce_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Not strncasecmp: it ends at a NUL and asks the locale. */
static bool same_nocase(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool ce_slice_eq_nocase(ce_slice a, ce_slice b)
{
    return a.len == b.len && same_nocase(a.ptr, b.ptr, a.len);
}

bool ce_slice_starts(ce_slice s, ce_slice prefix)
{
    return s.len >= prefix.len &&
           (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool ce_slice_starts_nocase(ce_slice s, ce_slice prefix)
{
    return s.len >= prefix.len && same_nocase(s.ptr, prefix.ptr, prefix.len);
}

ce_slice ce_slice_skip(ce_slice s, size_t n)
{
    return (ce_slice){ s.ptr ? s.ptr + n : NULL, s.len - n };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

ce_slice ce_slice_trim(ce_slice s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = ce_slice_skip(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

ce_status ce_buf_reserve(ce_buf *b, size_t extra)
{
    size_t cap = b->cap ? b->cap : 64;
    char *ptr;

    if (extra <= b->cap - b->len)
        return CE_OK;
    if (extra > SIZE_MAX / 2 - b->len)
        return CE_ENOMEM;
    while (cap - b->len < extra)
        cap *= 2;
    ptr = ce_realloc(b->ptr, cap);
    if (!ptr)
        return CE_ENOMEM;
    b->ptr = ptr;
    b->cap = cap;
    return CE_OK;
}

ce_status ce_buf_append(ce_buf *b, ce_slice s)
{
    if (ce_buf_reserve(b, s.len) != CE_OK)
        return CE_ENOMEM;
    if (s.len)
        memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
    return CE_OK;
}

ce_status ce_buf_byte(ce_buf *b, char c)
{
    return ce_buf_append(b, (ce_slice){ &c, 1 });
}

ce_status ce_buf_printf(ce_buf *b, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0)
        return CE_EINVAL;
    if (ce_buf_reserve(b, (size_t)len + 1) != CE_OK)
        return CE_ENOMEM;
    va_start(args, fmt);
    vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, args);
    va_end(args);
    b->len += (size_t)len;
    return CE_OK;
}

ce_slice ce_buf_slice(const ce_buf *b)
{
    return (ce_slice){ b->ptr ? b->ptr : "", b->len };
}

void ce_buf_clear(ce_buf *b)
{
    b->len = 0;
}

void ce_buf_free(ce_buf *b)
{
    ce_free(b->ptr);
    *b = (ce_buf){ 0 };
}
