/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was cut and has grown again is as long as before, or longer: only
 * its bytes tell. So the last ones that were read are compared. */
#include "bindings/file/tail.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cloudevents/log.h>

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

static void begin(ce_file_tail *t)
{
    t->position = 0;
    t->known = 0;
}

bool ce_file_tail_rewind(ce_file_tail *t)
{
    if (lseek(t->fd, 0, SEEK_SET) < 0)
        return false;
    begin(t);
    return true;
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
        ce_log(CE_WARN,
               "%s: %d rotated files wait to be read; others are missed until "
               "there are fewer",
               t->path, CE_FILE_TAIL_FILES);
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

bool ce_file_tail_next(ce_file_tail *t)
{
    if (t->count == 0)
        return false;
    close(t->fd);
    t->fd = t->next[0];
    memmove(t->next, t->next + 1, --t->count * sizeof *t->next);
    t->full = false;
    begin(t);
    return true;
}

void ce_file_tail_close(ce_file_tail *t)
{
    while (ce_file_tail_next(t))
        ;
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}
