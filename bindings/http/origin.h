/* SPDX-License-Identifier: Apache-2.0 */
/* How a webhook sender calls itself: a DNS expression. */
#ifndef CE_BINDINGS_HTTP_ORIGIN_H
#define CE_BINDINGS_HTTP_ORIGIN_H

#include <cloudevents/slice.h>

enum { CE_HTTP_ORIGIN_MAX = 253 };

/* Letters, digits, '-', '_' and '.', not at its ends. */
bool ce_http_origin_is_valid(ce_slice name);

#endif
