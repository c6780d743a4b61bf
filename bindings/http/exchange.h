/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its response at a time, over a connection that is kept. */
#ifndef CE_BINDINGS_HTTP_EXCHANGE_H
#define CE_BINDINGS_HTTP_EXCHANGE_H

#include "bindings/http/connection.h"
#include "bindings/http/response.h"

/* How an exchange ended. */
typedef enum ce_http_end {
    CE_HTTP_ANSWERED,      /* with a response from its first to its last byte */
    CE_HTTP_CUT,           /* it may be processed. A status that came counts */
    CE_HTTP_NOT_CONNECTED, /* nothing was sent: the target is away */
    CE_HTTP_NO_MEMORY      /* nothing was sent */
} ce_http_end;

typedef struct ce_http_exchange ce_http_exchange;
struct ce_http_exchange {
    /* The owner's to set. */
    ce_http_connection connection; /* MULTI and TARGET */
    const ce_http_response_ops *ops;
    /* The exchange is over, and can begin again. */
    void (*done)(ce_http_exchange *x, ce_http_end end);
    bool waits_for_body; /* a body is worth the whole timeout */
    ce_buf head;         /* of the request, and perhaps its body */
    ce_slice body;       /* else it is here */
    bool expects;        /* HEAD says "Expect: 100-continue" */

    ce_http_response response;
    const char *failure; /* of a response that is cut, or of the connection */
    ce_slice head_left, body_left;
    enum {
        CE_HTTP_IDLE,
        CE_HTTP_CONNECTING,
        CE_HTTP_SENDING,
        CE_HTTP_READING
    } step;
    bool held;   /* the body waits for a response of status 100 */
    bool reused; /* the connection has served before */
    bool heard;  /* something of the response has come */
    ce_timer timer;
    uint64_t deadline_ms, idle_since_ms;
};

/* Sends what the owner has set; it lives until DONE is called, which is never
 * done from here. */
void ce_http_exchange_begin(ce_http_exchange *x);
/* Whether the whole request is written: only then has the server had it. */
bool ce_http_exchange_is_sent(const ce_http_exchange *x);
/* Ends the exchange and its connection without a call of DONE. */
void ce_http_exchange_break(ce_http_exchange *x);
/* Breaks and frees. */
void ce_http_exchange_close(ce_http_exchange *x);

#endif
