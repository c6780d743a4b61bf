/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a request, for templates and dead letters. */
#ifndef CE_BINDINGS_HTTP_HEADERS_H
#define CE_BINDINGS_HTTP_HEADERS_H

#include <cloudevents/event.h>

#include "bindings/http/daemon.h"

/* Appends copies of all headers but those that prove who the sender is. */
ce_status ce_http_copy_headers(const ce_http_request *r, ce_arena *arena,
                               ce_attrs *out);

#endif
