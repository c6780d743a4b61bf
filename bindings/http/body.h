/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request: collected piece by piece, unpacked at its end. */
#ifndef CE_BINDINGS_HTTP_BODY_H
#define CE_BINDINGS_HTTP_BODY_H

#include <cloudevents/pipeline.h>

#include "bindings/http/gzip.h"

/* What the bodies of one receiver share. MAX_BYTES is the owner's to set. */
typedef struct ce_http_bodies {
    size_t max_bytes; /* of one, packed or not */
    ce_http_gzip gzip;
    ce_buf unpacked; /* of the one that is unpacked just now */
} ce_http_bodies;

typedef struct ce_http_body {
    ce_http_bodies *all;
    ce_delivery *d; /* its arena holds the bytes, its pool counts them */
    ce_http_coding coding;
    size_t expected; /* what Content-Length says; 0: nothing */
    char *bytes;
    size_t len, cap;
} ce_http_body;

/* Begins the body of R, which belongs to D. */
void ce_http_body_begin(ce_http_body *b, ce_http_bodies *all, ce_delivery *d,
                        const ce_http_request *r);
/* Copies PIECE. CE_ETOOBIG: there are more than MAX_BYTES now. */
ce_status ce_http_body_append(ce_http_body *b, ce_slice piece, ce_error *err);
/* Call when all of it is here. *OUT is what the sender has written, without
 * its coding; it lives as long as the delivery. CE_ESYNTAX: it is not what
 * Content-Encoding says; CE_ETOOBIG: unpacked it is too large. */
ce_status ce_http_body_end(ce_http_body *b, ce_slice *out, ce_error *err);
/* Accepts what was zeroed and never used. */
void ce_http_bodies_close(ce_http_bodies *all);

#endif
