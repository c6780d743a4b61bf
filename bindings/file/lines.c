/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer that holds one block and the beginning of a line. A line that is too
 * long is reported as soon as that shows, and then forgotten piece by piece, so
 * that memory is bounded. */
#include "bindings/file/lines.h"

#include <string.h>

/* Finds where the line that begins at POS ends: LOOKED are its bytes with the
 * line break, and BREAK_LEN those of the line break. */
static bool find_end(ce_file_lines *l, bool is_end, size_t *break_len)
{
    const char *from = l->buf.ptr + l->scanned;
    size_t left = l->buf.len - l->scanned;
    const char *end = left ? memchr(from, '\n', left) : NULL;

    l->scanned = end ? (size_t)(end - l->buf.ptr) : l->buf.len;
    *break_len = end ? 1 : 0;
    l->looked = l->scanned + *break_len - l->pos;
    l->is_whole = end || (is_end && (l->looked > 0 || l->skipping));
    return l->is_whole;
}

void ce_file_lines_take(ce_file_lines *l)
{
    l->pos += l->looked;
    l->scanned = l->pos;
    l->looked = 0;
    l->skipping = !l->is_whole;
    if (l->is_whole)
        l->number++;
}

/* The line break may be CR LF. */
static ce_slice without_return(ce_slice line)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

ce_file_line ce_file_lines_look(ce_file_lines *l, bool is_end, ce_slice *out)
{
    size_t break_len;

    while (find_end(l, is_end, &break_len)) {
        *out = without_return(
            (ce_slice){ l->buf.ptr + l->pos, l->looked - break_len });
        if (!l->skipping && out->len > l->max_bytes)
            return CE_FILE_LONG_LINE;
        if (!l->skipping && ce_slice_trim(*out).len > 0)
            return CE_FILE_LINE;
        /* Blank, or the end of a line that was reported. */
        ce_file_lines_take(l);
    }
    if (l->skipping) {
        ce_file_lines_take(l);
        return CE_FILE_NO_LINE;
    }
    /* One byte more than allowed may be a carriage return. */
    return l->looked > l->max_bytes + 1 ? CE_FILE_LONG_LINE : CE_FILE_NO_LINE;
}

ce_slice ce_file_lines_before(const ce_file_lines *l, size_t most)
{
    size_t len = l->pos < most ? l->pos : most;

    return (ce_slice){ len ? l->buf.ptr + l->pos - len : NULL, len };
}

ce_slice ce_file_lines_rest(const ce_file_lines *l)
{
    return ce_slice_skip(ce_buf_slice(&l->buf), l->pos);
}

void ce_file_lines_take_rest(ce_file_lines *l)
{
    l->looked = l->buf.len - l->pos;
    l->is_whole = true;
    ce_file_lines_take(l);
}

uint64_t ce_file_lines_take_all(ce_file_lines *l)
{
    uint64_t count = 0;
    ce_slice line;

    for (; ce_file_lines_look(l, true, &line) != CE_FILE_NO_LINE; count++)
        ce_file_lines_take(l);
    return count;
}

char *ce_file_lines_room(ce_file_lines *l, size_t count)
{
    size_t left = l->buf.len - l->pos;

    if (l->pos > 0) {
        memmove(l->buf.ptr, l->buf.ptr + l->pos, left);
        l->buf.len = left;
        l->scanned -= l->pos;
        l->pos = 0;
    }
    if (ce_buf_reserve(&l->buf, count) != CE_OK)
        return NULL;
    return l->buf.ptr + l->buf.len;
}

void ce_file_lines_grow(ce_file_lines *l, size_t count)
{
    l->buf.len += count;
}

void ce_file_lines_restart(ce_file_lines *l)
{
    ce_buf_clear(&l->buf);
    l->pos = l->scanned = l->looked = 0;
    l->number = 0;
    l->skipping = false;
}

void ce_file_lines_free(ce_file_lines *l)
{
    ce_buf_free(&l->buf);
}
