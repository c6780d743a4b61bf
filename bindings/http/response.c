/* SPDX-License-Identifier: Apache-2.0 */
/* Reads strictly where two readers could see different ends of a response, for
 * what is behind the end is read as the answer to the next request. A line may
 * end without CR (RFC 9112 2.2). */
#include "bindings/http/response.h"

#include <string.h>

#include "bindings/http/field.h"

enum {
    /* An event of 64 KiB may be all headers, and servers add theirs. */
    HEAD_MAX = 128 << 10,
    FIELDS_MAX = 1024,
    CHUNK_LINE_MAX = 4096,
    SIZE_DIGITS_MAX = 15 /* hexadecimal: less than 2^60 */
};

static void fail(ce_http_response *r, const char *defect)
{
    r->defect = defect;
    r->part = CE_HTTP_BROKEN;
    r->keeps = false;
}

static void enter(ce_http_response *r, ce_http_response_part part)
{
    r->part = part;
}

/* --- lines --- */

static ce_slice without_end(ce_slice line)
{
    line.len--;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* Takes one line, or what is here of it; true: it is whole. Clear R->line when
 * it has been read. */
static bool take_line(ce_http_response *r, ce_slice *in, ce_slice *out)
{
    const char *end = memchr(in->ptr, '\n', in->len);
    ce_slice piece = *in;

    if (end)
        piece.len = (size_t)(end - in->ptr) + 1;
    *in = ce_slice_skip(*in, piece.len);
    if (piece.len > r->room) {
        fail(r, "a line or the head of the answer is too long");
        return false;
    }
    r->room -= piece.len;
    if (end && r->line.len == 0) {
        *out = without_end(piece);
        return true;
    }
    if (ce_buf_append(&r->line, piece) != CE_OK) {
        fail(r, "out of memory for the answer");
        return false;
    }
    *out = end ? without_end(ce_buf_slice(&r->line)) : piece;
    return end != NULL;
}

/* --- the status line --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9112 4: "HTTP/1.1 200 OK"; some servers leave the reason out. */
static bool is_status_line(ce_slice line)
{
    const char *p = line.ptr;

    return line.len >= 12 && ce_slice_starts(line, CE_SLICE("HTTP/1.")) &&
           is_digit(p[7]) && p[8] == ' ' && p[9] >= '1' && p[9] <= '9' &&
           is_digit(p[10]) && is_digit(p[11]) &&
           (line.len == 12 || p[12] == ' ');
}

static void read_status_line(ce_http_response *r, ce_slice line)
{
    const char *p = line.ptr;

    if (!is_status_line(line)) {
        fail(r, "the answer is not HTTP/1.1");
        return;
    }
    r->line_status =
        (unsigned)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
    r->status = r->line_status >= 200 ? r->line_status : 0;
    /* RFC 9112 9.3: HTTP/1.0 keeps a connection only if it says so. */
    r->is_old = p[7] == '0';
    r->keeps = !r->is_old;
    r->closes = r->chunked = r->has_length = false;
    r->left = 0;
    if (r->ops->begin)
        r->ops->begin(r->arg);
    enter(r, CE_HTTP_FIELDS);
}

/* --- fields --- */

/* RFC 9112 6.3: a length that comes twice has to be the same. */
static void read_length(ce_http_response *r, ce_slice value)
{
    uint64_t length = 0;

    if (value.len == 0 || value.len > 18) {
        fail(r, "the answer's Content-Length is no number of bytes");
        return;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.ptr[i])) {
            fail(r, "the answer's Content-Length is no number of bytes");
            return;
        }
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    if (r->has_length && r->left != length) {
        fail(r, "the answer has two lengths");
        return;
    }
    r->has_length = true;
    r->left = length;
}

