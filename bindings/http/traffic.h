/* SPDX-License-Identifier: Apache-2.0 */
/* What has gone over a socket. */
#ifndef CE_BINDINGS_HTTP_TRAFFIC_H
#define CE_BINDINGS_HTTP_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the client of the socket FD has written something, and not ended its
 * side. False where the system does not say. */
bool ce_http_traffic_has_come(int fd);
/* How much of it was not read yet. */
uint64_t ce_http_traffic_unread(int fd);
/* How much has come altogether; 0 where the system does not say. */
uint64_t ce_http_traffic_received(int fd);
/* Whether the client of FD has written, as above, and was never written to. */
bool ce_http_traffic_is_one_way(int fd);

#endif
