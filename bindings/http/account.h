/* SPDX-License-Identifier: Apache-2.0 */
/* What the clients of one daemon take, counted by address, so that one of them
 * cannot take all. */
#ifndef CE_BINDINGS_HTTP_ACCOUNT_H
#define CE_BINDINGS_HTTP_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>

#include "bindings/http/turns.h"

typedef struct ce_http_accounts ce_http_accounts;
typedef struct ce_http_account ce_http_account;
struct ce_http_account {
    ce_http_accounts *all;
    unsigned char address[16]; /* IPv6; IPv4 is mapped into it */
    unsigned connections;      /* open ones */
    size_t held;               /* bytes of bodies that are not complete */
    unsigned events;           /* in flight; they may outlive a connection */
    size_t event_bytes;        /* of their bodies */
    ce_http_crowd crowd;
    ce_http_account *next;
};

/* Enough chains for the connections that a daemon may have. */
enum { CE_HTTP_ACCOUNT_CHAINS = 1024 };

struct ce_http_accounts {
    ce_http_account *chains[CE_HTTP_ACCOUNT_CHAINS];
    unsigned count;
};

/* The account of this address; NULL: it has neither a connection nor an event
 * in flight. */
ce_http_account *ce_http_accounts_find(const ce_http_accounts *all,
                                       const struct sockaddr *from);
/* Counts one more connection from this address; NULL: no memory. */
ce_http_account *ce_http_account_enter(ce_http_accounts *all,
                                       const struct sockaddr *from);
/* Whether it is the only one. */
bool ce_http_account_is_alone(const ce_http_account *a);
/* Call when that connection is closed. The account is freed with the last of
 * its connections and events. */
void ce_http_account_leave(ce_http_account *a);
/* Counts one more event in flight, until it is given back with all BYTES that
 * were charged for it. */
void ce_http_account_take(ce_http_account *a);
void ce_http_account_charge(ce_http_account *a, size_t bytes);
void ce_http_account_give(ce_http_account *a, size_t bytes);

#endif
