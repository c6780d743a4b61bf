/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers: HTTP/1.1 responses (RFC 9112), read piece by piece. */
#ifndef CE_BINDINGS_HTTP_RESPONSE_H
#define CE_BINDINGS_HTTP_RESPONSE_H

#include <stdint.h>

#include <cloudevents/slice.h>

/* Slices are valid during the call. Each may be NULL. */
typedef struct ce_http_response_ops {
    /* A status line is here: what was said before it, by an interim response,
     * counts no more. */
    void (*begin)(void *arg);
    void (*field)(void *arg, ce_slice name, ce_slice value);
    /* False: no more of the body is wanted. */
    bool (*body)(void *arg, ce_slice piece);
} ce_http_response_ops;

/* The parts of a response, in their order. */
typedef enum ce_http_response_part {
    CE_HTTP_STATUS_LINE,
    CE_HTTP_FIELDS,
    CE_HTTP_BODY, /* of a known length, or a chunk */
    CE_HTTP_CHUNK_SIZE,
    CE_HTTP_CHUNK_END,
    CE_HTTP_TRAILER,
    CE_HTTP_UNTIL_CLOSE, /* the body ends with the connection */
    CE_HTTP_COMPLETE,
    CE_HTTP_BROKEN
} ce_http_response_part;

typedef struct ce_http_response {
    const ce_http_response_ops *ops;
    void *arg;
    bool to_head; /* the request was HEAD: there is no body */

    ce_http_response_part part;
    unsigned status;    /* of the final status line, or 0 */
    bool goes_on;       /* a response of status 100 has come */
    bool has_head;      /* the final head is complete */
    bool keeps;         /* the connection can be used again, once complete */
    const char *defect; /* why it is broken */

    unsigned line_status;
    unsigned fields;
    bool is_old; /* HTTP/1.0 */
    bool closes; /* the server says that it ends the connection */
    bool chunked, has_length;
    uint64_t left; /* bytes of the body or of the chunk */
    size_t room;   /* bytes that lines may still take */
    ce_buf line;   /* that has come in part */
} ce_http_response;

/* Prepares R for the next response, and keeps its memory. */
void ce_http_response_begin(ce_http_response *r,
                            const ce_http_response_ops *ops, void *arg);
void ce_http_response_free(ce_http_response *r);
/* Takes what has come, until the response is complete or broken. Returns how
 * many bytes of IN it took. */
size_t ce_http_response_take(ce_http_response *r, ce_slice in);
/* The server has ended the connection: the response is complete or broken. */
void ce_http_response_close(ce_http_response *r);
/* The connection is broken: the response is, too, unless it is complete. */
void ce_http_response_cut(ce_http_response *r);
/* Whether nothing more is to be read. */
bool ce_http_response_is_over(const ce_http_response *r);

#endif
