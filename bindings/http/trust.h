/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a sink needs for TLS. libcurl reads them for each connection,
 * which is late to find that they are of no use. */
#ifndef CE_BINDINGS_HTTP_TRUST_H
#define CE_BINDINGS_HTTP_TRUST_H

#include <cloudevents/settings.h>

/* Reads the files that S names, and forgets them. */
ce_status ce_http_trust_read(const ce_settings *s, ce_error *err);

#endif
