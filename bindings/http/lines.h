/* SPDX-License-Identifier: Apache-2.0 */
/* How the lines of a head ended: RFC 9112 2.2 and 5.2 refuse bare LF, lone CR,
 * NUL and folded lines.
 *
 * libmicrohttpd judges this by itself from 0.9.77.1 on, by its discipline
 * level. Older versions do not, and nothing in their public interface shows it.
 * For the one that was tested, 0.9.75, there is a check that reads where the
 * library's own buffer keeps the head. It is compiled for that version only,
 * used with that version only, and proven once in each process: it has to
 * accept and refuse known heads. If it does not, it is off, and a warning says
 * so. */
#ifndef CE_BINDINGS_HTTP_LINES_H
#define CE_BINDINGS_HTTP_LINES_H

#include <stdbool.h>

#include <microhttpd.h>

/* Call before the first request. The first call proves the check. Returns
 * whether lines that end wrongly are refused, by the library or by the check.
 * Any thread. */
bool ce_http_lines_open(void);
/* Returns what is wrong with the lines, or NULL, also where the check is off.
 * The arguments are those of ce_http_guard. */
const char *ce_http_lines_look(struct MHD_Connection *c, const char *method,
                               const char *behind_target, const char *version);
/* Whether nothing may be served on a connection behind a body in chunks,
 * because the library does not judge the lines between them. */
bool ce_http_lines_end_with_chunks(void);
/* Appends to the daemon's options what makes the library strict. */
struct MHD_OptionItem ce_http_lines_option(void);

#endif
