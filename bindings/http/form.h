/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a target: RFC 9112, section 3.2. */
#ifndef CE_BINDINGS_HTTP_FORM_H
#define CE_BINDINGS_HTTP_FORM_H

#include "bindings/http/daemon.h"

/* Cuts an absolute target down to its path. The authority is not looked at: who
 * connects here means this server. Returns what is wrong with the target, or
 * NULL. */
const char *ce_http_form_read(ce_http_request *r);
/* Counts the parameters of the query as the library does: an empty one at the
 * end is none. */
unsigned ce_http_form_parameters(const char *target);
/* Returns whether TEXT may be the value of Host. */
bool ce_http_is_host(ce_slice text);

#endif
