/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses what libmicrohttpd 0.9.75 lets through (RFC 9112, sections 2.2, 5
 * and 6): bare LF, lone CR, NUL and folded lines; two lengths, a length with
 * a transfer coding, codings that are not known.
 *
 * The library parses the head in place: it ends every line with a NUL where
 * its CR LF was, one for each byte, and hands out pointers into its buffer.
 * So in a well-formed head each header begins two bytes after the end of the
 * one before, and the head ends four bytes after the last. A line that ended
 * otherwise, a value that a NUL cut short, and a folded line, which is copied
 * elsewhere, all break this chain. */
#include "bindings/http/guard.h"

#include <string.h>

#include "bindings/http/field.h"

typedef struct head {
    const char *expected; /* where the next header has to begin */
    const char *defect;
    unsigned lengths, codings, hosts;
    bool chunked;
} head;

static const char broken_line[] =
    "a header line has a bare line feed, a lone carriage return, a NUL, or is "
    "folded";

static bool is_number(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len > 0 && len < 19;
}

static const char *look_at_line(const head *h, const char *name,
                                size_t name_len, const char *value,
                                size_t value_len)
{
    if (name != h->expected || value <= name + name_len ||
        value > name + name_len + 1 + strspn(name + name_len + 1, " \t"))
        return broken_line;
    if (!ce_http_is_token((ce_slice){ name, name_len }))
        return "a header name has a character that it may not have";
    if (!ce_http_is_value((ce_slice){ value, value_len }))
        return "a header value has a control character";
    return NULL;
}

static const char *look_at_framing(head *h, ce_slice name, ce_slice value)
{
    if (ce_slice_eq_nocase(name, CE_SLICE("Content-Length"))) {
        if (h->lengths++ > 0)
            return "two Content-Length headers";
        if (!is_number(value.ptr, value.len))
            return "Content-Length is no number";
    } else if (ce_slice_eq_nocase(name, CE_SLICE("Transfer-Encoding"))) {
        if (h->codings++ > 0 || !ce_slice_eq_nocase(value, CE_SLICE("chunked")))
            return "Transfer-Encoding may only be \"chunked\"";
    } else if (ce_slice_eq_nocase(name, CE_SLICE("Host"))) {
        if (h->hosts++ > 0)
            return "two Host headers";
    }
    return NULL;
}

static enum MHD_Result look(void *arg, enum MHD_ValueKind kind,
                            const char *name, size_t name_len,
                            const char *value, size_t value_len)
{
    head *h = arg;

    (void)kind;
    h->defect = look_at_line(h, name, name_len, value, value_len);
    if (!h->defect)
        h->defect =
            look_at_framing(h, (ce_slice){ name, name_len },
                            ce_slice_trim((ce_slice){ value, value_len }));
    h->expected = value + value_len + 2;
    return h->defect ? MHD_NO : MHD_YES;
}

/* Behind the empty line that ends the head. */
static const char *end_of_head(struct MHD_Connection *c, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info ? method + info->header_size : NULL;
}

const char *ce_http_guard(struct MHD_Connection *c, const char *method,
                          const char *version)
{
    head h = { .expected = version + strlen(version) + 2 };

    MHD_get_connection_values_n(c, MHD_HEADER_KIND, look, &h);
    if (!h.defect && (h.expected + 2 != end_of_head(c, method) ||
                      memcmp(h.expected - 2, "\0\0\0", 4) != 0))
        h.defect = broken_line;
    if (!h.defect && h.lengths > 0 && h.codings > 0)
        h.defect = "Content-Length together with Transfer-Encoding";
    return h.defect;
}

const char *ce_http_guard_target(const char *target)
{
    for (const char *p = target; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return "the target has a blank or a control character";
    return strstr(target, "%00") ? "the target has a NUL" : NULL;
}