/* None was offered but this one, which every server may use. */
static void read_coding(ce_http_response *r, ce_slice value)
{
    if (r->chunked || !ce_slice_eq_nocase(value, CE_SLICE("chunked")))
        fail(r, "the answer's Transfer-Encoding is not \"chunked\"");
    r->chunked = true;
}

static void read_connection(ce_http_response *r, ce_slice value)
{
    while (value.len > 0) {
        const char *comma = memchr(value.ptr, ',', value.len);
        size_t len = comma ? (size_t)(comma - value.ptr) : value.len;
        ce_slice option = ce_slice_trim((ce_slice){ value.ptr, len });

        if (ce_slice_eq_nocase(option, CE_SLICE("close")))
            r->closes = true;
        else if (ce_slice_eq_nocase(option, CE_SLICE("keep-alive")))
            r->keeps = true;
        value = ce_slice_skip(value, comma ? len + 1 : len);
    }
}

static void note_framing(ce_http_response *r, ce_slice name, ce_slice value)
{
    if (ce_slice_eq_nocase(name, CE_SLICE("Content-Length")))
        read_length(r, value);
    else if (ce_slice_eq_nocase(name, CE_SLICE("Transfer-Encoding")))
        read_coding(r, value);
    else if (ce_slice_eq_nocase(name, CE_SLICE("Connection")))
        read_connection(r, value);
}

static bool split(ce_slice line, ce_slice *name, ce_slice *value)
{
    const char *colon = memchr(line.ptr, ':', line.len);

    if (!colon)
        return false;
    *name = (ce_slice){ line.ptr, (size_t)(colon - line.ptr) };
    *value = ce_slice_trim(ce_slice_skip(line, name->len + 1));
    return ce_http_is_token(*name) && ce_http_is_value(*value);
}

static void read_field(ce_http_response *r, ce_slice line)
{
    ce_slice name, value;

    if (++r->fields > FIELDS_MAX)
        fail(r, "the answer has too many headers");
    else if (!split(line, &name, &value))
        fail(r, "the answer has a malformed header");
    else
        note_framing(r, name, value);
    if (r->part == CE_HTTP_FIELDS && r->ops->field)
        r->ops->field(r->arg, name, value);
}

/* --- the body --- */

static bool has_no_body(const ce_http_response *r)
{
    return r->to_head || r->status == 204 || r->status == 304;
}

/* RFC 9112 6.1 and 6.3. */
static void begin_body(ce_http_response *r)
{
    if (r->chunked && (r->has_length || r->is_old))
        r->keeps = false;
    if (r->chunked) {
        r->room = CHUNK_LINE_MAX;
        enter(r, CE_HTTP_CHUNK_SIZE);
    } else if (!r->has_length) {
        r->keeps = false;
        enter(r, CE_HTTP_UNTIL_CLOSE);
    } else {
        enter(r, r->left ? CE_HTTP_BODY : CE_HTTP_COMPLETE);
    }
}

/* RFC 9110 15.2: interim responses come before the final one. We have asked for
 * no other protocol (101). */
