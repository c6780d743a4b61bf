/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "core/inbox/folder.h"

static const char MARK[] = "salvaging";

static ce_status fail(const char *path, const char *what, ce_error *err)
{
    return ce_fail(err, CE_EIO, "inbox %s: cannot %s: %s", path, what,
                   strerror(errno));
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static ce_status copy(const char *path, char **out, ce_error *err)
{
    *out = ce_strndup(path, strlen(path));
    return *out ? CE_OK : ce_no_memory(err);
}

static ce_status remove_file(const char *dir, const char *name, ce_error *err)
{
    char path[PATH_MAX];

    ce_inbox_folder_path(path, dir, name);
    if (unlink(path) == 0 || errno == ENOENT)
        return CE_OK;
    return fail(path, "remove", err);
}

/* --- the mark --- */

/* NAME has the line that is in the mark, and is empty without one. */
static ce_status read_mark(const char *dir, char name[NAME_MAX + 2],
                           ce_error *err)
{
    char path[PATH_MAX];
    ssize_t n;
    int fd;

    name[0] = '\0';
    ce_inbox_folder_path(path, dir, MARK);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? CE_OK : fail(path, "open", err);
    n = read(fd, name, NAME_MAX + 1);
    close(fd);
    if (n < 0)
        return fail(path, "read", err);
    name[n] = '\0';
    /* One that was cut short is of a salvage that had not begun. */
    if (strchr(name, '\n'))
        *strchr(name, '\n') = '\0';
    else
        name[0] = '\0';
    return CE_OK;
}

static ce_status write_mark(const char *dir, const char *name, ce_error *err)
{
    char path[PATH_MAX];
    ce_status status = CE_OK;
    int fd;

    ce_inbox_folder_path(path, dir, MARK);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path, "open", err);
    if (dprintf(fd, "%s\n", name) != (int)strlen(name) + 1 || fsync(fd))
        status = fail(path, "write", err);
    close(fd);
    return status == CE_OK ? ce_inbox_folder_flush(dir, err) : status;
}

/* --- the file --- */

/* One that nothing has: there may be two in a second. */
static void choose(const char *dir, char name[NAME_MAX + 1], char out[PATH_MAX])
{
    long long now = time(NULL);
    int len = snprintf(name, NAME_MAX, "data.mdb.damaged-%lld", now);

    ce_inbox_folder_path(out, dir, name);
    for (unsigned i = 2; is_there(out); i++) {
        snprintf(name + len, (size_t)(NAME_MAX - len), "-%u", i);
        ce_inbox_folder_path(out, dir, name);
    }
}

/* The name goes after the mark, and both before the first record. */
static ce_status move(const char *dir, const char *data, const char *aside,
                      ce_error *err)
{
    ce_status status;

    if (rename(data, aside))
        return fail(data, "rename", err);
    status = remove_file(dir, "lock.mdb", err);
    return status == CE_OK ? ce_inbox_folder_flush(dir, err) : status;
}

ce_status ce_aside_find(const char *dir, char **file, ce_error *err)
{
    char name[NAME_MAX + 2], path[PATH_MAX];
    ce_status status = read_mark(dir, name, err);

    *file = NULL;
    ce_inbox_folder_path(path, dir, name);
    if (status != CE_OK || !name[0] || !is_there(path))
        return status;
    return copy(path, file, err);
}

ce_status ce_aside_put(const char *dir, char **file, ce_error *err)
{
    char name[NAME_MAX + 1], data[PATH_MAX], aside[PATH_MAX];
    ce_status status;

    *file = NULL;
    ce_inbox_folder_path(data, dir, "data.mdb");
    if (!is_there(data))
        return CE_OK;
    choose(dir, name, aside);
    status = write_mark(dir, name, err);
    if (status == CE_OK)
        status = move(dir, data, aside, err);
    return status == CE_OK ? copy(aside, file, err) : status;
}

ce_status ce_aside_begin_anew(const char *dir, ce_error *err)
{
    ce_status status = remove_file(dir, "data.mdb", err);

    return status == CE_OK ? remove_file(dir, "lock.mdb", err) : status;
}

/* What comes from now on would be gone with a new store that is discarded. */
ce_status ce_aside_end(const char *dir, ce_error *err)
{
    ce_status status = ce_inbox_folder_flush(dir, err);

    if (status == CE_OK)
        status = remove_file(dir, MARK, err);
    return status == CE_OK ? ce_inbox_folder_flush(dir, err) : status;
}
