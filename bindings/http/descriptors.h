/* SPDX-License-Identifier: Apache-2.0 */
/* Each connection needs one of the process's descriptors. */
#ifndef CE_BINDINGS_HTTP_DESCRIPTORS_H
#define CE_BINDINGS_HTTP_DESCRIPTORS_H

/* How many of WANTED connections leave some of FILES to the others: sinks,
 * brokers, stores, and connections that linger. */
unsigned ce_http_connections_within(unsigned long files, unsigned wanted);

#endif
