/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of a source: what is spoken, what is shown, and client certificates,
 * which libmicrohttpd asks for and leaves to us to check. The files are read
 * again when they change; connections stay as they are. */
#ifndef CE_BINDINGS_HTTP_TLS_H
#define CE_BINDINGS_HTTP_TLS_H

#include <microhttpd.h>
#include <stdbool.h>

#include <cloudevents/loop.h>
#include <cloudevents/settings.h>

#include "bindings/http/identity.h"

enum { CE_HTTP_PRIORITIES_MAX = 512, CE_HTTP_TLS_FILES = 3 };

/* When, and which file: NULL and zeros without one. */
typedef struct ce_http_stamp {
    char *path;
    uint64_t inode, size;
    int64_t seconds, nanoseconds;
} ce_http_stamp;

typedef struct ce_http_tls {
    ce_loop *loop;                          /* NULL: not watched */
    ce_http_stamp files[CE_HTTP_TLS_FILES]; /* certificate, key, authority */
    ce_http_identity *identity;             /* NULL: no TLS */
    unsigned edition;                       /* of it */
    bool is_old;                            /* it is not what the files say */
    char *ca; /* the authority as it was at first, or NULL */
    char priorities[CE_HTTP_PRIORITIES_MAX]; /* of GnuTLS */
    ce_timer timer;
} ce_http_tls;

/* Reads what S says, and the files that it names. */
ce_status ce_http_tls_open(ce_http_tls *t, const ce_settings *s, ce_error *err);
/* From now on the files are looked at again on LOOP, and T stays in its
 * place. */
void ce_http_tls_watch(ce_http_tls *t, ce_loop *loop);
/* Accepts what was zeroed and never used. */
void ce_http_tls_close(ce_http_tls *t);
/* NULL: C is without TLS. */
gnutls_session_t ce_http_tls_session(struct MHD_Connection *c);
/* What was read of the socket of C, and not by the library. */
size_t ce_http_tls_pending(struct MHD_Connection *c);
/* The gnutls_certificate_retrieve_function3 for
 * MHD_OPTION_HTTPS_CERT_CALLBACK2. */
gnutls_certificate_retrieve_function3 ce_http_tls_show;
/* What was found of the client of a connection; zero at first. */
typedef struct ce_http_finding {
    const ce_http_tls *tls;
    bool finished;      /* the client's part of the handshake is over */
    unsigned edition;   /* of the identity that has judged; 0: none has */
    uint64_t judged_ms; /* when */
    bool is_good;
} ce_http_finding;

/* Call for each new connection: its handshake shows what T holds. F lives as
 * long as C. */
void ce_http_tls_begin(const ce_http_tls *t, ce_http_finding *f,
                       struct MHD_Connection *c);
/* Whether T wants no certificate of clients, or the one of C is good. F is C's:
 * it is judged again when the files were, and when it may have expired. */
bool ce_http_tls_admits(const ce_http_tls *t, ce_http_finding *f,
                        struct MHD_Connection *c);

#endif
