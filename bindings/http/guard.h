/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that two servers may read in two ways. */
#ifndef CE_BINDINGS_HTTP_GUARD_H
#define CE_BINDINGS_HTTP_GUARD_H

#include <microhttpd.h>

#include <cloudevents/error.h>

/* The defect of a length that has more digits than any body: its status is 413,
 * that of all others 400. */
extern const char ce_http_too_long[];

/* Returns what is wrong with the head of the request, or NULL. METHOD and
 * VERSION are the pointers that libmicrohttpd gave to the handler,
 * BEHIND_TARGET points behind the target's NUL. */
const char *ce_http_guard(struct MHD_Connection *c, const char *method,
                          const char *behind_target, const char *version);
/* The same of the headers alone, which may not all be here. */
const char *ce_http_guard_fields(struct MHD_Connection *c);
/* The same of the trailer, behind the chunks of a body. */
const char *ce_http_guard_trailer(struct MHD_Connection *c);
/* Returns what is wrong with the target as it came, or NULL. */
const char *ce_http_guard_target(const char *target);

#endif
