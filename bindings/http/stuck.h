/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in which libmicrohttpd 0.9.75 loses its way. */
#ifndef CE_BINDINGS_HTTP_STUCK_H
#define CE_BINDINGS_HTTP_STUCK_H

#include "bindings/http/peers.h"
#include "bindings/http/requests.h"

/* Call after each MHD_run: looks at the requests that it has opened, for the
 * library parses a query in the call that opens its request. Where the
 * parameters of a query do not fit into its memory, the library neither answers
 * nor closes: such requests are answered with 414, and their connections are
 * ended. */
void ce_http_stuck_end(ce_http_requests *q);
/* Call now and then, and more often while the library asks for one run after
 * the other: a line between chunks that is longer than its buffer is why it
 * does so without end. Who sends one is answered with 400, and the connection
 * is ended. */
void ce_http_stuck_end_lines(ce_http_peers *all);
/* The same of one of a crowd: call when a run has found nothing of P, which had
 * its turn. True: it is ended. */
bool ce_http_stuck_end_line(ce_http_peer *p);

#endif
