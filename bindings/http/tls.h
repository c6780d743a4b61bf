/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of a source: what is spoken, and client certificates, which libmicrohttpd
 * asks for and leaves to us to check. */
#ifndef CE_BINDINGS_HTTP_TLS_H
#define CE_BINDINGS_HTTP_TLS_H

#include <microhttpd.h>
#include <stdbool.h>

#include <cloudevents/settings.h>

enum { CE_HTTP_PRIORITIES_MAX = 512 };

typedef struct ce_http_tls {
    char *cert, *key, *ca; /* PEM texts; CERT NULL: no TLS; CA may be NULL */
    char priorities[CE_HTTP_PRIORITIES_MAX]; /* of GnuTLS */
} ce_http_tls;

/* Reads what S says, and the files that it names. */
ce_status ce_http_tls_open(ce_http_tls *t, const ce_settings *s, ce_error *err);
/* Accepts what was zeroed and never used. */
void ce_http_tls_close(ce_http_tls *t);
/* Whether the client has shown a certificate for clients that our CA has
 * signed. */
bool ce_http_tls_verified(struct MHD_Connection *c);

#endif
