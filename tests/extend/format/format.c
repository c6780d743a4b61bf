/* SPDX-License-Identifier: Apache-2.0 */
/* A format from a folder outside the tree: "name=value" on lines, an empty
 * line, the data. In a batch each event stands behind its length. */
#include <cloudevents/format.h>

#include <stdlib.h>
#include <string.h>

extern const ce_format ce_format_note;

/* Takes the line that TEXT begins with; absent when it does not end. */
static ce_slice cut_line(ce_slice *text)
{
    const char *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
    ce_slice line = { NULL, 0 };

    if (!end)
        return line;
    line = (ce_slice){ text->ptr, (size_t)(end - text->ptr) };
    *text = ce_slice_skip(*text, line.len + 1);
    return line;
}

static ce_status read_attribute(ce_slice line, ce_event *e, ce_error *err)
{
    const char *sign = memchr(line.ptr, '=', line.len);
    ce_attr a = { .type = CE_STRING };

    if (!sign)
        return ce_fail(err, CE_ESYNTAX, "note: a line without \"=\"");
    a.name = (ce_slice){ line.ptr, (size_t)(sign - line.ptr) };
    a.text = ce_slice_skip(line, a.name.len + 1);
    return ce_attrs_add(&e->attrs, e->arena, a);
}

static ce_status decode(ce_slice body, ce_arena *arena, ce_event *out,
                        ce_error *err)
{
    ce_slice line;

    *out = (ce_event){ .arena = arena };
    while ((line = cut_line(&body)).len > 0) {
        ce_status status = read_attribute(line, out, err);

        if (status != CE_OK)
            return status;
    }
    if (!line.ptr)
        return ce_fail(err, CE_ESYNTAX, "note: the attributes do not end");
    out->data = body;
    out->data_kind = body.len ? CE_DATA_BYTES : CE_DATA_NONE;
    return ce_event_check(out, err);
}

static ce_status encode(const ce_event *e, ce_buf *out)
{
    for (unsigned i = 0; i < e->attrs.len; i++) {
        const ce_attr *a = &e->attrs.at[i];

        if (ce_buf_printf(out, "%.*s=%.*s\n", CE_ARG(a->name),
                          CE_ARG(a->text)) != CE_OK)
            return CE_ENOMEM;
    }
    if (ce_buf_byte(out, '\n') != CE_OK)
        return CE_ENOMEM;
    return ce_buf_append(out, e->data);
}

static ce_status decode_batch(ce_slice body, ce_arena *arena, ce_event_fn *each,
                              void *arg, ce_error *err)
{
    while (body.len > 0) {
        ce_slice line = cut_line(&body), one = body;
        ce_event e;
        ce_status status;

        one.len = line.ptr ? strtoul(line.ptr, NULL, 10) : 0;
        if (one.len == 0 || one.len > body.len)
            return ce_fail(err, CE_ESYNTAX, "note: no length of an event");
        status = decode(one, arena, &e, err);
        if (status == CE_OK)
            status = each(arg, &e, one);
        if (status != CE_OK)
            return status;
        body = ce_slice_skip(body, one.len);
    }
    return CE_OK;
}

static ce_status encode_batch(const ce_event *const *events, size_t count,
                              ce_buf *out)
{
    ce_buf one = { NULL, 0, 0 };
    ce_status status = CE_OK;

    for (size_t i = 0; i < count && status == CE_OK; i++) {
        ce_buf_clear(&one);
        status = encode(events[i], &one);
        if (status == CE_OK)
            status = ce_buf_printf(out, "%zu\n%.*s", one.len,
                                   CE_ARG(ce_buf_slice(&one)));
    }
    ce_buf_free(&one);
    return status;
}

const ce_format ce_format_note = {
    .name = "note",
    .media_type = "application/cloudevents+note",
    .batch_media_type = "application/cloudevents-batch+note",
    .decode = decode,
    .encode = encode,
    .decode_batch = decode_batch,
    .encode_batch = encode_batch,
};
