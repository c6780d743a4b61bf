/* SPDX-License-Identifier: Apache-2.0 */
/* When a step of a TLS handshake is made: when its client has written, and its
 * address has its turn. libmicrohttpd would make all steps of all clients in
 * one run, and looks again and again at those that wait for their clients. */
#ifndef CE_BINDINGS_HTTP_HANDSHAKE_H
#define CE_BINDINGS_HTTP_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

struct ce_http_peer;

/* Zeroed: it has not begun. */
typedef struct ce_http_handshake {
    uint64_t begun_ns; /* a step is being made since; 0: none */
} ce_http_handshake;

/* Call for a new connection with TLS. */
void ce_http_handshake_begin(struct ce_http_peer *p);
/* Call when its connection is closed. */
void ce_http_handshake_close(struct ce_http_peer *p);

#endif
