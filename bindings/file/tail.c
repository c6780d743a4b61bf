/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was cut and has grown again is as long as before, or longer: only
 * its bytes tell. So the last ones that were read are compared. */
#include "bindings/file/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cloudevents/log.h>

#include "bindings/file/document.h"
#include "core/base/hash.h"

static void remember(ce_file_tail *t, const char *bytes, size_t len)
{
    size_t keep;

    if (len >= sizeof t->before) {
        memcpy(t->before, bytes + len - sizeof t->before, sizeof t->before);
        t->known = sizeof t->before;
        return;
    }
    keep = sizeof t->before - len;
    keep = keep < t->known ? keep : t->known;
    memmove(t->before, t->before + t->known - keep, keep);
    memcpy(t->before + keep, bytes, len);
    t->known = keep + len;
}

ssize_t ce_file_tail_read(ce_file_tail *t, char *room, size_t size)
{
    ssize_t got = read(t->fd, room, size);

    if (got > 0) {
        remember(t, room, (size_t)got);
        t->position += got;
        t->quiet_ms = 0;
    }
    return got;
}

bool ce_file_tail_is_rewritten(const ce_file_tail *t)
{
    char now[sizeof t->before];
    ssize_t got = pread(t->fd, now, t->known, t->position - (off_t)t->known);

    return got >= 0 &&
           ((size_t)got < t->known || memcmp(now, t->before, t->known) != 0);
}

static uint64_t inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) ? 0 : st.st_ino;
}

/* A file that grows with what is read of it would have no end. The size of some
 * is not known: 0, as in /proc. */
static off_t end_of(const ce_file_tail *t)
{
    struct stat st;

    return t->follows || fstat(t->fd, &st) ? 0 : st.st_size;
}

static void begin(ce_file_tail *t, off_t position)
{
    t->inode = inode_of(t->fd);
    t->until = end_of(t);
    t->position = position;
    t->known = 0;
    t->quiet_ms = 0;
}

ce_status ce_file_tail_open(ce_file_tail *t, bool standard, bool *is_regular,
                            ce_error *err)
{
    const char *name = standard ? "stdin" : t->path;
    struct stat st;

    /* A pipe without a writer must not block the loop: O_NONBLOCK. */
    t->fd = standard ? dup(STDIN_FILENO)
                     : open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (t->fd < 0 || fstat(t->fd, &st))
        return ce_fail(err, CE_EIO, "cannot open %s: %s", name,
                       strerror(errno));
    if (S_ISDIR(st.st_mode))
        return ce_fail(err, CE_EIO, "cannot read %s: it is a folder", name);
    *is_regular = S_ISREG(st.st_mode);
    if (t->kept_in && (standard || !*is_regular))
        return ce_fail(err, CE_EINVAL, "position: %s cannot be read again",
                       name);
    begin(t, 0);
    return CE_OK;
}

void ce_file_tail_find_rewritten(ce_file_tail *t, ce_file_lines *l)
{
    if (!ce_file_tail_is_rewritten(t))
        return;
    ce_log_of(CE_INFO, t->path, "was written anew, and is read from its start");
    if (lseek(t->fd, 0, SEEK_SET) < 0)
        return;
    begin(t, 0);
    ce_file_lines_restart(l);
}

/* --- a later start --- */

/* Of which so many are looked at: all of them can wait. */
enum { ROTATED = CE_FILE_TAIL_FILES - 1 };

/* Once rotated N times; -1: there is none. */
static int open_rotated(const ce_file_tail *t, unsigned n)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, n ? "%s.%u" : "%s", t->path, n);
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* BEFORE gets the bytes that the mark knows. */
static bool is_marked(int fd, const ce_file_mark *m,
                      char before[CE_FILE_MARK_BYTES])
{
    return inode_of(fd) == m->inode &&
           pread(fd, before, m->known, m->end - (off_t)m->known) ==
               (ssize_t)m->known &&
           ce_hash(CE_HASH_START, (ce_slice){ before, m->known }) == m->hash &&
           lseek(fd, 0, SEEK_END) >= m->end && lseek(fd, m->end, SEEK_SET) >= 0;
}

static void follow_from(ce_file_tail *t, int fd, unsigned rotated)
{
    close(t->fd);
    t->fd = fd;
    while (rotated-- > 0) {
        fd = open_rotated(t, rotated);
        if (fd >= 0)
            t->next[t->count++] = fd;
    }
}

static bool go_on_at(ce_file_tail *t, const ce_file_mark *at)
{
    char before[CE_FILE_MARK_BYTES];

    for (unsigned n = 0; n <= ROTATED; n++) {
        int fd = open_rotated(t, n);

        if (fd >= 0 && is_marked(fd, at, before)) {
            follow_from(t, fd, n);
            begin(t, at->end);
            remember(t, before, at->known);
            return true;
        }
        if (fd >= 0)
            close(fd);
    }
    return false;
}

