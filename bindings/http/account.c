/* SPDX-License-Identifier: Apache-2.0 */
/* A table of addresses, kept as long as one has a connection, or an event in
 * flight. */
#include "bindings/http/account.h"

#include <netinet/in.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/hash.h"

/* A subscriber gets a whole /64 of IPv6 (RFC 6177), so its 64 bits count as one
 * address. What is neither IPv4 nor IPv6 shares the address 0. */
static void read_address(const struct sockaddr *from, unsigned char out[16])
{
    memset(out, 0, 16);
    if (from && from->sa_family == AF_INET) {
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
    } else if (from && from->sa_family == AF_INET6) {
        const struct in6_addr *at =
            &((const struct sockaddr_in6 *)from)->sin6_addr;

        memcpy(out, at, IN6_IS_ADDR_V4MAPPED(at) ? 16 : 8);
    }
}

static ce_http_account **chain_of(const ce_http_accounts *all,
                                  const unsigned char address[16])
{
    const ce_slice bytes = { (const char *)address, 16 };
    uint64_t hash = ce_hash(CE_HASH_START, bytes);

    return (ce_http_account **)&all->chains[hash % CE_HTTP_ACCOUNT_CHAINS];
}

static ce_http_account *find(const ce_http_accounts *all,
                             const unsigned char address[16])
{
    ce_http_account *a = *chain_of(all, address);

    while (a && memcmp(a->address, address, 16) != 0)
        a = a->next;
    return a;
}

ce_http_account *ce_http_accounts_find(const ce_http_accounts *all,
                                       const struct sockaddr *from)
{
    unsigned char address[16];

    read_address(from, address);
    return find(all, address);
}

ce_http_account *ce_http_account_enter(ce_http_accounts *all,
                                       const struct sockaddr *from)
{
    unsigned char address[16];
    ce_http_account *a, **chain;

    read_address(from, address);
    a = find(all, address);
    if (!a) {
        a = ce_alloc_zeroed(sizeof *a);
        if (!a)
            return NULL;
        a->all = all;
        memcpy(a->address, address, 16);
        chain = chain_of(all, address);
        a->next = *chain;
        *chain = a;
        all->count++;
    }
    a->connections++;
    return a;
}

bool ce_http_account_is_alone(const ce_http_account *a)
{
    return a->all->count < 2;
}

static void free_unused(ce_http_account *a)
{
    ce_http_account **at = chain_of(a->all, a->address);

    if (a->connections > 0 || a->events > 0)
        return;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    a->all->count--;
    ce_free(a);
}

void ce_http_account_leave(ce_http_account *a)
{
    a->connections--;
    free_unused(a);
}

void ce_http_account_take(ce_http_account *a)
{
    a->events++;
}

void ce_http_account_charge(ce_http_account *a, size_t bytes)
{
    a->event_bytes += bytes;
}

void ce_http_account_give(ce_http_account *a, size_t bytes)
{
    a->events--;
    a->event_bytes -= bytes;
    free_unused(a);
}
