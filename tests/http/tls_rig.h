/* SPDX-License-Identifier: Apache-2.0 */
/* An https receiver with a certificate of its own, and clients that shake hands
 * with it while the rig's loop runs. */
#ifndef CE_TESTS_HTTP_TLS_RIG_H
#define CE_TESTS_HTTP_TLS_RIG_H

#include <gnutls/gnutls.h>

#include "tests/http/raw_client.h"

typedef struct tls_client {
    client raw;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
} tls_client;

/* QUERY is "" or "&name=value...". */
void tls_start_receiver(rig *r, const char *query);
/* Removes the files of the receiver. */
void tls_remove_files(void);

/* The first message of a client. */
ce_slice tls_hello(void);

/* Connects only. PRIORITIES: of GnuTLS. */
void tls_open(tls_client *c, rig *r, const char *priorities);
/* Whether the handshake comes to its end. */
bool tls_shakes_hands(tls_client *c);
void tls_send(tls_client *c, const char *text);
/* The status of the next answer; 0: the connection ended without. */
int tls_answer(tls_client *c);
void tls_close(tls_client *c);

#endif
