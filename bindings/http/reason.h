/* SPDX-License-Identifier: Apache-2.0 */
/* What a response says for people. */
#ifndef CE_BINDINGS_HTTP_REASON_H
#define CE_BINDINGS_HTTP_REASON_H

#include <cloudevents/slice.h>

/* Returns one line, in ARENA or in BODY, that says why a request got STATUS: a
 * problem's detail or title, the title of an HTML page, the first line of a
 * text; without any of these the status alone. Empty: out of memory. */
ce_slice ce_http_reason(ce_arena *arena, unsigned status, ce_slice content_type,
                        ce_slice body);

#endif
