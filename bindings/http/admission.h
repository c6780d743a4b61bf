/* SPDX-License-Identifier: Apache-2.0 */
/* What is said to a request before any of its body is read. */
#ifndef CE_BINDINGS_HTTP_ADMISSION_H
#define CE_BINDINGS_HTTP_ADMISSION_H

#include "bindings/http/auth.h"
#include "bindings/http/cors.h"
#include "bindings/http/webhook.h"

typedef struct ce_http_admission {
    char *path;               /* where events are taken; "/": anywhere */
    size_t max_bytes;         /* of a body */
    ce_http_auth auth;        /* who may send */
    ce_http_webhook *webhook; /* NULL: no webhooks */
    ce_http_cors *cors;       /* NULL: no pages in browsers */
    const char *health_path;  /* NULL: none */
    /* What is said there; the owner's to set. */
    bool (*is_ready)(void *arg);
    void *arg;
} ce_http_admission;

/* Reads what S says of it. Close A also when this fails. */
ce_status ce_http_admission_open(ce_http_admission *a, ce_loop *loop,
                                 const ce_settings *s, ce_error *err);
/* Accepts what was zeroed and never opened. */
void ce_http_admission_close(ce_http_admission *a);
/* Call with the head of a request. True: R is answered already, with the
 * reason, with consent to webhooks, or with how the source feels. False: R may
 * bring its event. */
bool ce_http_admission_refuses(ce_http_admission *a, ce_http_request *r);

#endif
