/* SPDX-License-Identifier: Apache-2.0 */
/* What has gone over a socket. */
#ifndef CE_BINDINGS_HTTP_TRAFFIC_H
#define CE_BINDINGS_HTTP_TRAFFIC_H

#include <stdbool.h>

/* Whether the client of the socket FD has written something, has not ended its
 * side, and was never written to. False where the system does not say. */
bool ce_http_traffic_is_one_way(int fd);

#endif
