/* SPDX-License-Identifier: Apache-2.0 */
/* See unix(7). */
#include "bindings/http/local.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections that wait while the loop is busy. */
enum { BACKLOG = 1024 };

static ce_status refuse(const char *path, const char *why, ce_error *err)
{
    return ce_fail(err, CE_EIO, "cannot listen on %.200s: %s", path, why);
}

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Whether it is left over from a process that has ended. */
static bool is_stale(const struct sockaddr_un *at)
{
    int fd = open_socket();
    bool refused = fd >= 0 &&
                   connect(fd, (const struct sockaddr *)at, sizeof *at) &&
                   errno == ECONNREFUSED;

    if (fd >= 0)
        close(fd);
    return refused;
}

static ce_status make_room(const struct sockaddr_un *at, ce_error *err)
{
    struct stat file;

    if (lstat(at->sun_path, &file))
        return errno == ENOENT ? CE_OK
                               : refuse(at->sun_path, strerror(errno), err);
    if (!S_ISSOCK(file.st_mode))
        return refuse(at->sun_path, "there is a file that is no socket", err);
    if (!is_stale(at))
        return refuse(at->sun_path, strerror(EADDRINUSE), err);
    return unlink(at->sun_path) ? refuse(at->sun_path, strerror(errno), err)
                                : CE_OK;
}

/* Linux makes the file with the mode of the socket, less the umask: at no
 * moment is it open to more than MODE. */
static bool listen_at(int fd, const struct sockaddr_un *at, unsigned mode)
{
    return !fchmod(fd, (mode_t)mode) &&
           !bind(fd, (const struct sockaddr *)at, sizeof *at) &&
           !chmod(at->sun_path, (mode_t)mode) && !listen(fd, BACKLOG);
}

ce_status ce_http_local_listen(ce_http_local *out, const char *path,
                               unsigned mode, int *fd, ce_error *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct stat file = { 0 };
    ce_status status;

    if (strlen(path) >= sizeof at.sun_path)
        return refuse(path, strerror(ENAMETOOLONG), err);
    strcpy(at.sun_path, path);
    status = make_room(&at, err);
    if (status != CE_OK)
        return status;
    *fd = open_socket();
    if (*fd < 0 || !listen_at(*fd, &at, mode))
        return refuse(path, strerror(errno), err);
    stat(path, &file);
    *out = (ce_http_local){ path, file.st_dev, file.st_ino };
    return CE_OK;
}

void ce_http_local_remove(const ce_http_local *l)
{
    struct stat file;

    if (l->path && !stat(l->path, &file) && file.st_dev == l->device &&
        file.st_ino == l->inode)
        unlink(l->path);
}
