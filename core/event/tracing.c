/* SPDX-License-Identifier: Apache-2.0 */
#include "core/event/tracing.h"

#include <string.h>

/* Trace Context 3.3.1.1 and 3.3.1.5; 3.3.1.3.1 and 3.3.1.3.2. */
enum { MEMBERS_MAX = 32, KEY_MAX = 256, VALUE_MAX = 256 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* --- traceparent --- */

static bool is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_digit(text[i]) && (text[i] < 'a' || text[i] > 'f'))
            return false;
    return true;
}

/* An id of zeros stands for "none". */
static bool is_id(const char *text, size_t len)
{
    size_t zeros = 0;

    while (zeros < len && text[zeros] == '0')
        zeros++;
    return zeros < len && is_hex(text, len);
}

static bool is_version(ce_slice text)
{
    bool is_first = !memcmp(text.ptr, "00", 2);

    if (!is_hex(text.ptr, 2) || !memcmp(text.ptr, "ff", 2))
        return false;
    return text.len == CE_TRACEPARENT_LEN ||
           (!is_first && text.ptr[CE_TRACEPARENT_LEN] == '-');
}

bool ce_traceparent_is_valid(ce_slice text)
{
    const char *p = text.ptr;

    return text.len >= CE_TRACEPARENT_LEN && is_version(text) && p[2] == '-' &&
           is_id(p + 3, 32) && p[35] == '-' && is_id(p + 36, 16) &&
           p[52] == '-' && is_hex(p + 53, 2);
}

/* --- tracestate --- */

static bool is_key_char(char c)
{
    return is_lower(c) || is_digit(c) || (c && strchr("_-*/@", c));
}

/* A tenant of a system may begin with a digit, and has one "@". */
static bool is_key(ce_slice key)
{
    const char *at = key.len ? memchr(key.ptr, '@', key.len) : NULL;
    size_t system = at ? (size_t)(at - key.ptr) + 1 : 0;

    if (!key.len || key.len > KEY_MAX || system == 1 || system == key.len)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (!is_key_char(key.ptr[i]) || (i >= system && key.ptr[i] == '@'))
            return false;
    return is_lower(key.ptr[system]) &&
           (is_lower(*key.ptr) || (at && is_digit(*key.ptr)));
}

static bool is_value(ce_slice value)
{
    if (!value.len || value.len > VALUE_MAX || value.ptr[value.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < ' ' || value.ptr[i] > '~' ||
            strchr(",=", value.ptr[i]))
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static ce_slice trim(ce_slice s)
{
    while (s.len && is_blank(*s.ptr))
        s = ce_slice_skip(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* A member may be empty. */
static bool is_member(ce_slice member)
{
    ce_slice m = trim(member);
    const char *equals = m.len ? memchr(m.ptr, '=', m.len) : NULL;
    size_t len = equals ? (size_t)(equals - m.ptr) : 0;

    return !m.len || (equals && is_key((ce_slice){ m.ptr, len }) &&
                      is_value(ce_slice_skip(m, len + 1)));
}

bool ce_tracestate_is_valid(ce_slice text)
{
    if (text.len > CE_TRACESTATE_MAX || !trim(text).len)
        return false;
    for (unsigned n = 0; n < MEMBERS_MAX; n++) {
        const char *comma = text.len ? memchr(text.ptr, ',', text.len) : NULL;
        size_t len = comma ? (size_t)(comma - text.ptr) : text.len;

        if (!is_member((ce_slice){ text.ptr, len }))
            return false;
        if (!comma)
            return true;
        text = ce_slice_skip(text, len + 1);
    }
    return false;
}
