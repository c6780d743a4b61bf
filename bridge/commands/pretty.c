/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/commands/pretty.h"

#include <string.h>

#include "core/base/printable.h"
#include "core/base/utf8.h"
#include "core/json/indent.h"
#include "core/json/scan.h"

enum { MARGIN = 4 };

/* SGR, ECMA-48 8.3.117. */
#define BOLD "\033[1m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

static ce_status put(ce_slice text, const char *color, bool colors, ce_buf *out)
{
    ce_status status = ce_buf_printf(out, "%s", colors ? color : "");

    if (status == CE_OK)
        status = ce_printable_add(text, "", out);
    if (status == CE_OK && colors)
        status = ce_buf_append(out, CE_SLICE(PLAIN));
    return status;
}

static ce_status put_head(const ce_event *e, bool colors, ce_buf *out)
{
    ce_slice time = ce_event_text(e, "time");
    ce_status status = put(ce_event_text(e, "type"), BOLD, colors, out);

    if (status == CE_OK && time.ptr)
        status = ce_buf_append(out, CE_SLICE("  "));
    if (status == CE_OK && time.ptr)
        status = put(time, DIM, colors, out);
    return status == CE_OK ? ce_buf_byte(out, '\n') : status;
}

static ce_status put_line(ce_slice name, ce_slice text, bool colors,
                          ce_buf *out)
{
    ce_status status = ce_buf_append(out, CE_SLICE("  "));

    if (status == CE_OK)
        status = put(name, DIM, colors, out);
    if (status == CE_OK)
        status = ce_buf_append(out, CE_SLICE(": "));
    if (status == CE_OK)
        status = ce_printable_add(text, "", out);
    return status == CE_OK ? ce_buf_byte(out, '\n') : status;
}

static bool is_in_head(ce_slice name)
{
    return ce_slice_eq(name, CE_SLICE("type")) ||
           ce_slice_eq(name, CE_SLICE("time")) ||
           ce_slice_eq(name, CE_SLICE("specversion"));
}

static ce_status put_json(ce_slice data, ce_buf *out)
{
    ce_buf lines = { NULL, 0, 0 };
    ce_status status = ce_json_indent(data, MARGIN, &lines);

    if (status == CE_OK)
        status = ce_printable_json(ce_buf_slice(&lines), out);
    ce_buf_free(&lines);
    return status;
}

static ce_status put_text(ce_slice data, ce_buf *out)
{
    ce_status status = CE_OK;

    while (status == CE_OK) {
        const char *end = data.len ? memchr(data.ptr, '\n', data.len) : NULL;
        size_t len = end ? (size_t)(end - data.ptr) : data.len;

        status = ce_printable_add((ce_slice){ data.ptr, len }, "\t", out);
        if (!end)
            return status;
        data = ce_slice_skip(data, len + 1);
        if (status == CE_OK)
            status = ce_buf_printf(out, "\n%*s", MARGIN, "");
    }
    return status;
}

static bool is_readable(ce_slice data)
{
    return ce_utf8_is_valid(data) && !memchr(data.ptr, '\0', data.len);
}

static ce_status put_data(const ce_event *e, ce_buf *out)
{
    ce_status status;

    if (e->data_kind == CE_DATA_NONE || e->data.len == 0)
        return CE_OK;
    status = ce_buf_printf(out, "%*s", MARGIN, "");
    if (status != CE_OK)
        return status;
    if (ce_json_is_valid(e->data))
        status = put_json(e->data, out);
    else if (is_readable(e->data))
        status = put_text(e->data, out);
    else
        status = ce_buf_printf(out, "(%zu bytes)", e->data.len);
    return status == CE_OK ? ce_buf_byte(out, '\n') : status;
}

ce_status br_pretty(const ce_event *e, bool colors, ce_buf *out)
{
    ce_status status = put_head(e, colors, out);

    for (unsigned i = 0; i < e->attrs.len && status == CE_OK; i++)
        if (!is_in_head(e->attrs.at[i].name))
            status =
                put_line(e->attrs.at[i].name, e->attrs.at[i].text, colors, out);
    return status == CE_OK ? put_data(e, out) : status;
}
