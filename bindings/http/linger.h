/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that the server has ended, and whose clients may still write. */
#ifndef CE_BINDINGS_HTTP_LINGER_H
#define CE_BINDINGS_HTTP_LINGER_H

#include <cloudevents/loop.h>

/* Set LOOP first. */
typedef struct ce_http_lingering {
    ce_loop *loop;
    unsigned count;
    struct ce_http_lingerer *first;
} ce_http_lingering;

/* Call before the socket FD is closed, which is the caller's as before. If its
 * client has not ended its side, a duplicate is kept for a while; what the
 * client still writes is read and dropped. */
void ce_http_linger(ce_http_lingering *all, int fd);
/* Ends all of them. */
void ce_http_linger_end(ce_http_lingering *all);

#endif
