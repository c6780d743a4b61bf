/* SPDX-License-Identifier: Apache-2.0 */
/* The check of line ends for libmicrohttpd 0.9.75, which does not judge them.
 * It reads where the library's buffer keeps the head, so it is compiled for
 * that version only, and has to prove itself before it is used. */
#ifndef CE_BINDINGS_HTTP_OLD_LINES_H
#define CE_BINDINGS_HTTP_OLD_LINES_H

#include <stdbool.h>

#include <microhttpd.h>

/* Returns whether the library at hand is 0.9.75, and the check has accepted and
 * refused known heads as it should. Takes about a millisecond. */
bool ce_http_old_lines_prove(void);
/* Call only when it is proven. Returns what is wrong with the lines, or
 * NULL. */
const char *ce_http_old_lines_look(struct MHD_Connection *c, const char *method,
                                   const char *behind_target,
                                   const char *version);

#endif
