/* SPDX-License-Identifier: Apache-2.0 */
/* Where inboxes lie: $STATE_DIRECTORY, else $XDG_STATE_HOME/cebridge, else
 * ~/.local/state/cebridge, with one folder per route. */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cloudevents/alloc.h>

static ce_status make_all(char *path, ce_error *err)
{
    for (char *slash = path + 1;; slash++) {
        char kept = *slash;

        if (kept && kept != '/')
            continue;
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return ce_fail(err, CE_EIO, "%s: %s", path, strerror(errno));
        *slash = kept;
        if (!kept)
            return CE_OK;
    }
}

static const char *variable(const char *name)
{
    const char *text = getenv(name);

    return text && text[0] ? text : NULL;
}

static ce_status base(ce_buf *out, ce_error *err)
{
    const char *dir = variable("STATE_DIRECTORY");
    ce_status status;

    if (dir)
        /* systemd may give several; the first is as good as any. */
        status = ce_buf_append(out, (ce_slice){ dir, strcspn(dir, ":") });
    else if ((dir = variable("XDG_STATE_HOME")))
        status = ce_buf_printf(out, "%s/cebridge", dir);
    else if ((dir = variable("HOME")))
        status = ce_buf_printf(out, "%s/.local/state/cebridge", dir);
    else
        return ce_fail(err, CE_EIO,
                       "no place for the inbox: neither STATE_DIRECTORY, "
                       "XDG_STATE_HOME nor HOME is set");
    return status == CE_OK ? CE_OK : ce_fail(err, CE_ENOMEM, "out of memory");
}

ce_status ce_route_inbox_dir(const ce_route_plan *r, char **out, ce_error *err)
{
    ce_buf dir = { 0 };
    ce_status status = CE_OK;

    if (r->inbox)
        status = ce_buf_append(&dir, ce_slice_of(r->inbox));
    else if ((status = base(&dir, err)) == CE_OK)
        status = ce_buf_printf(&dir, "/%s", r->state);
    if (status == CE_OK)
        status = ce_buf_byte(&dir, '\0');
    if (status == CE_ENOMEM)
        ce_fail(err, CE_ENOMEM, "out of memory");
    if (status == CE_OK)
        status = make_all(dir.ptr, err);
    if (status != CE_OK)
        ce_buf_free(&dir);
    *out = dir.ptr;
    return status;
}
