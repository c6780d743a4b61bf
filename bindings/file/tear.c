/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/file/tear.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int ce_file_find_tear(int fd, const char *path, bool *torn)
{
    off_t size = lseek(fd, 0, SEEK_END);
    int reader = size > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    char last = '\n';
    int code;

    if (reader < 0)
        return 0;
    code = pread(reader, &last, 1, size - 1) < 0 ? errno : 0;
    close(reader);
    *torn = last != '\n';
    return code;
}

/* Behind a write in append mode stands the offset at the end of what was
 * written (POSIX write). */
bool ce_file_take_back(int fd, uint64_t count)
{
    off_t at = lseek(fd, 0, SEEK_CUR);
    struct stat st;

    if (at < 0 || (uint64_t)at < count || fstat(fd, &st) || st.st_size != at)
        return false;
    return ftruncate(fd, at - (off_t)count) == 0;
}
