/* SPDX-License-Identifier: Apache-2.0 */
/* Splits an endpoint's URI. It is more generous than RFC 3986 where endpoints
 * need it: several hosts, and '#' and '+' as they stand in topic filters. */
#include "core/settings/uri.h"

#include <string.h>

#include <cloudevents/alloc.h>

void ce_wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    ce_free(text);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte behind '%', or -1. NUL would cut the text. */
static int escaped(ce_slice text)
{
    int high, low;

    if (text.len < 3)
        return -1;
    high = hex(text.ptr[1]);
    low = hex(text.ptr[2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0))
        return -1;
    return high * 16 + low;
}

ce_status ce_uri_decode(ce_slice text, char **out, ce_error *err)
{
    char *copy = ce_alloc(text.len + 1);
    size_t len = 0;

    if (!copy)
        return ce_no_memory(err);
    while (text.len) {
        int byte = text.ptr[0] == '%' ? escaped(text) : text.ptr[0];

        if (text.ptr[0] == '%' && byte < 0) {
            copy[len] = '\0';
            ce_wipe(copy);
            return ce_fail(err, CE_ESYNTAX,
                           "'%%' is not followed by two hexadecimal digits");
        }
        copy[len++] = (char)byte;
        text = ce_slice_skip(text, text.ptr[0] == '%' ? 3 : 1);
    }
    copy[len] = '\0';
    *out = copy;
    return CE_OK;
}

static ce_status copy(ce_slice text, char **out, ce_error *err)
{
    *out = ce_strndup(text.ptr ? text.ptr : "", text.len);
    return *out ? CE_OK : ce_no_memory(err);
}

/* Takes what stands before the first of STOPS; that one stays in *TEXT. */
static ce_slice cut(ce_slice *text, const char *stops)
{
    ce_slice head = *text;

    for (size_t i = 0; i < head.len; i++)
        if (strchr(stops, head.ptr[i])) {
            head.len = i;
            break;
        }
    *text = ce_slice_skip(*text, head.len);
    return head;
}

static ce_status parse_scheme(ce_uri *u, ce_slice *text, ce_error *err)
{
    ce_slice scheme = cut(text, ":/?#@");

    if (!scheme.len || !text->len || text->ptr[0] != ':')
        return ce_fail(err, CE_ESYNTAX,
                       "the URI does not begin with a scheme such as "
                       "http:, kafka:, mqtt: or file:");
    *text = ce_slice_skip(*text, 1);
    if (copy(scheme, &u->scheme, err) != CE_OK)
        return CE_ENOMEM;
    for (char *c = u->scheme; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return CE_OK;
}

static ce_status parse_user(ce_uri *u, ce_slice user, ce_error *err)
{
    ce_slice name = cut(&user, ":");
    ce_status status = ce_uri_decode(name, &u->user, err);

    if (status != CE_OK || !user.len)
        return status;
    return ce_uri_decode(ce_slice_skip(user, 1), &u->password, err);
}

/* DIGITS lie in the whole URI. With an '@' behind them they may be a part of a
 * password with a '/' that is not encoded: then they are not shown. */
static ce_status parse_port(ce_slice digits, unsigned *out, ce_error *err)
{
    unsigned port = 0;

    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            port = 65536;
        else if (port < 65536)
            port = port * 10 + (unsigned)(digits.ptr[i] - '0');
    }
    if ((!digits.len || port > 65535) && strchr(digits.ptr, '@'))
        return ce_fail(err, CE_ESYNTAX,
                       "the port in the URI is not a number up to 65535");
    if (!digits.len || port > 65535)
        return ce_fail(err, CE_ESYNTAX,
                       "the port \"%.*s\" in the URI is not a number up to "
                       "65535",
                       CE_ARG(digits));
    *out = port;
    return CE_OK;
}

/* Takes "host[:port]" up to the next comma. */
static ce_status parse_host(ce_slice *text, ce_slice *host, unsigned *port,
                            bool *has_port, ce_error *err)
{
    bool bracket = text->len && text->ptr[0] == '[';

    *has_port = false;
    if (bracket)
        *text = ce_slice_skip(*text, 1);
    *host = cut(text, bracket ? "]" : ":,");
    if (!host->len || (bracket && !text->len))
        return ce_fail(err, CE_ESYNTAX,
                       "the URI has no host where one is "
                       "expected");
    for (size_t i = 0; i < host->len; i++)
        if (strchr(" \"<>\\^`{|}", host->ptr[i]))
            return ce_fail(err, CE_ESYNTAX,
                           "the host in the URI has a character that no host "
                           "has");
    if (bracket)
        *text = ce_slice_skip(*text, 1);
    if (text->len && text->ptr[0] == ':') {
        *text = ce_slice_skip(*text, 1);
        *has_port = true;
        return parse_port(cut(text, ","), port, err);
    }
    if (text->len && text->ptr[0] != ',')
        return ce_fail(err, CE_ESYNTAX, "the URI has text behind ']'");
    return CE_OK;
}

