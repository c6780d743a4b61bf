/* SPDX-License-Identifier: Apache-2.0 */
/* The clients' connections of one daemon, with what libmicrohttpd does not
 * time: a request that trickles in. */
#ifndef CE_BINDINGS_HTTP_PEERS_H
#define CE_BINDINGS_HTTP_PEERS_H

#include <microhttpd.h>

#include <cloudevents/loop.h>

typedef struct ce_http_peers ce_http_peers;

typedef struct ce_http_peer ce_http_peer;
struct ce_http_peer {
    ce_http_peers *all;
    int fd;
    uint64_t since_ms; /* it opened, or its last answer was done */
    bool busy;         /* a whole request is here and not answered */
    ce_http_peer *before, *after;
};

struct ce_http_peers {
    ce_loop *loop;
    uint64_t request_ms; /* for a whole request */
    bool encrypted;      /* nothing can be written past the library */
    ce_timer sweep;
    ce_http_peer *first;
};

/* Set LOOP, REQUEST_MS and ENCRYPTED first. */
void ce_http_peers_open(ce_http_peers *p);
/* Call when all connections are closed. */
void ce_http_peers_close(ce_http_peers *p);
/* An MHD_NotifyConnectionCallback; its argument is the ce_http_peers. */
void ce_http_peers_notice(void *peers, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code);
/* Whose connection it is; NULL when there was no memory to know. */
ce_http_peer *ce_http_peer_of(struct MHD_Connection *c);
/* Call when its request is here: the answer may take its time. Accepts NULL. */
void ce_http_peer_request_is_here(ce_http_peer *p);
/* Call when its request is over: the time of the next begins. Accepts NULL. */
void ce_http_peer_request_is_over(ce_http_peer *p);

#endif
