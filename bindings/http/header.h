/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute values in HTTP headers: HTTP binding 1.0, 3.1.3.2. */
#ifndef CE_BINDINGS_HTTP_HEADER_H
#define CE_BINDINGS_HTTP_HEADER_H

#include <cloudevents/slice.h>

/* Percent-encodes what a header value may not carry. *OUT borrows TEXT when
 * nothing has to change, else it lives in ARENA. CE_OK or CE_ENOMEM. */
ce_status ce_header_encode(ce_slice text, ce_arena *arena, ce_slice *out);
/* Undoes quoting and percent-encoding; *OUT borrows VALUE when there is
 * neither, else it lives in ARENA. CE_ESYNTAX: a quote is not closed, "%" is
 * without two digits, or the result is no UTF-8. */
ce_status ce_header_decode(ce_slice value, ce_arena *arena, ce_slice *out,
                           ce_error *err);

#endif
