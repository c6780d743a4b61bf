/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file could be opened, without opening it: a pipe would have a
 * reader then, or a writer. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bindings/file/file.h"

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_allowed(const char *path, int access)
{
    return faccessat(AT_FDCWD, path, access, AT_EACCESS) == 0;
}

/* Whether a file could be made there. */
static bool has_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";

    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    return is_allowed(folder, W_OK | X_OK);
}

static bool could_open(const char *path, int access)
{
    if (is_directory(path)) {
        errno = EISDIR;
        return false;
    }
    if (is_allowed(path, access))
        return true;
    return errno == ENOENT && (access & W_OK) && has_folder(path);
}

static ce_status look_at(const char *path, int access, ce_error *err)
{
    if (could_open(path, access))
        return CE_OK;
    return ce_fail(err, CE_EIO, "cannot open %s: %s", path, strerror(errno));
}

ce_status ce_file_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                      ce_error *err)
{
    const ce_settings *s = at->settings;
    bool reads = role == CE_ROLE_RECEIVER;
    const char *position = reads ? ce_settings_text(s, "position") : NULL;
    ce_status status = CE_OK;

    (void)timeout_ms;
    if (!ce_file_is_standard(s))
        status = look_at(ce_settings_path(s), reads ? R_OK : W_OK, err);
    if (status == CE_OK && position)
        status = look_at(position, R_OK | W_OK, err);
    /* Nobody has answered. */
    return status == CE_OK ? CE_ENOTSUP : status;
}
