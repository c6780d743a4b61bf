/* SPDX-License-Identifier: Apache-2.0 */
/* What names and values of headers may hold: RFC 9110, section 5. */
#ifndef CE_BINDINGS_HTTP_FIELD_H
#define CE_BINDINGS_HTTP_FIELD_H

#include <cloudevents/slice.h>

/* One or more of the characters of a token. */
bool ce_http_is_token(ce_slice text);
/* No control character but the tab: it cannot end the header. */
bool ce_http_is_value(ce_slice text);

#endif
