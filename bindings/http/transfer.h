/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request at a time over a kept easy handle of libcurl. */
#ifndef CE_BINDINGS_HTTP_TRANSFER_H
#define CE_BINDINGS_HTTP_TRANSFER_H

#include "bindings/http/http.h"
#include "bindings/http/target.h"

typedef struct ce_http_transfer ce_http_transfer;
struct ce_http_transfer {
    ce_http_target *target;
    CURL *easy;
    ce_delivery *d;  /* that is sent; NULL: free */
    ce_arena *arena; /* of this request */
    struct curl_slist *last, *headers;
    ce_buf packed;         /* the body of the request, with gzip */
    ce_http_reader reader; /* of the response */
    ce_buf body;           /* of the response */
    bool cut;              /* there was more of it than we keep */
    char error[CURL_ERROR_SIZE];
    ce_link link; /* of those that are free */
};

ce_status ce_http_transfer_open(ce_http_transfer *t, ce_http_target *target);
void ce_http_transfer_close(ce_http_transfer *t);
/* Prepares the handle for D; add it to a ce_http_multi to send it. D stays the
 * caller's. CE_ENOMEM and CE_EIO: not now; anything else: D can never be
 * written as a request. */
ce_status ce_http_transfer_begin(ce_http_transfer *t, ce_delivery *d);
/* Call when the transfer has ended with CODE. What the response means for the
 * delivery; *REPLY is filled where the target wants replies. Both live until
 * the next begin. */
ce_result ce_http_transfer_result(ce_http_transfer *t, CURLcode code,
                                  ce_message *reply);
/* How long the response of EASY asks to wait: its Retry-After, but at most ten
 * minutes; 0: it does not say. */
uint32_t ce_http_retry_after_ms(CURL *easy);
/* Whether CODE says that there was no connection at all: D has not arrived. */
bool ce_http_is_connect_failure(CURLcode code);

#endif
