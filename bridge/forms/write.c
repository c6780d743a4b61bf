/* SPDX-License-Identifier: Apache-2.0 */
/* Writes events in a form, one by one: a batch too is never held whole. */
#include "bridge/forms/form.h"

#include <stdio.h>
#include <string.h>

#include "bindings/http/http.h"
#include "core/json/scan.h"

/* A default namespace would be that of data without one, too. */
static const ce_slice xml_start =
    CE_SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<ce:batch xmlns:ce=\"http://cloudevents.io/xmlformat/V1\">\n");

bool br_form_is_ready(const br_form_writer *w)
{
    return w->form->kind != BR_FORM_ONE && w->form->kind != BR_FORM_WHOLE;
}

/* An event that has the format already keeps its bytes. */
static ce_status encode(br_form_writer *w, const ce_message *m,
                        const ce_event *e, ce_slice *out, ce_error *err)
{
    const ce_format *f = br_form_format(w->form);
    ce_status status;

    *out = m->body;
    if (m->mode == CE_MODE_STRUCTURED && m->format == f)
        return CE_OK;
    ce_buf_clear(&w->event);
    status = f->check ? f->check(e, err) : CE_OK;
    if (status != CE_OK)
        return status;
    status = f->encode(e, &w->event);
    *out = ce_buf_slice(&w->event);
    return status;
}

static ce_status write_line(ce_slice text, ce_buf *out)
{
    ce_status status = ce_json_compact(text, out);

    return status == CE_OK ? ce_buf_byte(out, '\n') : status;
}

static ce_status write_element(const br_form_writer *w, ce_slice text,
                               ce_buf *out)
{
    ce_status status =
        ce_buf_append(out, w->count ? CE_SLICE(",\n") : CE_SLICE("["));

    return status == CE_OK ? ce_json_compact(text, out) : status;
}

/* A document without its byte order mark and its declaration: XML 1.0 2.8
 * allows them at the start of a document only. */
static ce_slice element_of(ce_slice text)
{
    const char *end = NULL;

    if (ce_slice_starts(text, CE_SLICE("\xEF\xBB\xBF")))
        text = ce_slice_skip(text, 3);
    if (ce_slice_starts(text, CE_SLICE("<?xml ")))
        end = memchr(text.ptr, '>', text.len);
    if (end)
        text = ce_slice_skip(text, (size_t)(end - text.ptr) + 1);
    while (text.len > 0 && (*text.ptr == '\n' || *text.ptr == '\r'))
        text = ce_slice_skip(text, 1);
    return text;
}

static ce_status write_child(const br_form_writer *w, ce_slice text,
                             ce_buf *out)
{
    ce_status status = w->count ? CE_OK : ce_buf_append(out, xml_start);

    if (status != CE_OK)
        return status;
    status = ce_buf_append(out, element_of(text));
    if (status != CE_OK)
        return status;
    return ce_buf_byte(out, '\n');
}

static ce_status write_structured(br_form_writer *w, const ce_message *m,
                                  const ce_event *e, ce_error *err)
{
    ce_slice text;
    ce_status status = encode(w, m, e, &text, err);

    if (status != CE_OK)
        return status;
    switch (w->form->kind) {
    case BR_FORM_LINES:
        return write_line(text, &w->out);
    case BR_FORM_ARRAY:
        return write_element(w, text, &w->out);
    case BR_FORM_FRAMES:
        return br_form_write_protobuf(text, &w->out);
    case BR_FORM_ELEMENTS:
        return write_child(w, text, &w->out);
    case BR_FORM_WHOLE:
        return br_form_write_whole(text, &w->out);
    case BR_FORM_ONE:
        break;
    }
    return ce_buf_append(&w->out, text);
}

/* --- HTTP --- */

static ce_status write_header(void *arg, const char *name, const char *value)
{
    return value ? ce_buf_printf(arg, "%s: %s\r\n", name, value) : CE_OK;
}

