/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/file/overlap.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "bindings/file/file.h"
#include "core/settings/places.h"

/* By links of either kind, too. A terminal is read and written at once. */
static bool is_one_file(const char *a, const char *b)
{
    char real[PATH_MAX], other[PATH_MAX];
    struct stat x, y;

    ce_real_path(a, real);
    ce_real_path(b, other);
    if (!strcmp(real, other))
        return true;
    return !stat(a, &x) && !stat(b, &y) && S_ISREG(x.st_mode) &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Standard input and output are two streams. */
ce_overlap ce_file_returns(const ce_settings *from, const ce_settings *to)
{
    if (ce_file_is_standard(from) || ce_file_is_standard(to))
        return CE_APART;
    return is_one_file(ce_settings_path(from), ce_settings_path(to)) ? CE_SAME
                                                                     : CE_APART;
}

/* Also what the system calls it: each of them reads what "-" would. */
static bool is_input(const ce_settings *s)
{
    static const char *const names[] = { "/dev/stdin", "/dev/fd/0",
                                         "/proc/self/fd/0" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(ce_settings_path(s), names[i]))
            return true;
    return ce_file_is_standard(s);
}

static bool is_fifo(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISFIFO(st.st_mode);
}

static ce_status append_pipe(ce_buf *out, const char *path)
{
    char real[PATH_MAX];

    ce_real_path(path, real);
    return ce_buf_printf(out, "pipe \"%s\"", real);
}

/* Two readers of one pipe get pieces of its lines. */
ce_status ce_file_name_of(ce_role role, const ce_settings *s, ce_buf *out)
{
    const char *position;

    if (role != CE_ROLE_RECEIVER)
        return CE_OK;
    position = ce_settings_text(s, "position");
    if (is_input(s))
        return ce_buf_append(out, CE_SLICE("standard input"));
    if (is_fifo(ce_settings_path(s)))
        return append_pipe(out, ce_settings_path(s));
    return position ? ce_buf_printf(out, "position \"%s\"", position) : CE_OK;
}
