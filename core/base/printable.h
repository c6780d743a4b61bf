/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of peers where people read them. */
#ifndef CE_CORE_BASE_PRINTABLE_H
#define CE_CORE_BASE_PRINTABLE_H

/* Makes TEXT, in place, one line that a terminal shows as it stands: control
 * characters (also C1), line separators and marks that change the direction of
 * text become spaces, and bytes that are no UTF-8 '?'. */
void ce_printable(char *text);

#endif
