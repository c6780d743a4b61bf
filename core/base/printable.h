/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of peers where people read them. */
#ifndef CE_CORE_BASE_PRINTABLE_H
#define CE_CORE_BASE_PRINTABLE_H

#include <cloudevents/slice.h>

/* Makes TEXT, in place, one line that a terminal shows as it stands: control
 * characters (also C1), line separators and marks that change the direction of
 * text become spaces, and bytes that are no UTF-8 '?'. */
void ce_printable(char *text);
/* Appends TEXT in the same way; KEPT are control characters that stay, such as
 * "\n\t". CE_ENOMEM is the only failure. */
ce_status ce_printable_add(ce_slice text, const char *kept, ce_buf *out);
/* Appends valid JSON that means the same: what a terminal would not show as it
 * stands are escapes. */
ce_status ce_printable_json(ce_slice json, ce_buf *out);

#endif
