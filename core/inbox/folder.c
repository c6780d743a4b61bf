/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* An empty store with its table of locks takes less than half of it. */
enum { ROOM = 128 << 10 };

static int make_all(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0700) && errno != EEXIST) {
            *p = '/';
            return errno;
        }
        *p = '/';
    }
    return mkdir(path, 0700) && errno != EEXIST ? errno : 0;
}

/* LMDB maps its table of locks, and a map without blocks behind it ends the
 * process. */
static ce_status look_for_room(const char *dir, int lock, ce_error *err)
{
    int rc = posix_fallocate(lock, 0, ROOM);

    if (!rc && ftruncate(lock, 0))
        rc = errno;
    if (!rc || rc == EOPNOTSUPP || rc == EINVAL)
        return CE_OK;
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
    snprintf(path, sizeof path, "%s/lock", dir);
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0)
        return ce_fail(err, CE_EIO, "inbox %s: cannot open: %s", path,
                       strerror(errno));
    if (flock(*lock, LOCK_EX | LOCK_NB))
        return ce_fail(err, CE_EAGAIN, "inbox %s is in use by another process",
                       dir);
    return look_for_room(dir, *lock, err);
}
