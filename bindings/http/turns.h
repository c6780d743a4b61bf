/* SPDX-License-Identifier: Apache-2.0 */
/* Who is served when: libmicrohttpd serves all that is there in one run, so
 * that a thousand requests of one address would stand before the next of
 * another, and a few that take long. So would its handshakes. */
#ifndef CE_BINDINGS_HTTP_TURNS_H
#define CE_BINDINGS_HTTP_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/loop.h>
#include <cloudevents/queue.h>

struct ce_http_peer;

typedef struct ce_http_line {
    ce_queue peers;
    uint64_t rests_until_ns; /* 0: it does not */
} ce_http_line;

/* What of one address waits for its turn; zeroed: nothing. */
typedef struct ce_http_crowd {
    ce_http_line requests, handshakes;
    unsigned turn;     /* the last one in which something had its turn */
    unsigned count;    /* so much in that one */
    uint64_t spent_ns; /* the same: what that took */
    unsigned fit;      /* so much may fit into the next one; 0: its share */
    bool overran;      /* the time was over before all had their turn */
    ce_link link;      /* while some wait */
} ce_http_crowd;

typedef struct ce_http_turns {
    ce_queue crowds; /* in which some wait */
    unsigned turn;
    bool ended;            /* nobody waits any more */
    ce_timer rest;         /* its end */
    const void *last;      /* whose request had a turn */
    uint64_t different_ms; /* when that was another's than before */
} ce_http_turns;

/* T is zeroed. */
void ce_http_turns_open(ce_http_turns *t);

struct ce_http_account;

/* Whether the connections of A are more than its share of a turn. */
bool ce_http_turns_crowd(const struct ce_http_account *a);
/* Whether P is within a handshake. */
bool ce_http_turns_is_shaking(const struct ce_http_peer *p);
/* Call when the head of a request of P is here or, without a request, before a
 * step of its handshake, within the library's call. False: its connection is
 * suspended, and the library calls again in a later turn. With one address
 * alone it is true for longer. */
bool ce_http_turns_begin(struct ce_http_peer *p);
/* The same for one that is suspended already: the library calls, and this says
 * true then. */
void ce_http_turns_rejoin(struct ce_http_peer *p);
/* Call when a step of a handshake of P has taken so long: for as long no other
 * step of its address has its turn. */
void ce_http_turns_rest(struct ce_http_peer *p, uint64_t ns);
/* Call when the head of a request of P, or a piece of its body, has taken so
 * long: its address has less time in this turn. Behind one that has taken more
 * than that it rests, if others ask. */
void ce_http_turns_spend(struct ce_http_peer *p, uint64_t ns);
/* Call after each MHD_run: lets those go on whose turn comes with the next. */
void ce_http_turns_next(ce_http_turns *t);
/* Lets all go on, and nobody wait from now on: none may be suspended when the
 * daemon stops. */
void ce_http_turns_end(ce_http_turns *t);

#endif
