/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that go out while their request is still on its way. */
#ifndef CE_BINDINGS_HTTP_EARLY_H
#define CE_BINDINGS_HTTP_EARLY_H

#include <microhttpd.h>

#include "bindings/http/daemon.h"

/* Sends A past libmicrohttpd and ends our side of the connection, so that the
 * client sees answer and end at once. The other side stays open: what the
 * client still writes has to be read and dropped (RFC 9112 9.6). Call only when
 * nothing else has been written for this request. R is NULL where there is none
 * yet; an answer to HEAD has no body. */
void ce_http_early_send(struct MHD_Connection *c, const ce_http_request *r,
                        const ce_http_answer *a);
/* The same of a problem where there is no request yet. */
void ce_http_early_refuse(struct MHD_Connection *c, unsigned status,
                          const char *detail);

#endif
