/* SPDX-License-Identifier: Apache-2.0 */
/* The open requests of one daemon, between libmicrohttpd and the handler. */
#ifndef CE_BINDINGS_HTTP_REQUESTS_H
#define CE_BINDINGS_HTTP_REQUESTS_H

#include <microhttpd.h>

#include "bindings/http/daemon.h"

typedef struct ce_http_requests {
    const ce_http_daemon_config *config;
    bool quiet;                         /* new ones are answered with 503 */
    struct ce_http_open_request *first; /* the newest */
    unsigned heads;             /* so many of them were not offered yet */
    struct MHD_Response *empty; /* shared by all answers without a body */
    uint64_t moves;             /* what the library has called for */
} ce_http_requests;

/* Set CONFIG first. */
ce_status ce_http_requests_open(ce_http_requests *q, ce_error *err);
/* Call when no request is open. Accepts what was never opened. */
void ce_http_requests_close(ce_http_requests *q);
/* Answers with 503 what is not complete, and all that comes from now on. */
void ce_http_requests_stop(ce_http_requests *q);
/* Of those of MEMBER: answers with 503 what is not complete. */
void ce_http_requests_refuse_of(ce_http_requests *q, const void *member);
/* Of those of MEMBER: answers with 503 what has no answer, and lets the handler
 * know that they are gone. */
void ce_http_requests_forget(ce_http_requests *q, const void *member);
/* Answers all that are open with 503: none may be suspended when the daemon
 * stops. */
void ce_http_requests_refuse(ce_http_requests *q);
/* For ce_http_peers: answers R with 408; frees R, whose connection is
 * closed. */
void ce_http_requests_slow(struct ce_http_open_request *r);
void ce_http_requests_lost(struct ce_http_open_request *r);
/* The callbacks for MHD_OPTION_URI_LOG_CALLBACK, requests, and their end; their
 * argument is the ce_http_requests. */
void *ce_http_requests_open_one(void *requests, const char *target,
                                struct MHD_Connection *c);
enum MHD_Result ce_http_requests_take(void *requests, struct MHD_Connection *c,
                                      const char *url, const char *method,
                                      const char *version, const char *upload,
                                      size_t *upload_len, void **context);
void ce_http_requests_over(void *requests, struct MHD_Connection *c,
                           void **context,
                           enum MHD_RequestTerminationCode code);

#endif
