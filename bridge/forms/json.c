/* SPDX-License-Identifier: Apache-2.0 */
/* JSON events one after another, and arrays of them, of any length.
 *
 * A text is looked at where it stands in the input. When its end is not there
 * yet, the input reads on and the text is looked at again from its start. */
#include "bridge/forms/form.h"

#include <string.h>

#include "core/json/scan.h"

/* Below this size a value is looked at again after every block, so that no
 * event waits for bytes that it does not need. Above it that would cost the
 * square of its size. */
enum { LARGE_BYTES = 1 << 20 };

typedef struct json_stream {
    br_input *in;
    const br_taker *to;
    br_place at;
    bool broken;
    ce_error *err;
} json_stream;

static ce_status read_failed(json_stream *s)
{
    return ce_fail(s->err, CE_EIO, "%s: %s", s->in->name,
                   strerror(s->in->failure));
}

/* CE_EIO when the input cannot be read. */
static ce_status refuse(json_stream *s, const char *why)
{
    if (s->in->failure)
        return read_failed(s);
    return s->to->refuse(s->to->arg, &s->at, why);
}

/* Reads on; whether there is more. A large value that comes in small pieces
 * is not looked at after each of them, but when it has grown by half, or ends
 * as a value or a line does. */
static bool read_on(br_input *in)
{
    size_t seen = br_input_rest(in).len;
    bool grew = false;

    while (br_input_more(in)) {
        ce_slice rest = br_input_rest(in);
        char last = rest.ptr[rest.len - 1];

        grew = true;
        if (seen < LARGE_BYTES || rest.len - seen > seen / 2 || last == '}' ||
            last == '\n')
            break;
    }
    return grew;
}

/* The length of the value that begins here, or a failure in err. */
static ce_status find_value(json_stream *s, size_t *len)
{
    for (;;) {
        ce_slice rest = br_input_rest(s->in);
        ce_json_reader r = { rest.ptr, rest.ptr, rest.ptr + rest.len, false };
        ce_status status;
        ce_json_value v;

        status = ce_json_value_next(&r, &v, s->err);
        *len = status == CE_OK ? v.raw.len : rest.len;
        if (*len > s->to->max_bytes)
            return ce_fail(s->err, CE_ETOOBIG,
                           "longer than max_event_bytes (%zu)",
                           s->to->max_bytes);
        if (status == CE_OK || r.end - r.p >= CE_JSON_LOOKAHEAD ||
            !read_on(s->in))
            return status;
    }
}

static ce_status take(json_stream *s, size_t len)
{
    ce_message m = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = ce_slice_of(ce_format_json.media_type) };
    ce_status status;

    m.body = (ce_slice){ br_input_rest(s->in).ptr, len };
    status = s->to->take(s->to->arg, &s->at, &m);
    br_input_drop(s->in, len);
    return status;
}

static void skip_mark(br_input *in)
{
    if (br_input_has(in, 3) &&
        ce_slice_starts(br_input_rest(in), CE_SLICE("\xEF\xBB\xBF")))
        br_input_drop(in, 3);
}

/* --- texts --- */

/* Whether the line holds nothing else behind LEN bytes but further objects. */
static bool is_alone(br_input *in, size_t len)
{
    for (size_t i = len;; i++) {
        char c;

        if (!br_input_has(in, i + 1))
            return true;
        c = br_input_rest(in).ptr[i];
        if (c != ' ' && c != '\t' && c != '\r')
            return c == '\n' || c == '{';
    }
}

/* Behind a text that is broken. A line that looks whole was one; what follows
 * another one may still belong to it, up to where an object begins. */
static void skip_broken(br_input *in)
{
    bool is_open = *br_input_rest(in).ptr == '{';

    if (br_input_drop_line(in) == '}' || !is_open)
        return;
    while (br_input_skip_space(in) && *br_input_rest(in).ptr != '{')
        br_input_drop_line(in);
}

static ce_status refuse_broken(json_stream *s, const char *why)
{
    ce_status status = refuse(s, why);

    skip_broken(s->in);
    return status;
}

static ce_status read_text(json_stream *s)
{
    ce_status status;
    size_t len;

    if (*br_input_rest(s->in).ptr != '{')
        return refuse_broken(s, "no valid JSON: an object is expected");
    if (find_value(s, &len) != CE_OK)
        return refuse_broken(s, s->err->text);
    if (is_alone(s->in, len))
        return take(s, len);
    status = refuse(s, "no valid JSON: something follows the JSON text");
    br_input_drop(s->in, len);
    br_input_drop_line(s->in);
    return status;
}

ce_status br_form_read_json(const br_form *form, br_input *in,
                            const br_taker *to, ce_error *err)
{
    json_stream s = { .in = in, .to = to, .err = err };
    ce_status status = CE_OK;

    (void)form;
    s.at.file = in->name;
    skip_mark(in);
    while (status == CE_OK && br_input_skip_space(in)) {
        s.at.line = in->line;
        if (*br_input_rest(in).ptr == '[')
            return ce_fail(err, CE_ENOTSUP,
                           "%s:%zu: an array: its form is \"batch\"", in->name,
                           in->line);
        status = read_text(&s);
    }
    return status == CE_OK && in->failure ? read_failed(&s) : status;
}

/* --- batches --- */

/* What comes behind a fault in an array cannot be told. */
static ce_status give_up(json_stream *s, const char *why)
{
    s->broken = true;
    return refuse(s, why);
}

/* The first byte of what comes next, or 0 at the end. */
static char peek(json_stream *s)
{
    bool is_there = br_input_skip_space(s->in);

    s->at.line = s->in->line;
    return is_there ? *br_input_rest(s->in).ptr : '\0';
}

static ce_status read_element(json_stream *s)
{
    ce_status status;
    size_t len;

    if (!peek(s))
        return give_up(s, "no valid JSON: the text ends too early");
    status = find_value(s, &len);
    if (status != CE_OK)
        return give_up(s, s->err->text);
    return take(s, len);
}

/* Behind the opening bracket, to behind the closing one. */
static ce_status read_array(json_stream *s)
{
    ce_status status = peek(s) == ']' ? CE_OK : read_element(s);

    while (status == CE_OK && !s->broken && peek(s) == ',') {
        br_input_drop(s->in, 1);
        status = read_element(s);
    }
    if (status != CE_OK || s->broken)
        return status;
    if (peek(s) != ']')
        return give_up(s, "no valid JSON: a comma or a closing bracket is "
                          "expected");
    br_input_drop(s->in, 1);
    return CE_OK;
}

ce_status br_form_read_batch(const br_form *form, br_input *in,
                             const br_taker *to, ce_error *err)
{
    json_stream s = { .in = in, .to = to, .err = err };
    ce_status status = CE_OK;

    (void)form;
    s.at.file = in->name;
    skip_mark(in);
    while (status == CE_OK && !s.broken && (peek(&s) || s.at.batch == 0)) {
        s.at.batch++;
        if (peek(&s) != '[')
            return give_up(&s, "no valid JSON: an array is expected");
        br_input_drop(in, 1);
        status = read_array(&s);
    }
    return status == CE_OK && in->failure ? read_failed(&s) : status;
}
