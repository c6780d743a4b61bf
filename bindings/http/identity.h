/* SPDX-License-Identifier: Apache-2.0 */
/* What a server shows of itself, and which clients it believes. */
#ifndef CE_BINDINGS_HTTP_IDENTITY_H
#define CE_BINDINGS_HTTP_IDENTITY_H

#include <gnutls/abstract.h>

#include <stdbool.h>

#include <cloudevents/error.h>

typedef struct ce_http_identity ce_http_identity;

/* Reads three PEM files; CA may be NULL. Fails unless CERT begins with the
 * certificate of KEY. */
ce_status ce_http_identity_read(ce_http_identity **out, const char *cert,
                                const char *key, const char *ca, ce_error *err);
/* Accepts NULL. */
void ce_http_identity_free(ce_http_identity *i);
/* For one handshake: copies of chain and key, which are GnuTLS's to free.
 * Returns 0, or an error of GnuTLS. */
int ce_http_identity_show(const ce_http_identity *i, gnutls_pcert_st **chain,
                          unsigned *count, gnutls_privkey_t *key);
/* Whether the key that the client of SESSION has shown is one whose signatures
 * are soon checked. */
bool ce_http_identity_has_fair_key(gnutls_session_t session);
/* Whether the client of SESSION has shown a certificate for clients that CA has
 * signed. */
bool ce_http_identity_believes(const ce_http_identity *i,
                               gnutls_session_t session);

#endif