static ce_status parse_hosts(ce_uri *u, ce_slice text, ce_error *err)
{
    ce_slice host;
    unsigned port = 0;
    bool has_port;
    ce_status status;

    status = parse_host(&text, &host, &u->port, &u->has_port, err);
    if (status != CE_OK)
        return status;
    status = copy(host, &u->host, err);
    while (status == CE_OK && text.len) {
        text = ce_slice_skip(text, 1);
        status = parse_host(&text, &host, &port, &has_port, err);
    }
    return status;
}

static ce_status parse_authority(ce_uri *u, ce_slice text, ce_error *err)
{
    /* The last '@': a password may have one that is not encoded. */
    const char *at = text.len ? memrchr(text.ptr, '@', text.len) : NULL;
    ce_status status;

    if (at) {
        ce_slice user = { text.ptr, (size_t)(at - text.ptr) };

        status = parse_user(u, user, err);
        if (status != CE_OK)
            return status;
        text = ce_slice_skip(text, user.len + 1);
    }
    status = copy(text, &u->authority, err);
    if (status != CE_OK)
        return status;
    return parse_hosts(u, text, err);
}

static ce_status parse_rest(ce_uri *u, ce_slice text, ce_error *err)
{
    ce_slice path = cut(&text, "?");
    ce_buf base = { 0 };
    bool slashes = u->host != NULL;
    ce_status status;

    status = ce_buf_printf(&base, "%s:%s%s%.*s", u->scheme, slashes ? "//" : "",
                           slashes ? u->authority : "", CE_ARG(path));
    u->base = base.ptr;
    if (status != CE_OK)
        return ce_no_memory(err);
    if (text.len)
        u->query = ce_slice_skip(text, 1);
    if (slashes && path.len)
        path = ce_slice_skip(path, 1);
    return ce_uri_decode(path, &u->path, err);
}

static ce_status parse_stdio(ce_uri *u, ce_slice text, ce_error *err)
{
    if (copy(CE_SLICE("-"), &u->scheme, err) != CE_OK ||
        copy(CE_SLICE("-"), &u->path, err) != CE_OK ||
        copy(CE_SLICE("-"), &u->base, err) != CE_OK)
        return CE_ENOMEM;
    text = ce_slice_skip(text, 1);
    if (text.len)
        u->query = ce_slice_skip(text, 1);
    return CE_OK;
}

/* file:PATH, or file:///PATH; unix: names a socket. */
static ce_status parse_file(ce_uri *u, ce_slice text, ce_error *err)
{
    if (ce_slice_starts(text, CE_SLICE("///")))
        text = ce_slice_skip(text, 2);
    else if (ce_slice_starts(text, CE_SLICE("//")))
        return ce_fail(err, CE_ESYNTAX, "a file has no host: write %s:PATH",
                       u->scheme);
    if (!text.len || text.ptr[0] == '?')
        return ce_fail(err, CE_ESYNTAX, "the URI names no file");
    return parse_rest(u, text, err);
}

static bool is_file(const char *scheme)
{
    return strcmp(scheme, "file") == 0 || strcmp(scheme, "unix") == 0;
}

static bool is_stdio(const char *text)
{
    return text[0] == '-' && (text[1] == '\0' || text[1] == '?');
}

static ce_status parse(ce_uri *u, const char *text, ce_error *err)
{
    ce_slice rest = ce_slice_of(text);
    ce_status status;

    if (is_stdio(text))
        return parse_stdio(u, rest, err);
    status = parse_scheme(u, &rest, err);
    if (status != CE_OK)
        return status;
    if (is_file(u->scheme))
        return parse_file(u, rest, err);
    if (!ce_slice_starts(rest, CE_SLICE("//")))
        return ce_fail(err, CE_ESYNTAX, "the URI has no \"//\" behind \"%s:\"",
                       u->scheme);
    rest = ce_slice_skip(rest, 2);
    status = parse_authority(u, cut(&rest, "/?"), err);
    if (status != CE_OK)
        return status;
    return parse_rest(u, rest, err);
}

static ce_status fill(char **text, ce_error *err)
{
    return *text ? CE_OK : copy(CE_SLICE(""), text, err);
}

ce_status ce_uri_parse(ce_uri *out, const char *text, ce_error *err)
{
    ce_status status;

    *out = (ce_uri){ 0 };
    status = parse(out, text, err);
    if (status != CE_OK)
        return status;
    status = fill(&out->authority, err);
    if (status != CE_OK)
        return status;
    return fill(&out->host, err);
}

void ce_uri_free(ce_uri *u)
{
    ce_wipe(u->scheme);
    ce_wipe(u->authority);
    ce_wipe(u->host);
    ce_wipe(u->path);
    ce_wipe(u->base);
    ce_wipe(u->user);
    ce_wipe(u->password);
    *u = (ce_uri){ 0 };
}
