/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/flushes.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 256 };

static ino_t flushed[MOST];
static unsigned count;
static int failure;

/* In place of the system's. */
int fsync(int fd)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        if (failure) {
            errno = failure;
            failure = 0;
            return -1;
        }
        flushed[count++ % MOST] = st.st_ino;
    }
    return (int)syscall(SYS_fsync, fd);
}

void ce_test_flushes_begin(void)
{
    count = 0;
}

unsigned ce_test_flushes_of(const char *dir)
{
    unsigned found = 0;
    struct stat st;

    if (stat(dir, &st))
        return 0;
    for (unsigned i = 0; i < count && i < MOST; i++)
        found += flushed[i] == st.st_ino;
    return found;
}

void ce_test_flushes_fail(int code)
{
    failure = code;
}
