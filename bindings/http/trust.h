/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a sink needs for TLS. libcurl reads them for each connection,
 * which is late to find that they are of no use. */
#ifndef CE_BINDINGS_HTTP_TRUST_H
#define CE_BINDINGS_HTTP_TRUST_H

#include <cloudevents/settings.h>

/* Refuses files for TLS where there is none. */
ce_status ce_http_trust_check(const ce_settings *s, ce_error *err);
/* Reads the files that S names, and forgets them. */
ce_status ce_http_trust_read(const ce_settings *s, ce_error *err);

#endif
