/* SPDX-License-Identifier: Apache-2.0 */
/* When a step of a TLS handshake is made: when its client has written, and its
 * address has its turn. libmicrohttpd would make all steps of all clients in
 * one run, and looks again and again at those that wait for their clients. */
#ifndef CE_BINDINGS_HTTP_HANDSHAKE_H
#define CE_BINDINGS_HTTP_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

struct ce_http_peer;
struct ce_http_peers;

/* Zeroed: it has not begun. */
typedef struct ce_http_handshake {
    uv_poll_t *poll;   /* while it is suspended until its client writes */
    uint64_t begun_ns; /* a step is being made since; 0: none */
    uint64_t idle_ms;  /* its client has not written since */
} ce_http_handshake;

/* Call for a new connection with TLS. */
void ce_http_handshake_begin(struct ce_http_peer *p);
/* Whether its client has been silent for as long as it may be. */
bool ce_http_handshake_is_idle(const struct ce_http_peer *p, uint64_t now);
/* Lets those go on that wait for their clients. Call after ce_http_turns_end:
 * none may be suspended when the daemon stops. */
void ce_http_handshakes_end(struct ce_http_peers *all);
/* Call when its connection is closed. */
void ce_http_handshake_close(struct ce_http_peer *p);

#endif
