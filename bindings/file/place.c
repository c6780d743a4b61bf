/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/file/place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cloudevents/log.h>

#include "core/base/hash.h"

/* A line that is never settled stops the reading after so many others, as a
 * record stops its partition. */
enum { MOST_LINES = 65536, FEW_LINES = 1024 };

/* All numbers have the same width, so that each text covers the one before. */
static const char form[] = "cebridge position 1 %020" PRIu64 " %020" PRId64
                           " %020" PRId64 " %03" PRIu64 " %016" PRIx64 "\n";
enum { TEXT = 128 };

typedef struct slot {
    ce_file_mark mark;
    bool is_done;
} slot;

/* --- the file --- */

/* After a loss of power it may be empty, or begin with zeros. */
static bool is_foreign(const char *text)
{
    static const char begin[] = "cebridge position ";

    return *text && strncmp(text, begin, sizeof begin - 1) != 0;
}

static bool read_mark(const char *text, ce_file_mark *m)
{
    return sscanf(text,
                  "cebridge position 1 %" SCNu64 " %" SCNd64 " %" SCNd64
                  " %" SCNu64 " %" SCNx64,
                  &m->inode, &m->end, &m->line, &m->known, &m->hash) == 5 &&
           m->end >= 0 && m->known <= CE_FILE_MARK_BYTES &&
           m->known <= (uint64_t)m->end;
}

ce_status ce_file_place_open(ce_file_place *p, const char *path, ce_error *err)
{
    char text[TEXT + 1];
    ssize_t got;

    p->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (p->fd < 0)
        return ce_fail(err, CE_EIO, "position: cannot open %s: %s", path,
                       strerror(errno));
    p->path = path;
    p->is_saved = true;
    if (flock(p->fd, LOCK_EX | LOCK_NB))
        return ce_fail(err, CE_EIO, "position: %s is in use by another process",
                       path);
    got = pread(p->fd, text, TEXT, 0);
    text[got > 0 ? got : 0] = '\0';
    if (is_foreign(text))
        return ce_fail(err, CE_EIO, "position: %s holds something else", path);
    p->is_known = read_mark(text, &p->mark);
    return CE_OK;
}

/* One call of the kernel, so that a kill leaves the old text or the new one. */
void ce_file_place_save(ce_file_place *p)
{
    const ce_file_mark *m = &p->mark;
    char text[TEXT];
    int len;

    if (!p->path || p->is_saved)
        return;
    len = snprintf(text, sizeof text, form, m->inode, m->end, m->line, m->known,
                   m->hash);
    p->is_saved = pwrite(p->fd, text, (size_t)len, 0) == len;
    if (!p->is_saved && !p->is_told)
        ce_log(CE_WARN, "position: cannot write %s: %s", p->path,
               strerror(errno));
    p->is_told = !p->is_saved;
}

void ce_file_place_begin(ce_file_place *p, uint64_t inode)
{
    p->mark = (ce_file_mark){ .inode = inode, .hash = CE_HASH_START };
    p->is_saved = false;
    ce_file_place_save(p);
}

void ce_file_place_close(ce_file_place *p)
{
    ce_file_place_save(p);
    if (p->path)
        close(p->fd);
    ce_buf_free(&p->lines);
    *p = (ce_file_place){ .path = NULL };
}

/* --- lines --- */

static size_t count_of(const ce_file_place *p)
{
    return p->lines.len / sizeof(slot);
}

static slot *slot_at(const ce_file_place *p, size_t index)
{
    return (slot *)(void *)p->lines.ptr + index;
}

bool ce_file_place_has_room(ce_file_place *p)
{
    return !p->path || (count_of(p) - p->first < MOST_LINES &&
                        ce_buf_reserve(&p->lines, sizeof(slot)) == CE_OK);
}

uint64_t ce_file_place_add(ce_file_place *p, const ce_file_mark *behind)
{
    size_t index = count_of(p);

    p->lines.len += sizeof(slot);
    *slot_at(p, index) = (slot){ *behind, false };
    return p->base + index;
}

/* Moves little at a time, and only when much is free. */
static void forget_done(ce_file_place *p)
{
    size_t left = count_of(p) - p->first;

    if (left > 0 && (p->first < FEW_LINES || p->first < left))
        return;
    if (left > 0)
        memmove(slot_at(p, 0), slot_at(p, p->first), left * sizeof(slot));
    p->lines.len = left * sizeof(slot);
    p->base += p->first;
    p->first = 0;
}

bool ce_file_place_done(ce_file_place *p, uint64_t ticket)
{
    if (!p->path)
        return false;
    slot_at(p, ticket - p->base)->is_done = true;
    while (p->first < count_of(p) && slot_at(p, p->first)->is_done) {
        p->mark = slot_at(p, p->first++)->mark;
        p->is_saved = false;
    }
    forget_done(p);
    return true;
}
