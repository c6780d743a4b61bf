/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes, and the sentence that explains one. */
#ifndef CLOUDEVENTS_ERROR_H
#define CLOUDEVENTS_ERROR_H

#include <stdarg.h>

#include <cloudevents/api.h>

CE_BEGIN_DECLS

/* What functions that can fail return. 0 is success, and CE_MUST_USE makes the
 * compiler ask for the rest. */
typedef enum ce_status {
    CE_OK = 0,
    CE_ENOMEM,    /* out of memory */
    CE_EINVAL,    /* an argument, option or attribute breaks a rule */
    CE_ESYNTAX,   /* text that does not parse */
    CE_ENOTSUP,   /* understood, but not supported here */
    CE_ENOENT,    /* not there */
    CE_EAGAIN,    /* not now */
    CE_ECLOSED,   /* closed, or closing */
    CE_ETIMEDOUT, /* too late */
    CE_EIO,       /* the system or a library failed */
    CE_ETOOBIG    /* larger than a limit allows */
} ce_status;

/* The sentence that explains a status. Put one on your stack and pass it down;
 * it is filled once, where the cause is known, and stays as it was on
 * success. */
typedef struct ce_error {
    ce_status status;
    char text[256]; /* one line, lower case, names the value that was wrong */
} ce_error;

/* Records what went wrong, unless ERR is NULL, and returns STATUS. */
CE_API ce_status ce_fail(ce_error *err, ce_status status, const char *fmt, ...)
    CE_PRINTF(3, 4);
/* The same for CE_ENOMEM, whose text is always "out of memory". */
CE_API ce_status ce_no_memory(ce_error *err);
/* "CE_EINVAL" and so on. */
CE_API const char *ce_status_name(ce_status status);

CE_END_DECLS

#endif
