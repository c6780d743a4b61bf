/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses what libmicrohttpd lets through although two servers may read it in
 * two ways (RFC 9112, sections 5 and 6): two lengths, a length with a transfer
 * coding, codings that are not known, characters that no name or value has.
 * All of it comes from the library's public interface. How lines end is not
 * seen there: see lines.h. */
#include "bindings/http/guard.h"

#include <string.h>

#include "bindings/http/field.h"
#include "bindings/http/form.h"
#include "bindings/http/lines.h"

typedef struct head {
    const char *defect;
    unsigned lengths, codings, hosts;
} head;

const char ce_http_too_long[] = "Content-Length has more than 18 digits";

static bool is_number(ce_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0;
}

/* RFC 9112 6.3: two lengths, even equal ones, are taken for an attack. */
static const char *look_at_length(head *h, ce_slice value)
{
    if (h->lengths++ > 0)
        return "two Content-Length headers";
    if (!is_number(value))
        return "Content-Length is no number";
    /* 18 digits fit into 63 bits. */
    return value.len > 18 ? ce_http_too_long : NULL;
}

/* RFC 9112 6.1: a coding that is not known cannot be delimited. */
static const char *look_at_coding(head *h, ce_slice value)
{
    if (h->codings++ > 0 || !ce_slice_eq_nocase(value, CE_SLICE("chunked")))
        return "Transfer-Encoding may only be \"chunked\"";
    return NULL;
}

/* RFC 9112 3.2. */
static const char *look_at_host(head *h, ce_slice value)
{
    if (h->hosts++ > 0)
        return "two Host headers";
    return ce_http_is_host(value) ? NULL : "Host is no host with a port";
}

static const char *look_at_framing(head *h, ce_slice name, ce_slice value)
{
    if (ce_slice_eq_nocase(name, CE_SLICE("Content-Length")))
        return look_at_length(h, value);
    if (ce_slice_eq_nocase(name, CE_SLICE("Transfer-Encoding")))
        return look_at_coding(h, value);
    if (ce_slice_eq_nocase(name, CE_SLICE("Host")))
        return look_at_host(h, value);
    return NULL;
}

static const char *look_at_field(head *h, ce_slice name, ce_slice value)
{
    if (!ce_http_is_token(name))
        return "a header name has a character that it may not have";
    if (!ce_http_is_value(value))
        return "a header value has a control character";
    return look_at_framing(h, name, ce_slice_trim(value));
}

static const char no_host[] = "no Host header"; /* RFC 9112 3.2 */

static bool is_old(const char *version)
{
    return !strcmp(version, "HTTP/1.0");
}

static enum MHD_Result look(void *arg, enum MHD_ValueKind kind,
                            const char *name, size_t name_len,
                            const char *value, size_t value_len)
{
    head *h = arg;

    (void)kind;
    h->defect = look_at_field(h, (ce_slice){ name, name_len },
                              (ce_slice){ value, value_len });
    return h->defect ? MHD_NO : MHD_YES;
}

static const char *look_at_head(struct MHD_Connection *c, head *h)
{
    MHD_get_connection_values_n(c, MHD_HEADER_KIND, look, h);
    if (!h->defect && h->lengths > 0 && h->codings > 0)
        return "Content-Length together with Transfer-Encoding";
    return h->defect;
}

const char *ce_http_guard(struct MHD_Connection *c, const char *method,
                          const char *behind_target, const char *version)
{
    head h = { 0 };
    const char *defect = ce_http_lines_look(c, method, behind_target, version);

    if (defect)
        return defect;
    defect = look_at_head(c, &h);
    if (!defect && h.codings > 0 && is_old(version))
        return "Transfer-Encoding in HTTP/1.0"; /* RFC 9112 6.1 */
    if (!defect && h.hosts == 0 && !is_old(version))
        return no_host;
    return defect;
}

/* An incomplete head lacks Host too, but is not refused for it: the library
 * refuses only a complete one. */
const char *ce_http_guard_fields(struct MHD_Connection *c)
{
    head h = { 0 };
    const char *defect = look_at_head(c, &h);

    return !defect && h.hosts == 0 ? no_host : defect;
}

/* RFC 9110 6.5.1: fields that say where a message ends, or where it goes, are
 * too late there. */
const char *ce_http_guard_trailer(struct MHD_Connection *c)
{
    head h = { 0 };

    MHD_get_connection_values_n(c, MHD_FOOTER_KIND, look, &h);
    if (!h.defect && h.lengths + h.codings + h.hosts > 0)
        return "a trailer field that belongs into the head";
    return h.defect;
}

const char *ce_http_guard_target(const char *target)
{
    for (const char *p = target; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return "the target has a blank or a control character";
    return strstr(target, "%00") ? "the target has a NUL" : NULL;
}
