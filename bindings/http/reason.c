/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a body is no reason: "{" or "<html>" help nobody. */
#include "bindings/http/reason.h"

#include <string.h>

#include <cloudevents/result.h>

#include "core/base/utf8.h"
#include "core/json/scan.h"

static const ce_slice none = { NULL, 0 };

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static ce_slice trim(ce_slice s)
{
    while (s.len > 0 && is_blank(*s.ptr))
        s = ce_slice_skip(s, 1);
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* --- JSON --- */

static ce_slice member(ce_arena *arena, ce_slice body, ce_slice pointer)
{
    ce_slice raw = none, text;

    if (ce_json_pointer(body, pointer, &raw) != CE_OK || *raw.ptr != '"' ||
        ce_json_unescape(raw, arena, &text, NULL) != CE_OK)
        return none;
    return trim(text);
}

/* RFC 9457 first, then what interfaces commonly have. */
static ce_slice from_json(ce_arena *arena, ce_slice body)
{
    static const char *const pointers[] = {
        "/detail",
        "/title",
        "/message",
        "/error",
        "/error_description",
        "/error/message",
        "/errors/0/message",
    };
    ce_slice text = none;

    if (!ce_json_is_valid(body))
        return none;
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers && !text.len; i++)
        text = member(arena, body, ce_slice_of(pointers[i]));
    return text;
}

/* --- HTML and text --- */

static const char *find_nocase(ce_slice in, ce_slice what)
{
    for (; in.len >= what.len; in = ce_slice_skip(in, 1))
        if (ce_slice_starts_nocase(in, what))
            return in.ptr;
    return NULL;
}

static ce_slice behind(ce_slice in, const char *at)
{
    return ce_slice_skip(in, (size_t)(at - in.ptr));
}

static ce_slice from_html(ce_slice body)
{
    const char *title = find_nocase(body, CE_SLICE("<title"));
    const char *end = NULL;

    if (title)
        end = memchr(title, '>', behind(body, title).len);
    if (!end)
        return none;
    body = behind(body, end + 1);
    end = find_nocase(body, CE_SLICE("</title"));
    if (!end)
        return none;
    return trim((ce_slice){ body.ptr, (size_t)(end - body.ptr) });
}

/* Without a character that is cut at the end. */
static ce_slice whole(ce_slice s)
{
    size_t len = s.len;

    while (len > 0 && ((unsigned char)s.ptr[len - 1] & 0xC0) == 0x80)
        len--;
    if (len > 0 && (unsigned char)s.ptr[len - 1] >= 0xC0)
        len--;
    return (ce_slice){ s.ptr, len };
}

static ce_slice from_text(ce_slice body)
{
    size_t len = 0;

    while (len < body.len && len < CE_REASON_SIZE && body.ptr[len] != '\n' &&
           body.ptr[len] != '\r')
        len++;
    body.len = len;
    return trim(len < CE_REASON_SIZE ? body : whole(body));
}

/* --- which --- */

/* The body says it better than a type that is missing or wrong. */
static bool is_json(ce_slice type, ce_slice body)
{
    return find_nocase(type, CE_SLICE("json")) || *body.ptr == '{' ||
           *body.ptr == '[';
}

static bool is_text(ce_slice type)
{
    return type.len == 0 || ce_slice_starts_nocase(type, CE_SLICE("text/"));
}

static ce_slice from_page(ce_slice type, ce_slice body)
{
    ce_slice out = none;

    if (body.len > 0 && *body.ptr == '<')
        out = from_html(body);
    else if (is_text(type))
        out = from_text(body);
    return ce_utf8_is_valid(out) ? out : none;
}

ce_slice ce_http_reason(ce_arena *arena, unsigned status, ce_slice content_type,
                        ce_slice body)
{
    bool json;
    ce_slice text;

    body = trim(body);
    json = body.len > 0 && is_json(content_type, body);
    text = json ? from_json(arena, body) : from_page(content_type, body);
    if (text.len == 0)
        return ce_arena_printf(arena, "HTTP %u", status);
    if (json)
        return text;
    return ce_arena_printf(arena, "HTTP %u: %.*s", status, CE_ARG(text));
}
