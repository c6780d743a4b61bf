/* SPDX-License-Identifier: Apache-2.0 */
/* Content codings of bodies: gzip, on zlib. */
#ifndef CE_BINDINGS_HTTP_GZIP_H
#define CE_BINDINGS_HTTP_GZIP_H

#include <cloudevents/slice.h>

#include "bindings/http/daemon.h"

typedef enum ce_http_coding {
    CE_HTTP_IDENTITY,
    CE_HTTP_GZIPPED,
    CE_HTTP_UNKNOWN /* another coding, or more than one */
} ce_http_coding;

/* Adds what one header Content-Encoding says; begin with identity. */
void ce_http_coding_add(ce_http_coding *coding, ce_slice value);
/* What the Content-Encoding of a request says. */
ce_http_coding ce_http_coding_of(const ce_http_request *r);

/* Kept between bodies; zeroed it is closed. One thread at a time. */
typedef struct ce_http_gzip {
    struct z_stream_s *packer, *unpacker; /* made when they are needed */
} ce_http_gzip;

/* Frees what was kept; it may be used again. */
void ce_http_gzip_close(ce_http_gzip *g);
/* Packs IN into OUT, whose bytes before are replaced. */
ce_status ce_http_gzip_pack(ce_http_gzip *g, ce_slice in, ce_buf *out);
/* Unpacks IN into OUT, no more than MAX bytes. ERR names the rule. CE_ESYNTAX:
 * IN is not gzip from end to end; CE_ETOOBIG: there are more than MAX bytes in
 * it. */
ce_status ce_http_gzip_unpack(ce_http_gzip *g, ce_slice in, size_t max,
                              ce_buf *out, ce_error *err);

#endif
