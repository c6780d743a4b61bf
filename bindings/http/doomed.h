/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that libmicrohttpd refuses by itself. */
#ifndef CE_BINDINGS_HTTP_DOOMED_H
#define CE_BINDINGS_HTTP_DOOMED_H

#include "bindings/http/requests.h"

/* Call when the library logs TEXT: it does so before it refuses a request
 * without asking. Such a request is answered here instead, and the library
 * finds that it cannot send. */
void ce_http_doomed_answer(ce_http_requests *q, const char *text);

#endif
