/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys, as libmicrohttpd wants them: in memory. */
#ifndef CE_BINDINGS_HTTP_FILE_TEXT_H
#define CE_BINDINGS_HTTP_FILE_TEXT_H

#include <cloudevents/error.h>

/* The whole file, NUL-terminated; *OUT is the caller's. */
ce_status ce_http_file_text(const char *path, char **out, ce_error *err);

#endif
