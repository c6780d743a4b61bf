/* SPDX-License-Identifier: Apache-2.0 */
/* A request between libmicrohttpd and the handler. Its fields are requests.c's
 * to set. */
#ifndef CE_BINDINGS_HTTP_OPEN_REQUEST_H
#define CE_BINDINGS_HTTP_OPEN_REQUEST_H

#include "bindings/http/peers.h"
#include "bindings/http/requests.h"

typedef struct ce_http_open_request ce_http_open_request;
struct ce_http_open_request {
    ce_http_request face;
    ce_http_requests *all;
    struct MHD_Connection *connection;
    ce_http_peer *peer;
    struct MHD_Response *response; /* NULL: not answered */
    const char *behind_target;     /* behind its NUL, in the library's buffer */
    const char *defect;            /* of the target */
    unsigned status;
    unsigned parameters; /* of the query, as they have to be parsed */
    bool is_new;         /* opened in this run of the library */
    size_t dropped;      /* bytes of the body since an early answer */
    bool offered;        /* the library has shown it, if only to wait */
    bool in_head;        /* the handler is looking at the head */
    bool begun;          /* the handler has to hear that it is gone */
    bool early;          /* answered past the library */
    bool doomed;         /* the library refuses it without asking */
    bool is_last;        /* nothing is served behind it */
    bool ended;          /* all of it is here */
    bool suspended;      /* the library leaves its connection alone */
    bool close;          /* the connection ends with the answer */
    ce_http_open_request *before, *after;
};

/* Refuses R, whose head has this defect, and counts it: 400 is malformed, any
 * other STATUS too large. */
void ce_http_request_refuse(ce_http_open_request *r, unsigned status,
                            const char *defect);

#endif
