/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses a stranger may make us call. */
#ifndef CE_BINDINGS_HTTP_ADDRESS_H
#define CE_BINDINGS_HTTP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Whether it is an address of the public Internet: not of this host, also where
 * that is a public one, of a private network, reserved, or for many. */
bool ce_http_address_is_public(const struct sockaddr *at);

#endif
