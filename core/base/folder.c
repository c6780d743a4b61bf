/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

int ce_folder_flush(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return errno;
    rc = fsync(fd) ? errno : 0;
    close(fd);
    return rc == EINVAL || rc == EOPNOTSUPP ? 0 : rc;
}

int ce_folder_flush_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    char dir[PATH_MAX];

    if (len >= sizeof dir)
        return ENAMETOOLONG;
    if (!slash)
        return ce_folder_flush(".");
    memcpy(dir, path, len);
    dir[len] = '\0';
    return ce_folder_flush(len ? dir : "/");
}
