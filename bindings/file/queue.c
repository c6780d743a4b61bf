/* SPDX-License-Identifier: Apache-2.0 */
/* One buffer for the bytes of all lines, so that they are written together. */
#include "bindings/file/queue.h"

#include <string.h>

#include "core/json/scan.h"

ce_slice ce_file_queue_left(const ce_file_queue *q)
{
    return ce_slice_skip(ce_buf_slice(&q->buf), q->written);
}

uint64_t ce_file_queue_position(const ce_file_queue *q)
{
    return q->total - (q->buf.len - q->written);
}

ce_file_line_out *ce_file_queue_oldest(const ce_file_queue *q)
{
    size_t count = q->lines.len / sizeof(ce_file_line_out);

    if (q->first == count)
        return NULL;
    return (ce_file_line_out *)(void *)q->lines.ptr + q->first;
}

uint64_t ce_file_queue_begun(const ce_file_queue *q)
{
    const ce_file_line_out *l = ce_file_queue_oldest(q);
    const void *end = q->lines.ptr + q->lines.len;
    uint64_t written = ce_file_queue_position(q);

    while (l && (const void *)l < end && l->end <= written)
        l++;
    if (!l || (const void *)l == end || l->begin >= written)
        return 0;
    return written - l->begin;
}

ce_delivery *ce_file_queue_shift(ce_file_queue *q)
{
    ce_delivery *d = ce_file_queue_oldest(q)->d;

    q->first++;
    if (!ce_file_queue_oldest(q)) {
        ce_buf_clear(&q->lines);
        q->first = 0;
    }
    return d;
}

typedef ce_status append_fn(ce_slice text, ce_buf *b);

static ce_status append_text(ce_slice text, ce_buf *b)
{
    return ce_buf_append(b, text);
}

static ce_status append_line(ce_buf *b, ce_slice text, append_fn *append)
{
    ce_status status = ce_buf_reserve(b, text.len + 1);

    if (status != CE_OK)
        return status;
    status = append(text, b);
    if (status != CE_OK)
        return status;
    return ce_buf_byte(b, '\n');
}

static ce_status add(ce_file_queue *q, ce_delivery *d, ce_slice text,
                     append_fn *append)
{
    size_t before = q->buf.len;
    ce_file_line_out l = { .d = d, .begin = q->total };
    ce_status status = append_line(&q->buf, text, append);

    if (status == CE_OK) {
        l.end = q->total + (q->buf.len - before);
        status = ce_buf_append(&q->lines, (ce_slice){ (char *)&l, sizeof l });
    }
    if (status == CE_OK)
        q->total = l.end;
    else
        q->buf.len = before;
    return status;
}

ce_status ce_file_queue_add(ce_file_queue *q, ce_delivery *d, ce_slice json)
{
    return add(q, d, json, ce_json_compact);
}

ce_status ce_file_queue_add_text(ce_file_queue *q, ce_delivery *d,
                                 ce_slice text)
{
    return add(q, d, text, append_text);
}

/* Moves little at a time, yet keeps the buffer from growing for ever when it
 * is never quite empty. */
static void forget_written(ce_file_queue *q)
{
    size_t left = q->buf.len - q->written;

    if (q->written < left)
        return;
    memmove(q->buf.ptr, q->buf.ptr + q->written, left);
    q->buf.len = left;
    q->written = 0;
}

bool ce_file_queue_take(ce_file_queue *q, size_t count)
{
    bool is_whole;

    q->written += count;
    is_whole = q->buf.ptr[q->written - 1] == '\n';
    forget_written(q);
    return is_whole;
}

size_t ce_file_queue_drop_unwritten(ce_file_queue *q)
{
    q->total = ce_file_queue_position(q);
    ce_buf_clear(&q->buf);
    q->written = 0;
    return q->lines.len / sizeof(ce_file_line_out) - q->first;
}

void ce_file_queue_free(ce_file_queue *q)
{
    ce_buf_free(&q->buf);
    ce_buf_free(&q->lines);
}
