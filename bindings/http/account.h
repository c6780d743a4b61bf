/* SPDX-License-Identifier: Apache-2.0 */
/* What the clients of one daemon take, counted by address, so that one of them
 * cannot take all. */
#ifndef CE_BINDINGS_HTTP_ACCOUNT_H
#define CE_BINDINGS_HTTP_ACCOUNT_H

#include <stddef.h>

#include <sys/socket.h>

#include "bindings/http/turns.h"

typedef struct ce_http_account ce_http_account;
struct ce_http_account {
    unsigned char address[16]; /* IPv6; IPv4 is mapped into it */
    unsigned connections;      /* open ones */
    size_t held;               /* bytes of bodies that are not complete */
    ce_http_crowd crowd;
    ce_http_account *next;
};

/* Enough chains for the connections that a daemon may have. */
enum { CE_HTTP_ACCOUNT_CHAINS = 1024 };

typedef struct ce_http_accounts {
    ce_http_account *chains[CE_HTTP_ACCOUNT_CHAINS];
    unsigned count;
} ce_http_accounts;

/* The account of this address; NULL: it has no connection. */
ce_http_account *ce_http_accounts_find(const ce_http_accounts *all,
                                       const struct sockaddr *from);
/* Counts one more connection from this address; NULL: no memory. */
ce_http_account *ce_http_account_enter(ce_http_accounts *all,
                                       const struct sockaddr *from);
/* Call when that connection is closed. The last one frees the account. */
void ce_http_account_leave(ce_http_accounts *all, ce_http_account *a);

#endif
