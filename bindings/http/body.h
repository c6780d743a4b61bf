/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request: collected piece by piece, unpacked at its end.
 *
 * Only bytes that have come take memory. All bodies that are on their way share
 * a bounded room. When it is full, the largest body of the address that holds
 * most gives way, so that a client that fills the room loses its own bodies. */
#ifndef CE_BINDINGS_HTTP_BODY_H
#define CE_BINDINGS_HTTP_BODY_H

#include <cloudevents/pipeline.h>

#include "bindings/http/gzip.h"

typedef struct ce_http_body ce_http_body;
/* Answers the request of B, which loses its body. */
typedef void ce_http_body_fn(ce_http_body *b);

/* What the bodies of one receiver share. The first three are the owner's to
 * set. */
typedef struct ce_http_bodies {
    size_t max_bytes; /* of one, packed or not */
    size_t room;      /* for all that are on their way */
    ce_http_body_fn *give_way;
    size_t held; /* of the room */
    ce_http_body *first;
    ce_http_gzip gzip;
    ce_buf unpacked; /* of the one that is unpacked just now */
} ce_http_bodies;

struct ce_http_body {
    ce_http_bodies *all;
    size_t *held_by_sender;
    ce_http_coding coding;
    ce_buf bytes;
    bool is_on_its_way; /* its bytes count */
    ce_http_body *before, *after;
};

/* Begins the body of R. Call ce_http_body_drop in the end. */
void ce_http_body_begin(ce_http_body *b, ce_http_bodies *all,
                        const ce_http_request *r);
/* Copies PIECE. CE_ETOOBIG: there are more than MAX_BYTES now. CE_EAGAIN: there
 * is no room. */
ce_status ce_http_body_append(ce_http_body *b, ce_slice piece, ce_error *err);
/* Call when all of it is here: it leaves the room, and its bytes are charged to
 * D. *OUT is what the sender has written, without its coding; it lives until B
 * is dropped and D is given back. CE_ESYNTAX: it is not what Content-Encoding
 * says; CE_ETOOBIG: unpacked it is too large. */
ce_status ce_http_body_end(ce_http_body *b, ce_delivery *d, ce_slice *out,
                           ce_error *err);
/* Frees its bytes. Harmless when it was dropped before. */
void ce_http_body_drop(ce_http_body *b);
/* Accepts what was zeroed and never used. */
void ce_http_bodies_close(ce_http_bodies *all);

#endif
