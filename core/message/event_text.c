/* SPDX-License-Identifier: Apache-2.0 */
/* Whole events as text: JSON for programs, lines for people. */
#include <cloudevents/data.h>
#include <cloudevents/format.h>

#include <string.h>

#include "core/base/utf8.h"

ce_status ce_event_to_json(const ce_event *e, ce_buf *out, ce_error *err)
{
    ce_status status = ce_event_check(e, err);

    if (status != CE_OK)
        return status;
    status = ce_format_json.encode(e, out);
    if (status == CE_OK)
        return CE_OK;
    return ce_fail(err, status, "the event cannot be written as JSON");
}

ce_status ce_event_from_json(ce_event **out, ce_slice text, ce_error *err)
{
    ce_arena *arena = ce_arena_new();
    ce_status status = CE_ENOMEM;
    ce_event view;

    *out = NULL;
    if (arena)
        status = ce_format_json.decode(text, arena, &view, err);
    if (status == CE_OK) {
        *out = ce_event_clone(&view);
        status = *out ? CE_OK : CE_ENOMEM;
    }
    ce_arena_free(arena);
    return status == CE_ENOMEM ? ce_no_memory(err) : status;
}

static bool is_readable(ce_slice data)
{
    return ce_utf8_is_valid(data) &&
           (data.len == 0 || !memchr(data.ptr, '\0', data.len));
}

static ce_status print_data(const ce_event *e, ce_buf *out)
{
    if (!e->data.ptr)
        return CE_OK;
    if (!is_readable(e->data))
        return ce_buf_printf(out, "data: %zu bytes\n", e->data.len);
    if (ce_buf_append(out, CE_SLICE("data:\n  ")) != CE_OK ||
        ce_buf_append(out, e->data) != CE_OK)
        return CE_ENOMEM;
    return ce_buf_byte(out, '\n');
}

ce_status ce_event_print(const ce_event *e, ce_buf *out)
{
    for (unsigned i = 0; i < e->attrs.len; i++) {
        const ce_attr *a = &e->attrs.at[i];

        if (ce_buf_append(out, a->name) != CE_OK ||
            ce_buf_append(out, CE_SLICE(": ")) != CE_OK ||
            ce_buf_append(out, a->text) != CE_OK ||
            ce_buf_byte(out, '\n') != CE_OK)
            return CE_ENOMEM;
    }
    return print_data(e, out);
}
