/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP messages as texts: a request or a response, and more behind it where
 * Content-Length says how long each is. */
#include "bridge/forms/form.h"

#include <string.h>

#include "bindings/http/http.h"

enum { HEAD_MAX = 128 << 10 };

typedef struct http_text {
    br_input *in;
    const br_taker *to;
    br_place at;
    ce_error *err;
    ce_arena *arena; /* of the headers */
    ce_http_reader headers;
    const char *fault;
    bool has_length;
    uint64_t length; /* of the body */
} http_text;

/* --- the head --- */

/* The line at the start of TEXT without its end; TEXT moves behind it. False
 * when it has no end. */
static bool cut_line(ce_slice *text, ce_slice *line)
{
    const char *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;

    if (!end)
        return false;
    *line = (ce_slice){ text->ptr, (size_t)(end - text->ptr) };
    *text = ce_slice_skip(*text, line->len + 1);
    if (line->len && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* The length of the head with its empty line, or 0 without one. */
static size_t head_length(ce_slice text)
{
    ce_slice rest = text, line;

    while (cut_line(&rest, &line))
        if (line.len == 0)
            return text.len - rest.len;
    return 0;
}

static bool is_start_line(ce_slice line)
{
    size_t n = line.len;

    while (n > 0 && line.ptr[n - 1] != ' ')
        n--;
    return ce_slice_starts(line, CE_SLICE("HTTP/")) ||
           ce_slice_starts(ce_slice_skip(line, n), CE_SLICE("HTTP/"));
}

static bool parse_length(ce_slice value, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9' || value.len > 18)
            return false;
        *out = *out * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    return value.len > 0;
}

static void read_length(http_text *t, ce_slice value)
{
    uint64_t length;

    if (!parse_length(value, &length) || (t->has_length && length != t->length))
        t->fault = "header \"Content-Length\": no length";
    t->has_length = true;
    t->length = length;
}

static bool is_identity(ce_slice value)
{
    return ce_slice_eq_nocase(value, CE_SLICE("identity"));
}

static void read_header(http_text *t, ce_slice line)
{
    const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
    ce_slice name, value;

    if (!colon || colon == line.ptr || *line.ptr == ' ' || *line.ptr == '\t') {
        t->fault = "no valid HTTP message: a header is expected";
        return;
    }
    name = (ce_slice){ line.ptr, (size_t)(colon - line.ptr) };
    value = ce_slice_trim(ce_slice_skip(line, name.len + 1));
    if (ce_slice_eq_nocase(name, CE_SLICE("Content-Length")))
        read_length(t, value);
    else if (ce_slice_eq_nocase(name, CE_SLICE("Transfer-Encoding")) ||
             (ce_slice_eq_nocase(name, CE_SLICE("Content-Encoding")) &&
              !is_identity(value)))
        t->fault = "the body is encoded: its plain text is needed";
    else
        ce_http_read_header(&t->headers, name, value);
}

static void read_head(http_text *t, ce_slice head)
{
    ce_slice line;

    t->headers = (ce_http_reader){ .arena = t->arena };
    t->fault = NULL;
    t->has_length = false;
    if (!cut_line(&head, &line) || !is_start_line(line))
        t->fault = "no valid HTTP message: a request line or a status line is "
                   "expected";
    while (!t->fault && cut_line(&head, &line) && line.len > 0)
        read_header(t, line);
}

/* --- the body --- */

static ce_status refuse(http_text *t, const char *why)
{
    return t->to->refuse(t->to->arg, &t->at, why);
}

/* A batch in a message is one as everywhere else. */
static ce_status take_batch(http_text *t, const ce_message *m)
{
    const br_form *form = br_form_of_batch(m->format);
    br_input in;
    ce_status status;

    if (br_input_of(&in, m->body, t->in->name, t->in->line) != CE_OK)
        return ce_no_memory(t->err);
    status = form->read(form, &in, t->to, t->err);
    br_input_close(&in);
    return status;
}

static ce_status take_message(http_text *t, ce_slice body)
{
    ce_defect defect;
    ce_message m;

    if (body.len == 0)
        body.ptr = NULL;
    if (ce_http_read_message(&t->headers, body, &m, &defect) != CE_OK)
        return ce_no_memory(t->err);
    if (defect.reason)
        return refuse(t, defect.reason);
    if (m.mode == CE_MODE_BATCH)
        return take_batch(t, &m);
    return t->to->take(t->to->arg, &t->at, &m);
}

/* Reads on to the end of the body, which begins here. */
static ce_status find_body(http_text *t, ce_slice *out)
{
    if (t->has_length && t->length > t->to->max_bytes)
        return ce_fail(t->err, CE_ETOOBIG, "longer than max_event_bytes (%zu)",
                       t->to->max_bytes);
    if (!t->has_length) {
        ce_status status = br_form_read_all(t->in, t->to->max_bytes, t->err);

        *out = br_input_rest(t->in);
        return status;
    }
    if (!br_input_has(t->in, (size_t)t->length))
        return ce_fail(t->err, CE_EINVAL,
                       "the body is shorter than Content-Length");
    *out = (ce_slice){ br_input_rest(t->in).ptr, (size_t)t->length };
    return CE_OK;
}

static ce_status read_body(http_text *t)
{
    ce_slice body = { NULL, 0 };
    ce_status status = find_body(t, &body);

    if (status == CE_EINVAL || status == CE_ETOOBIG) {
        br_input_drop(t->in, br_input_rest(t->in).len);
        return refuse(t, t->err->text);
    }
    if (status == CE_OK)
        status = take_message(t, body);
    br_input_drop(t->in, body.len);
    return status;
}

/* --- messages --- */

static size_t find_head(br_input *in)
{
    size_t len;

    while (!(len = head_length(br_input_rest(in))))
        if (br_input_rest(in).len > HEAD_MAX || !br_input_more(in))
            return 0;
    return len;
}

/* What has no end that could be found is the last one. */
static ce_status read_message(http_text *t)
{
    size_t len = find_head(t->in);
    const char *fault = "no valid HTTP message: its headers do not end";
    ce_slice head = { br_input_rest(t->in).ptr, len };

    t->at.line = t->in->line;
    ce_arena_reset(t->arena);
    if (len > 0) {
        read_head(t, head);
        fault = t->fault;
    }
    if (fault) {
        br_input_drop(t->in, br_input_rest(t->in).len);
        t->in->at_end = true;
        return refuse(t, fault);
    }
    br_input_drop(t->in, len);
    return read_body(t);
}

ce_status br_form_read_http(const br_form *form, br_input *in,
                            const br_taker *to, ce_error *err)
{
    http_text t = { .in = in, .to = to, .err = err };
    ce_status status = CE_OK;

    (void)form;
    t.at.file = in->name;
    t.arena = ce_arena_new();
    if (!t.arena)
        return ce_no_memory(err);
    while (status == CE_OK && br_input_skip_space(in))
        status = read_message(&t);
    ce_arena_free(t.arena);
    if (status == CE_OK && in->failure)
        return ce_fail(err, CE_EIO, "%s: %s", in->name, strerror(in->failure));
    return status;
}
