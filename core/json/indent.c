/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json/indent.h"

#include <string.h>

typedef struct writer {
    const char *p, *end;
    unsigned margin, depth;
    ce_buf *out;
} writer;

static ce_status break_line(writer *w)
{
    return ce_buf_printf(w->out, "\n%*s", (int)(w->margin + 2 * w->depth), "");
}

static void skip_blanks(writer *w)
{
    while (w->p < w->end && strchr(" \t\r\n", *w->p))
        w->p++;
}

/* A string, or a number or a word. */
static ce_status copy_scalar(writer *w)
{
    const char *from = w->p++;

    if (*from == '"') {
        while (*w->p != '"')
            w->p += *w->p == '\\' ? 2 : 1;
        w->p++;
    } else {
        while (w->p < w->end && !strchr(" \t\r\n,]}", *w->p))
            w->p++;
    }
    return ce_buf_append(w->out, (ce_slice){ from, (size_t)(w->p - from) });
}

static ce_status open_bracket(writer *w, char c)
{
    ce_status status = ce_buf_byte(w->out, c);

    skip_blanks(w);
    if (status != CE_OK)
        return status;
    /* An empty one stays on its line. */
    if (*w->p == '}' || *w->p == ']')
        return ce_buf_byte(w->out, *w->p++);
    w->depth++;
    return break_line(w);
}

static ce_status close_bracket(writer *w, char c)
{
    ce_status status;

    w->depth--;
    status = break_line(w);
    return status == CE_OK ? ce_buf_byte(w->out, c) : status;
}

static ce_status put_token(writer *w)
{
    char c = *w->p;
    ce_status status;

    if (!strchr("{}[],:", c))
        return copy_scalar(w);
    w->p++;
    if (c == '{' || c == '[')
        return open_bracket(w, c);
    if (c == '}' || c == ']')
        return close_bracket(w, c);
    if (c == ':')
        return ce_buf_append(w->out, CE_SLICE(": "));
    status = ce_buf_byte(w->out, c);
    return status == CE_OK ? break_line(w) : status;
}

ce_status ce_json_indent(ce_slice json, unsigned margin, ce_buf *out)
{
    writer w = { json.ptr, json.ptr + json.len, margin, 0, out };
    ce_status status = CE_OK;

    for (skip_blanks(&w); w.p < w.end && status == CE_OK; skip_blanks(&w))
        status = put_token(&w);
    return status;
}
