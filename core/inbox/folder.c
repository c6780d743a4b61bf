/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/folder.h"

enum {
    ROOM = 128 << 10, /* a new store takes less than half of it */
    LOCKS = 4096      /* the head of LMDB's table of locks, and more readers
                         than there are */
};

void ce_inbox_folder_path(char out[PATH_MAX], const char *dir, const char *name)
{
    snprintf(out, PATH_MAX, "%s/%s", dir, name);
}

/* One whose name cannot be flushed is made again, not taken for safe. */
static int make(const char *path)
{
    int rc;

    if (mkdir(path, 0700))
        return errno == EEXIST ? 0 : errno;
    rc = ce_folder_flush_of(path);
    if (rc)
        rmdir(path);
    return rc;
}

static int make_all(char *path)
{
    int rc = 0;

    for (char *p = path + 1; *p && !rc; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        rc = make(path);
        *p = '/';
    }
    return rc ? rc : make(path);
}

/* Some file systems cannot set blocks aside. */
static bool may_go_on(int rc)
{
    return !rc || rc == EOPNOTSUPP || rc == EINVAL;
}

static ce_status no_room(const char *dir, int rc, ce_error *err)
{
    return ce_fail(err, CE_EIO, "inbox %s: no room on the disk: %s", dir,
                   strerror(rc));
}

/* LMDB would let several processes in, and each would deliver everything. */
ce_status ce_inbox_folder_take(const char *dir, int *lock, ce_error *err)
{
    char path[PATH_MAX];
    int rc;

    snprintf(path, sizeof path, "%s", dir);
    rc = make_all(path);
    if (rc)
        return ce_fail(err, CE_EIO, "inbox %s: cannot make the folder: %s", dir,
                       strerror(rc));
    ce_inbox_folder_path(path, dir, "lock");
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0)
        return ce_fail(err, CE_EIO, "inbox %s: cannot open: %s", path,
                       strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB))
        return ce_fail(err, CE_EAGAIN, "inbox %s is in use by another process",
                       dir);
    return CE_OK;
}

ce_status ce_inbox_folder_look_for_room(const char *dir, int lock,
                                        ce_error *err)
{
    int rc = posix_fallocate(lock, 0, ROOM);

    if (ftruncate(lock, 0) && !rc)
        rc = errno;
    return may_go_on(rc) ? CE_OK : no_room(dir, rc, err);
}

ce_status ce_inbox_folder_flush(const char *dir, ce_error *err)
{
    int rc = ce_folder_flush(dir);

    if (!rc)
        return CE_OK;
    return ce_fail(err, CE_EIO, "inbox %s: cannot flush the folder: %s", dir,
                   strerror(rc));
}

/* A full disk may refuse even blocks that are there: so they are not asked
 * for. LMDB fills the table from its head. */
static int allocate_head(int fd)
{
    struct stat found;

    if (fstat(fd, &found) == 0 && found.st_size >= LOCKS && found.st_blocks > 0)
        return 0;
    return posix_fallocate(fd, 0, LOCKS);
}

/* LMDB maps the table, and a map without blocks behind it ends the process. */
ce_status ce_inbox_folder_hold_locks(const char *dir, ce_error *err)
{
    char path[PATH_MAX];
    int fd, rc;

    ce_inbox_folder_path(path, dir, "lock.mdb");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return ce_fail(err, CE_EIO, "inbox %s: cannot open: %s", path,
                       strerror(errno));
    rc = allocate_head(fd);
    close(fd);
    return may_go_on(rc) ? CE_OK : no_room(dir, rc, err);
}
