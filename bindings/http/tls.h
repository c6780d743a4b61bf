/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of a source: what is spoken, and client certificates, which libmicrohttpd
 * asks for and leaves to us to check. */
#ifndef CE_BINDINGS_HTTP_TLS_H
#define CE_BINDINGS_HTTP_TLS_H

#include <microhttpd.h>
#include <stdbool.h>

#include <cloudevents/error.h>

enum { CE_HTTP_PRIORITIES_MAX = 512 };

/* GnuTLS's priorities for TLS from version MIN ("1.2", "1.3") on, with CIPHERS
 * (NULL: those that GnuTLS finds good) before them. */
ce_status ce_http_tls_priorities(char out[CE_HTTP_PRIORITIES_MAX],
                                 const char *min, const char *ciphers,
                                 ce_error *err);
/* Whether the client has shown a certificate for clients that our CA has
 * signed. */
bool ce_http_tls_verified(struct MHD_Connection *c);

#endif
