/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that a daemon listens on. */
#ifndef CE_BINDINGS_HTTP_LISTEN_H
#define CE_BINDINGS_HTTP_LISTEN_H

#include "bindings/http/daemon.h"

/* Listens at host and port of C; *OUT is the descriptor, which the caller
 * closes. ERR says where, and why not. */
ce_status ce_http_listen(const ce_http_daemon_config *c, int *out,
                         ce_error *err);
/* The port that FD listens on. */
unsigned ce_http_listen_port(int fd);

#endif
