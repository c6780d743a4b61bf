/* SPDX-License-Identifier: Apache-2.0 */
/* The words of libraries differ, so addresses are known by their form, and a
 * bare name by the word before it. */
#include "bindings/http/discreet.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/slice.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool all_in(ce_slice s, const char *set)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(set, s.ptr[i]))
            return false;
    return s.len > 0;
}

static size_t count(ce_slice s, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == c;
    return n;
}

static bool is_number(ce_slice s)
{
    return all_in(s, DIGITS);
}

static bool is_name(ce_slice s)
{
    return all_in(s, DIGITS LETTERS ".-_");
}

/* The address in what librdkafka writes, ipv6#[fe80::1]:9092/1, and in that
 * with a zone, fe80::1%eth0; a port may be behind it. */
static ce_slice core_of(ce_slice s)
{
    size_t len = 0;

    if (ce_slice_starts(s, CE_SLICE("ipv4#")) ||
        ce_slice_starts(s, CE_SLICE("ipv6#")))
        s = ce_slice_skip(s, 5);
    while (len < s.len && !strchr("%/", s.ptr[len]))
        len++;
    return (ce_slice){ s.ptr, len };
}

static bool is_v4(ce_slice s)
{
    return count(s, '.') == 3 && all_in(s, DIGITS ".:");
}

static bool is_v6(ce_slice s)
{
    return count(s, ':') >= 2 && all_in(s, DIGITS "abcdefABCDEF:.[]");
}

static bool is_number_of_host(ce_slice s)
{
    s = core_of(s);
    return is_v4(s) || is_v6(s);
}

/* HOST:PORT, and what a library hangs behind it with a slash. */
static bool is_host_with_port(ce_slice s)
{
    const char *colon = memchr(s.ptr, ':', s.len), *slash;
    ce_slice host, port;

    if (!colon)
        return false;
    host = (ce_slice){ s.ptr, (size_t)(colon - s.ptr) };
    port = ce_slice_skip(s, host.len + 1);
    slash = memchr(port.ptr, '/', port.len);
    if (slash)
        port.len = (size_t)(slash - port.ptr);
    return is_name(host) && !is_number(host) && is_number(port);
}

/* A bare "kafkas://" is advice. */
static bool has_scheme(ce_slice s)
{
    for (; s.len > 3; s = ce_slice_skip(s, 1))
        if (memcmp(s.ptr, "://", 3) == 0)
            return true;
    return false;
}

/* "host: NAME", "host name 'NAME'", "connect to NAME port N via NAME after". Of
 * "this host and port", "unknown host; is" nothing is a name. */
static bool is_named(ce_slice before, ce_slice marks, ce_slice word,
                     ce_slice rest)
{
    if (!is_name(word) || ce_slice_eq(word, CE_SLICE("name")))
        return false;
    if (ce_slice_eq(before, CE_SLICE("port")))
        return is_number(word);
    if (ce_slice_eq(before, CE_SLICE("to")))
        return memchr(word.ptr, '.', word.len) ||
               ce_slice_starts(rest, CE_SLICE(" port "));
    if (ce_slice_eq(before, CE_SLICE("via")))
        return ce_slice_starts(rest, CE_SLICE(" after "));
    if (ce_slice_eq(before, CE_SLICE("name")) ||
        ce_slice_eq(before, CE_SLICE("resolve")))
        return ce_slice_starts(rest, CE_SLICE("'"));
    return ce_slice_starts(marks, CE_SLICE(":")) &&
           (ce_slice_eq(before, CE_SLICE("host")) ||
            ce_slice_eq(before, CE_SLICE("proxy")));
}

static bool is_path(ce_slice s)
{
    return s.len > 1 && *s.ptr == '/';
}

static bool is_address(ce_slice before, ce_slice marks, ce_slice word,
                       ce_slice rest)
{
    return has_scheme(word) || is_path(word) || is_number_of_host(word) ||
           is_host_with_port(word) || is_named(before, marks, word, rest);
}

/* --- words --- */

/* A dot or colon belongs to a word unless it ends it. */
static bool is_mark(ce_slice at)
{
    bool last = at.len == 1 || at.ptr[1] == ' ';

    return strchr(last ? " \"'`()<>,;.:" : " \"'`()<>,;", *at.ptr);
}

static ce_slice take_marks(ce_slice *rest)
{
    ce_slice marks = *rest;

    while (rest->len > 0 && is_mark(*rest))
        *rest = ce_slice_skip(*rest, 1);
    marks.len -= rest->len;
    return marks;
}

static ce_slice take_word(ce_slice *rest)
{
    ce_slice word = *rest;

    while (rest->len > 0 && !is_mark(*rest))
        *rest = ce_slice_skip(*rest, 1);
    word.len -= rest->len;
    return word;
}

void ce_http_hide_addresses(ce_result *r)
{
    char out[2 * CE_REASON_SIZE] = "";
    ce_slice rest = ce_slice_of(r->reason), before = { NULL, 0 };
    size_t len = 0;

    while (rest.len > 0 && len < sizeof out) {
        ce_slice marks = take_marks(&rest);
        ce_slice word = take_word(&rest);
        ce_slice shown = word;

        if (is_address(before, marks, word, rest))
            shown = CE_SLICE("[hidden]");
        len += (size_t)snprintf(out + len, sizeof out - len, "%.*s%.*s",
                                CE_ARG(marks), CE_ARG(shown));
        before = word;
    }
    ce_result_explain(r, "%s", out);
}