ce_status ce_file_tail_resume(ce_file_tail *t, ce_file_lines *l, ce_error *err)
{
    ce_status status = CE_OK;

    if (t->kept_in)
        status = ce_file_place_open(&t->place, t->kept_in, err);
    if (status != CE_OK || !t->kept_in)
        return status;
    if (t->place.is_known && go_on_at(t, &t->place.mark)) {
        l->number = t->place.mark.line;
        return CE_OK;
    }
    if (t->place.is_known)
        ce_log(CE_WARN, "%s: what was read of it is gone: begins at its start",
               t->path);
    /* Else a rotation before the first line is settled would hide it. */
    ce_file_place_begin(&t->place, t->inode);
    return CE_OK;
}

/* --- lines --- */

/* Nothing comes to a file that has been followed by another one. */
static bool takes_rest(const ce_file_tail *t, const ce_file_lines *l)
{
    return !t->kept_in || t->count > 0 ||
           (!t->is_text && ce_file_is_json(ce_file_lines_rest(l)));
}

static off_t place_of(const ce_file_tail *t, const ce_file_lines *l)
{
    return t->position - (off_t)ce_file_lines_rest(l).len;
}

bool ce_file_tail_is_over(const ce_file_tail *t, const ce_file_lines *l)
{
    return t->until > 0 && place_of(t, l) >= t->until;
}

ce_file_line ce_file_tail_line(const ce_file_tail *t, ce_file_lines *l,
                               bool is_end, ce_slice *out)
{
    ce_file_line kind = ce_file_lines_look(l, false, out);

    if (kind == CE_FILE_NO_LINE && is_end && takes_rest(t, l))
        kind = ce_file_lines_look(l, true, out);
    return ce_file_tail_is_over(t, l) ? CE_FILE_NO_LINE : kind;
}

static ce_file_mark behind(const ce_file_tail *t, const ce_file_lines *l)
{
    ce_slice before = ce_file_lines_before(l, CE_FILE_MARK_BYTES);

    return (ce_file_mark){
        .inode = t->inode,
        .end = place_of(t, l),
        .line = l->number,
        .known = before.len,
        .hash = ce_hash(CE_HASH_START, before),
    };
}

uint64_t ce_file_tail_taken(ce_file_tail *t, const ce_file_lines *l)
{
    ce_file_mark mark;

    if (!t->place.path)
        return 0;
    mark = behind(t, l);
    return ce_file_place_add(&t->place, &mark);
}

uint64_t ce_file_tail_take(ce_file_tail *t, ce_file_lines *l)
{
    bool is_whole = l->is_whole;
    uint64_t ticket;

    if (is_whole)
        ce_file_lines_take(l);
    ticket = ce_file_tail_taken(t, l);
    if (!is_whole)
        ce_file_lines_take(l);
    return ticket;
}

/* --- rotation --- */

static bool is_same(int fd, const struct stat *there)
{
    struct stat here;

    return !fstat(fd, &here) && here.st_ino == there->st_ino &&
           here.st_dev == there->st_dev;
}

static void warn_once(ce_file_tail *t)
{
    if (!t->full)
        ce_log_of(CE_WARN, t->path,
                  "%d rotated files wait to be read; others are missed until "
                  "there are fewer",
                  CE_FILE_TAIL_FILES);
    t->full = true;
}

void ce_file_tail_look(ce_file_tail *t)
{
    int last = t->count ? t->next[t->count - 1] : t->fd, fd;
    struct stat there;

    if (stat(t->path, &there) || is_same(last, &there))
        return;
    if (t->count == CE_FILE_TAIL_FILES) {
        warn_once(t);
        return;
    }
    fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    /* The name may have moved on. */
    if (fd >= 0 && is_same(last, &there))
        close(fd);
    else if (fd >= 0)
        t->next[t->count++] = fd;
}

/* A lease to read is given while nobody can write (fcntl(2)). Who opens the
 * file to write just then waits until it is given back, and the signal that
 * tells is one that does nothing. */
static bool has_writer(const ce_file_tail *t)
{
    if (fcntl(t->fd, F_SETSIG, SIGURG) || fcntl(t->fd, F_SETLEASE, F_RDLCK))
        return true;
    fcntl(t->fd, F_SETLEASE, F_UNLCK);
    return false;
}

static bool is_followed(const ce_file_tail *t)
{
    struct stat st;

    for (unsigned i = 0; i < t->count; i++)
        if (!fstat(t->next[i], &st) && st.st_size > 0)
            return true;
    return false;
}

/* Who still has the old file is waited for, since its last byte; with two new
 * ones it has lost its way. */
bool ce_file_tail_is_left(ce_file_tail *t, uint64_t now_ms)
{
    if (!t->quiet_ms || t->count == 0)
        t->quiet_ms = now_ms;
    if (t->count == 0)
        return false;
    return !has_writer(t) ||
           (is_followed(t) &&
            (t->count > 1 || now_ms - t->quiet_ms >= t->rotate_wait_ms));
}

bool ce_file_tail_next(ce_file_tail *t)
{
    if (t->count == 0)
        return false;
    close(t->fd);
    t->fd = t->next[0];
    memmove(t->next, t->next + 1, --t->count * sizeof *t->next);
    t->full = false;
    begin(t, 0);
    return true;
}

void ce_file_tail_close(ce_file_tail *t)
{
    while (ce_file_tail_next(t))
        ;
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    ce_file_place_close(&t->place);
}
