/* SPDX-License-Identifier: Apache-2.0 */
/* An event as a request, and its response as a result. */
#ifndef CE_BINDINGS_HTTP_TRANSFER_H
#define CE_BINDINGS_HTTP_TRANSFER_H

#include "bindings/http/exchange.h"
#include "bindings/http/http.h"

/* Set DONE and the MULTI of the connection of EXCHANGE, and SENDER. */
typedef struct ce_http_transfer ce_http_transfer;
struct ce_http_transfer {
    ce_http_exchange exchange;
    ce_http_target *target;
    struct http_sender *sender;
    ce_queue events; /* that are sent; the owner's to fill and to empty */
    unsigned count;  /* of them; 0: free */
    ce_arena *arena; /* of this request */
    ce_buf batch;    /* the body of several */
    ce_buf packed;   /* a body with gzip: of the request, then of the reply */
    ce_http_reader reader; /* of the response */
    ce_http_coding coding; /* of its body */
    ce_buf body;           /* as much of it as is kept */
    bool cut;              /* there was more */
    size_t discarded;      /* of that */
    uint32_t retry_after_ms;
    ce_link link; /* of those that are free */
};

ce_status ce_http_transfer_open(ce_http_transfer *t, ce_http_target *target);
void ce_http_transfer_close(ce_http_transfer *t);
/* Begins to send the events. CE_ENOMEM and CE_EIO: not now; anything else: they
 * can never be written as this request, for the reason in ERR. */
ce_status ce_http_transfer_begin(ce_http_transfer *t, ce_error *err);
/* Call when the exchange has ended with END. What the response means for the
 * events; *REPLY is filled where the target wants replies. Both live until
 * the next begin. */
ce_result ce_http_transfer_result(ce_http_transfer *t, ce_http_end end,
                                  ce_message *reply);
/* The time that a Retry-After asks to wait: at most ten minutes; 0: it does not
 * say. */
uint32_t ce_http_retry_after_ms(ce_slice value);

#endif
