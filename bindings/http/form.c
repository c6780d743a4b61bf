/* SPDX-License-Identifier: Apache-2.0 */
/* A target is a path, or a URL, as clients send it to proxies and a server has
 * to take it too; "*" belongs to OPTIONS, and a host to CONNECT. */
#include "bindings/http/form.h"

#include <string.h>

static bool cut_scheme(ce_slice *target)
{
    static const char *const schemes[] = { "http://", "https://" };

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        ce_slice scheme = ce_slice_of(schemes[i]);

        if (!ce_slice_starts_nocase(*target, scheme))
            continue;
        *target = ce_slice_skip(*target, scheme.len);
        return true;
    }
    return false;
}

unsigned ce_http_form_parameters(const char *target)
{
    const char *query = strchr(target, '?');
    unsigned count = 0;

    for (const char *p = query ? query + 1 : ""; *p; p++)
        count += *p == '&' || !p[1];
    return count;
}

const char *ce_http_form_read(ce_http_request *r)
{
    const char *slash;

    if (r->path.len > 0 && *r->path.ptr == '/')
        return NULL;
    if (ce_slice_eq(r->path, CE_SLICE("*")))
        return ce_slice_eq(r->method, CE_SLICE("OPTIONS"))
                   ? NULL
                   : "the target \"*\" belongs to OPTIONS";
    if (ce_slice_eq(r->method, CE_SLICE("CONNECT")))
        return NULL;
    if (!cut_scheme(&r->path))
        return "the target is neither a path nor an http URL";
    /* RFC 9110 4.2.1: a URL of http has a host. */
    if (r->path.len == 0 || *r->path.ptr == '/')
        return "the target has no host";
    slash = memchr(r->path.ptr, '/', r->path.len);
    if (slash)
        r->path = ce_slice_skip(r->path, (size_t)(slash - r->path.ptr));
    else
        r->path = CE_SLICE("/");
    return NULL;
}

/* RFC 3986 3.2.2: a name, or an address of IPv4. Percent-encoding is not looked
 * into. */
static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c && strchr("-._~!$&'()*+,;=%", c));
}

static bool is_address(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

static size_t span(ce_slice text, bool (*is)(char c))
{
    size_t len = 0;

    while (len < text.len && is(text.ptr[len]))
        len++;
    return len;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ce_http_is_host(ce_slice text)
{
    if (text.len > 0 && *text.ptr == '[') {
        text = ce_slice_skip(text, 1);
        text = ce_slice_skip(text, span(text, is_address));
        if (text.len == 0 || *text.ptr != ']')
            return false;
        text = ce_slice_skip(text, 1);
    } else {
        text = ce_slice_skip(text, span(text, is_name));
    }
    if (text.len == 0)
        return true;
    if (*text.ptr != ':')
        return false;
    text = ce_slice_skip(text, 1);
    return text.len == span(text, is_digit);
}