static ce_status http_message(const br_form_writer *w, const ce_message *m,
                              const ce_event *e, ce_arena *arena,
                              ce_message *out)
{
    *out = *m;
    if (w->mode == CE_MODE_STRUCTURED && m->mode == CE_MODE_STRUCTURED &&
        m->format == &ce_format_json)
        return CE_OK;
    return ce_message_encode(e, w->mode, NULL, arena, out);
}

static ce_status write_http(br_form_writer *w, const ce_message *in,
                            const ce_event *e, ce_arena *arena)
{
    ce_buf *out = &w->out;
    ce_message m;
    ce_status status = http_message(w, in, e, arena, &m);

    if (status != CE_OK)
        return status;
    /* HTTP/1.1 needs a host (RFC 9112 3.2), but the reader of a file does not
     * look at it. */
    status =
        ce_buf_append(out, CE_SLICE("POST / HTTP/1.1\r\nHost: localhost\r\n"));
    if (status != CE_OK)
        return status;
    status = ce_http_write_headers(&m, arena, write_header, out);
    if (status != CE_OK)
        return status;
    status = ce_buf_printf(out, "Content-Length: %zu\r\n\r\n", m.body.len);
    if (status != CE_OK)
        return status;
    return ce_buf_append(out, m.body);
}

/* --- all forms --- */

/* Says which form would do. */
static ce_status holds_one(const br_form_writer *w, ce_error *err)
{
    const ce_format *f = br_form_format(w->form);
    const char *other = "batch";

    if (f && f->batch_media_type)
        other = br_form_of_batch(f)->name;
    return ce_fail(err, CE_ECLOSED,
                   "the form \"%s\" holds one event; the form \"%s\" holds "
                   "many",
                   w->form->name, other);
}

static ce_status write_event(br_form_writer *w, const ce_message *m,
                             const ce_event *e, ce_error *err)
{
    ce_arena *arena;
    ce_status status;

    if (w->form->format)
        return write_structured(w, m, e, err);
    arena = ce_arena_new();
    status = arena ? write_http(w, m, e, arena) : CE_ENOMEM;
    ce_arena_free(arena);
    return status;
}

/* Nothing of an event stays that could not be written. */
static ce_status take_back(br_form_writer *w, size_t len, ce_status status,
                           ce_error *err)
{
    w->out.len = len;
    if (status == CE_ENOMEM)
        return ce_no_memory(err);
    if (*err->text)
        return CE_EINVAL;
    return ce_fail(err, CE_EINVAL, "the form \"%s\" cannot hold it",
                   w->form->name);
}

ce_status br_form_write(br_form_writer *w, const ce_message *m,
                        const ce_event *e, ce_error *err)
{
    size_t before = w->out.len;
    ce_status status;

    if (w->count > 0 && w->form->kind == BR_FORM_ONE)
        return holds_one(w, err);
    if (br_form_is_batch(w->form) &&
        ce_batch_version_check(&w->version, 1, e, err) != CE_OK)
        return CE_EINVAL;
    *err = (ce_error){ CE_OK, "" };
    status = write_event(w, m, e, err);
    if (status != CE_OK)
        return take_back(w, before, status, err);
    w->count++;
    return CE_OK;
}

static ce_status finish_array(br_form_writer *w)
{
    return ce_buf_append(&w->out,
                         w->count ? CE_SLICE("]\n") : CE_SLICE("[]\n"));
}

static ce_status finish_elements(br_form_writer *w)
{
    ce_status status = w->count ? CE_OK : ce_buf_append(&w->out, xml_start);

    if (status != CE_OK)
        return status;
    return ce_buf_append(&w->out, CE_SLICE("</ce:batch>\n"));
}

ce_status br_form_finish(br_form_writer *w)
{
    switch (w->form->kind) {
    case BR_FORM_ARRAY:
        return finish_array(w);
    case BR_FORM_ELEMENTS:
        return finish_elements(w);
    case BR_FORM_WHOLE:
        return br_form_finish_whole(w);
    case BR_FORM_ONE:
    case BR_FORM_LINES:
    case BR_FORM_FRAMES:
        break;
    }
    return CE_OK;
}

void br_form_writer_free(br_form_writer *w)
{
    ce_buf_free(&w->out);
    ce_buf_free(&w->event);
}