static void end_head(ce_http_response *r)
{
    if (r->line_status == 101) {
        fail(r, "the answer changes the protocol");
    } else if (r->status == 0) {
        r->goes_on |= r->line_status == 100;
        enter(r, CE_HTTP_STATUS_LINE);
    } else {
        r->has_head = true;
        /* RFC 9112 9.3: whatever else is said. */
        r->keeps &= !r->closes;
        if (!has_no_body(r)) {
            begin_body(r);
            return;
        }
        /* A server that sends one all the same: it would be taken for the next
         * answer. */
        r->keeps &= r->to_head || !(r->chunked || r->left > 0);
        enter(r, CE_HTTP_COMPLETE);
    }
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 9112 7.1: what follows ";" is skipped. */
static void read_chunk_size(ce_http_response *r, ce_slice line)
{
    const char *end = line.len ? memchr(line.ptr, ';', line.len) : NULL;
    uint64_t size = 0;

    if (end)
        line.len = (size_t)(end - line.ptr);
    line = ce_slice_trim(line);
    if (line.len == 0 || line.len > SIZE_DIGITS_MAX) {
        fail(r, "the size of a chunk is no number");
        return;
    }
    for (size_t i = 0; i < line.len; i++) {
        int digit = hex_value(line.ptr[i]);

        if (digit < 0) {
            fail(r, "the size of a chunk is no number");
            return;
        }
        size = size * 16 + (uint64_t)digit;
    }
    r->left = size;
    r->room = size ? 2 : HEAD_MAX;
    enter(r, size ? CE_HTTP_BODY : CE_HTTP_TRAILER);
}

static void read_chunk_end(ce_http_response *r, ce_slice line)
{
    if (line.len > 0) {
        fail(r, "a chunk is longer than its size");
        return;
    }
    r->room = CHUNK_LINE_MAX;
    enter(r, CE_HTTP_CHUNK_SIZE);
}

static void show_body(ce_http_response *r, ce_slice piece)
{
    if (r->ops->body && !r->ops->body(r->arg, piece))
        fail(r, "the rest of the answer is not read");
}

static void take_body(ce_http_response *r, ce_slice *in)
{
    ce_slice piece = *in;

    if (piece.len > r->left)
        piece.len = (size_t)r->left;
    *in = ce_slice_skip(*in, piece.len);
    r->left -= piece.len;
    if (r->left == 0)
        enter(r, r->chunked ? CE_HTTP_CHUNK_END : CE_HTTP_COMPLETE);
    show_body(r, piece);
}

/* --- all of it --- */

static void read_line(ce_http_response *r, ce_slice line)
{
    switch (r->part) {
    case CE_HTTP_STATUS_LINE:
        read_status_line(r, line);
        break;
    case CE_HTTP_FIELDS:
        if (line.len > 0)
            read_field(r, line);
        else
            end_head(r);
        break;
    case CE_HTTP_CHUNK_SIZE:
        read_chunk_size(r, line);
        break;
    case CE_HTTP_CHUNK_END:
        read_chunk_end(r, line);
        break;
    default: /* a trailer says nothing that we need */
        if (line.len == 0)
            enter(r, CE_HTTP_COMPLETE);
        break;
    }
}

static void take_some(ce_http_response *r, ce_slice *in)
{
    ce_slice line;

    if (r->part == CE_HTTP_BODY) {
        take_body(r, in);
    } else if (r->part == CE_HTTP_UNTIL_CLOSE) {
        show_body(r, *in);
        *in = ce_slice_skip(*in, in->len);
    } else if (take_line(r, in, &line)) {
        read_line(r, line);
        ce_buf_clear(&r->line);
    }
}

size_t ce_http_response_take(ce_http_response *r, ce_slice in)
{
    size_t len = in.len;

    while (in.len > 0 && !ce_http_response_is_over(r))
        take_some(r, &in);
    return len - in.len;
}

void ce_http_response_cut(ce_http_response *r)
{
    if (!ce_http_response_is_over(r))
        fail(r, "the connection ended within the answer");
}

void ce_http_response_close(ce_http_response *r)
{
    if (r->part == CE_HTTP_UNTIL_CLOSE)
        enter(r, CE_HTTP_COMPLETE);
    else
        ce_http_response_cut(r);
}

bool ce_http_response_is_over(const ce_http_response *r)
{
    return r->part == CE_HTTP_COMPLETE || r->part == CE_HTTP_BROKEN;
}

void ce_http_response_begin(ce_http_response *r,
                            const ce_http_response_ops *ops, void *arg)
{
    ce_buf line = r->line;

    ce_buf_clear(&line);
    *r = (ce_http_response){
        .ops = ops, .arg = arg, .line = line, .room = HEAD_MAX
    };
}

void ce_http_response_free(ce_http_response *r)
{
    ce_buf_free(&r->line);
}
