/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files in blocks and counts their lines. */
#include "bridge/forms/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Twice what a pipe holds on Linux: one read empties it. */
enum { BLOCK_BYTES = 128 << 10 };

ce_status br_input_open(br_input *out, const char *path, ce_error *err)
{
    bool standard = strcmp(path, "-") == 0;

    *out = (br_input){ .name = standard ? "stdin" : path, .line = 1 };
    out->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (out->fd < 0)
        return ce_fail(err, CE_EIO, "%s: %s", path, strerror(errno));
    return CE_OK;
}

ce_status br_input_of(br_input *out, ce_slice text, const char *name,
                      size_t line)
{
    *out = (br_input){ .name = name, .line = line, .fd = -1, .at_end = true };
    return ce_buf_append(&out->buf, text);
}

void br_input_close(br_input *in)
{
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    ce_buf_free(&in->buf);
}

ce_slice br_input_rest(const br_input *in)
{
    return (ce_slice){ in->buf.ptr + in->pos, in->buf.len - in->pos };
}

/* A piece that does not fit gets twice the room: it may be looked at again
 * from its start, and that must not happen for every block. */
static bool make_room(br_input *in)
{
    ce_slice rest = br_input_rest(in);

    if (in->pos > 0)
        memmove(in->buf.ptr, rest.ptr, rest.len);
    in->buf.len = rest.len;
    in->pos = 0;
    return ce_buf_reserve(&in->buf,
                          rest.len > BLOCK_BYTES ? rest.len : BLOCK_BYTES) ==
           CE_OK;
}

bool br_input_more(br_input *in)
{
    ssize_t got;

    if (in->at_end || in->failure)
        return false;
    if (in->before_read)
        in->before_read(in->arg);
    if (!make_room(in)) {
        in->failure = ENOMEM;
        return false;
    }
    do /* a signal whose handler returned is no failure */
        got =
            read(in->fd, in->buf.ptr + in->buf.len, in->buf.cap - in->buf.len);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        in->failure = errno;
    in->at_end = got == 0;
    in->buf.len += got > 0 ? (size_t)got : 0;
    return got > 0;
}

bool br_input_has(br_input *in, size_t len)
{
    while (br_input_rest(in).len < len)
        if (!br_input_more(in))
            return false;
    return true;
}

void br_input_drop(br_input *in, size_t len)
{
    const char *p = in->buf.ptr + in->pos, *end = p + len;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        in->line++;
        p++;
    }
    in->pos += len;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool br_input_skip_space(br_input *in)
{
    for (;;) {
        ce_slice rest = br_input_rest(in);
        size_t n = 0;

        while (n < rest.len && is_space(rest.ptr[n]))
            n++;
        br_input_drop(in, n);
        if (n < rest.len)
            return true;
        if (!br_input_more(in))
            return false;
    }
}

char br_input_drop_line(br_input *in)
{
    char last = 0;

    for (;;) {
        ce_slice rest = br_input_rest(in);
        const char *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

        for (size_t i = len; i > 0; i--)
            if (!is_space(rest.ptr[i - 1])) {
                last = rest.ptr[i - 1];
                break;
            }
        br_input_drop(in, end ? len + 1 : len);
        if (end || !br_input_more(in))
            return last;
    }
}
