/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of a file is that of flock(2): it belongs to the open file, so that
 * it holds between two sinks of a process as well as between processes. What
 * has no lock is claimed within the process. */
#include "bindings/file/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/folder.h"

/* Nothing in a file is on the disk while its name is not. */
static int flush_name(const ce_file_target *t, int fd)
{
    int rc = t->sync ? ce_folder_flush_of(t->path) : 0;

    if (!rc)
        return fd;
    unlink(t->path);
    close(fd);
    errno = rc;
    return -1;
}

/* A file that is new gets exactly its mode, whatever the umask is. A file that
 * may be written but not read is trusted to end with a line. */
static int open_path(ce_file_target *t)
{
    const int flags = O_APPEND | O_CLOEXEC;
    int fd = open(t->path, O_RDWR | O_CREAT | O_EXCL | flags, t->mode);

    t->can_read = true;
    if (fd >= 0) {
        int rc = fchmod(fd, t->mode); /* not all file systems have modes */

        (void)rc;
        return flush_name(t, fd);
    }
    t->can_read = false;
    /* A pipe that nobody reads must not hold up the loop: ENXIO. */
    fd = open(t->path, O_WRONLY | O_CREAT | O_NONBLOCK | flags, t->mode);
    return fd;
}

/* Opened for reading only when it is a file: a pipe would have a reader. */
static void try_to_read(ce_file_target *t)
{
    int fd;

    if (t->can_read || !t->is_regular)
        return;
    fd = open(t->path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return;
    close(t->fd);
    t->fd = fd;
    t->can_read = true;
}

bool ce_file_target_open(ce_file_target *t)
{
    struct stat st;

    t->can_read = t->torn = false;
    t->opened++;
    t->fd = t->path ? open_path(t) : dup(STDOUT_FILENO);
    if (t->fd < 0 || fstat(t->fd, &st))
        return false;
    t->is_regular = S_ISREG(st.st_mode);
    /* Others may write to standard output as well. */
    if (t->path)
        try_to_read(t);
    return true;
}

bool ce_file_target_is_moved(const ce_file_target *t)
{
    struct stat here, there;

    if (!t->path || !t->is_regular || fstat(t->fd, &here))
        return false;
    return stat(t->path, &there) || here.st_ino != there.st_ino ||
           here.st_dev != there.st_dev;
}

static bool lock(ce_file_target *t)
{
    if (!t->path || !t->is_regular)
        return ce_file_claim_take(&t->claim, t->fd);
    if (t->locked)
        return true;
    t->locked = flock(t->fd, LOCK_EX | LOCK_NB) == 0;
    /* Not every file system has locks. */
    return t->locked || errno != EWOULDBLOCK;
}

static bool find_tear(ce_file_target *t)
{
    struct stat st;
    char last;

    if (!t->can_read)
        return true;
    if (fstat(t->fd, &st))
        return false;
    t->torn = false;
    if (st.st_size == 0)
        return true;
    if (pread(t->fd, &last, 1, st.st_size - 1) < 0)
        return false;
    t->torn = last != '\n';
    return true;
}

/* Only what was cut off is lost. */
static bool end_line(ce_file_target *t)
{
    if (!t->is_regular || !find_tear(t))
        return !t->is_regular;
    if (t->torn && write(t->fd, "\n", 1) != 1)
        return false;
    t->torn = false;
    return true;
}

static bool begin(ce_file_target *t)
{
    if (t->fd < 0 || ce_file_target_is_moved(t)) {
        ce_file_target_close(t);
        if (!ce_file_target_open(t))
            return false;
    }
    return lock(t) && end_line(t);
}

bool ce_file_target_begin(ce_file_target *t)
{
    int code;

    if (begin(t))
        return true;
    code = errno;
    ce_file_target_end(t);
    errno = code;
    return false;
}

/* A pipe that is ready takes PIPE_BUF bytes at once without blocking (POSIX
 * write), and mixes them with nothing; of more it may make the whole loop wait.
 * Whole lines that fit go together. */
static ce_slice piece_of(ce_slice left)
{
    const char *end;

    if (left.len <= PIPE_BUF)
        return left;
    left.len = PIPE_BUF;
    end = memrchr(left.ptr, '\n', left.len);
    if (end)
        left.len = (size_t)(end - left.ptr) + 1;
    return left;
}

/* Another sink may have filled it since this one was told. */
static bool is_ready(const ce_file_target *t)
{
    struct pollfd p = { .fd = t->fd, .events = POLLOUT };

    return poll(&p, 1, 0) != 0;
}

ssize_t ce_file_target_write(ce_file_target *t, ce_slice bytes)
{
    ssize_t n;

    if (!t->is_regular && !is_ready(t)) {
        errno = EAGAIN;
        return -1;
    }
    if (!t->is_regular)
        bytes = piece_of(bytes);
    do
        n = write(t->fd, bytes.ptr, bytes.len);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Behind a write in append mode stands the offset at the end of what was
 * written (POSIX write). */
void ce_file_target_take_back(ce_file_target *t, uint64_t count)
{
    off_t at =
        count && t->path && t->is_regular ? lseek(t->fd, 0, SEEK_CUR) : -1;
    struct stat st;

    if (at < 0 || (uint64_t)at < count || fstat(t->fd, &st) || st.st_size != at)
        return;
    if (ftruncate(t->fd, at - (off_t)count) == 0)
        t->torn = false;
}

bool ce_file_target_is_away(const ce_file_target *t, int code)
{
    struct statfs fs;

    return t->path && (code == EPIPE || code == ENXIO) &&
           (statfs(t->path, &fs) || fs.f_type != PIPEFS_MAGIC);
}

void ce_file_target_end(ce_file_target *t)
{
    if (t->locked)
        flock(t->fd, LOCK_UN);
    t->locked = false;
    ce_file_claim_give(&t->claim);
}

bool ce_file_target_is_deleted(const ce_file_target *t)
{
    struct stat st;

    return t->path && t->is_regular && !fstat(t->fd, &st) && st.st_nlink == 0;
}

void ce_file_target_close(ce_file_target *t)
{
    ce_file_target_end(t);
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}
