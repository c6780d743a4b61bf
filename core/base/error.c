/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the caller's error with one line. */
#include <cloudevents/error.h>

#include <stdio.h>
#include <string.h>

static void one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = ' ';
}

/* A text that was cut must not end inside a character. */
static void cut(char *text, size_t len)
{
    size_t end = len;

    while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xc0) {
        unsigned char lead = (unsigned char)text[end - 1];
        size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

        if (len - (end - 1) < want)
            text[end - 1] = '\0';
    }
}

ce_status ce_fail(ce_error *err, ce_status status, const char *fmt, ...)
{
    /* The arguments may point into ERR. */
    char text[sizeof err->text];
    va_list args;
    int len;

    if (!err)
        return status;
    va_start(args, fmt);
    len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len >= (int)sizeof text)
        cut(text, sizeof text - 1);
    one_line(text);
    err->status = status;
    strcpy(err->text, text);
    return status;
}

ce_status ce_no_memory(ce_error *err)
{
    return ce_fail(err, CE_ENOMEM, "out of memory");
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
        [CE_ETOOBIG] = "CE_ETOOBIG",
    };

    if ((unsigned)status >= sizeof names / sizeof *names)
        return "unknown status";
    return names[status];
}
