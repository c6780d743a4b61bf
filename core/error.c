/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the caller's error with one line. */
#include <cloudevents/error.h>

#include <stdio.h>

static void one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = ' ';
}

ce_status ce_fail(ce_error *err, ce_status status, const char *fmt, ...)
{
    va_list args;

    if (!err)
        return status;
    err->status = status;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    one_line(err->text);
    return status;
}

const char *ce_status_name(ce_status status)
{
    static const char *const names[] = {
        [CE_OK] = "CE_OK",
        [CE_ENOMEM] = "CE_ENOMEM",
        [CE_EINVAL] = "CE_EINVAL",
        [CE_ESYNTAX] = "CE_ESYNTAX",
        [CE_ENOTSUP] = "CE_ENOTSUP",
        [CE_ENOENT] = "CE_ENOENT",
        [CE_EAGAIN] = "CE_EAGAIN",
        [CE_ECLOSED] = "CE_ECLOSED",
        [CE_ETIMEDOUT] = "CE_ETIMEDOUT",
        [CE_EIO] = "CE_EIO",
    };

    if ((unsigned)status >= sizeof names / sizeof *names)
        return "unknown status";
    return names[status];
}
