/* SPDX-License-Identifier: Apache-2.0 */
/* The clients' connections of one daemon, with what libmicrohttpd does not
 * limit: a request that trickles in, and the share of one address. */
#ifndef CE_BINDINGS_HTTP_PEERS_H
#define CE_BINDINGS_HTTP_PEERS_H

#include <microhttpd.h>

#include <cloudevents/loop.h>

#include "bindings/http/account.h"
#include "bindings/http/daemon.h"
#include "bindings/http/handshake.h"
#include "bindings/http/linger.h"
#include "bindings/http/park.h"

typedef struct ce_http_peers ce_http_peers;
struct ce_http_open_request;

typedef enum ce_http_phase {
    CE_HTTP_IN_HEAD,   /* a head is on its way: also of a new connection */
    CE_HTTP_IDLE,      /* between two requests */
    CE_HTTP_IN_BODY,   /* a body is on its way */
    CE_HTTP_BUSY,      /* all of the request is here, and not answered */
    CE_HTTP_LINGERING, /* answered early: the rest is dropped */
    CE_HTTP_ENDING     /* its socket is shut down */
} ce_http_phase;

typedef struct ce_http_peer ce_http_peer;
struct ce_http_peer {
    ce_http_peers *all;
    ce_http_account *account;
    struct MHD_Connection *connection;
    struct ce_http_open_request *request; /* the open one, or NULL */
    ce_http_finding client;               /* with TLS */
    ce_http_handshake handshake;          /* the same */
    ce_http_park park;
    ce_http_phase phase;
    uint64_t since_ms;   /* it opened, or its last answer was done */
    uint64_t phase_ms;   /* the phase began */
    uint64_t paused_ms;  /* it began to wait for its turn, at last */
    size_t received;     /* of the body */
    uint64_t moved_ms;   /* a piece of it came */
    uint64_t unread_ms;  /* some was seen in the socket; 0: none */
    uint64_t unread_run; /* in this run of the library */
    uint64_t read;       /* of the socket, when it had its last turn */
    unsigned unmoved;    /* turns that have read nothing of what was there */
    bool waits;          /* for its turn */
    bool has_turn;       /* it has waited for it, and was resumed */
    ce_link link;        /* while it waits */
    ce_http_peer *before, *after;
};

/* A function for the owner of R, the request of a peer. */
typedef void ce_http_peer_fn(struct ce_http_open_request *r);

struct ce_http_peers {
    ce_loop *loop;
    const ce_http_daemon_config *config;
    ce_http_peer_fn *slow; /* the body of R takes too long: answer it now */
    ce_http_peer_fn *lost; /* the connection of R is closed: free R */
    ce_http_accounts accounts;
    ce_timer sweep;
    ce_http_lingering lingering;
    uint64_t next_log_ms;
    uint64_t runs;      /* of the library */
    uint64_t left;      /* how many connections have ended */
    unsigned suspended; /* how many wait to be resumed */
    bool resumed;       /* some were: the library has to run */
    ce_http_turns turns;
    ce_queue restless; /* parked when the library has nothing of them */
    ce_http_peer *first;
};

/* Set LOOP, CONFIG, SLOW and LOST first. */
void ce_http_peers_open(ce_http_peers *p);
/* How long a connection may be silent: whole seconds, as the library counts. */
unsigned ce_http_peers_idle_s(const ce_http_peers *p);
/* Call when all connections are closed. */
void ce_http_peers_close(ce_http_peers *p);
/* An MHD_AcceptPolicyCallback: refuses what is above the share of an address.
 * Its argument is the ce_http_peers. */
enum MHD_Result ce_http_peers_admit(void *peers, const struct sockaddr *from,
                                    socklen_t len);
/* Call when there are as many connections as the library takes: where the
 * daemon makes room, ends one whose request is not complete. */
bool ce_http_peers_make_room(ce_http_peers *all);
/* An MHD_NotifyConnectionCallback; its argument is the ce_http_peers. */
void ce_http_peers_notice(void *peers, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code);
/* Whose connection it is; NULL when there was no memory to know. */
ce_http_peer *ce_http_peer_of(struct MHD_Connection *c);
/* Call when the target of R is here. */
void ce_http_peer_request_begins(ce_http_peer *p,
                                 struct ce_http_open_request *r);
/* Call when another phase of its request begins. */
void ce_http_peer_enter(ce_http_peer *p, ce_http_phase phase);
int ce_http_peer_socket(const ce_http_peer *p);
/* Call when P waits for its turn: that is not the client's time. */
void ce_http_peer_pause(ce_http_peer *p);
/* Call when it has its turn. */
void ce_http_peer_unpause(ce_http_peer *p);
/* Suspends the connection of P. Call from within the library's call for its
 * request, or its handshake, only, or between two runs; the next such call
 * comes when it was resumed. */
void ce_http_peer_suspend(ce_http_peer *p);
/* Lets it go on with the next run of the library: once for each suspension. */
void ce_http_peer_resume(ce_http_peer *p);
/* Call first when that call comes. */
void ce_http_peer_resumed(ce_http_peer *p);
/* Call when its request is over: the time of the next begins. */
void ce_http_peer_request_is_over(ce_http_peer *p);
/* Ends the connection of P; the library then sees its end. */
void ce_http_peer_shut_down(ce_http_peer *p);
/* The same with this problem, without the library. Call while no request is
 * known to it, or when the library has lost its way. */
void ce_http_peer_end(ce_http_peer *p, unsigned status, const char *detail);

#endif
