/* SPDX-License-Identifier: Apache-2.0 */
/* The special-purpose blocks of RFC 6890 and its updates, and what this host's
 * interfaces have. */
#include "bindings/http/address.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

typedef struct block {
    uint32_t start;
    unsigned bits;
} block;

static bool is_public_v4(uint32_t address)
{
    static const block special[] = {
        { 0x00000000, 8 },  /* 0.0.0.0: this network */
        { 0x0a000000, 8 },  /* 10.0.0.0: private */
        { 0x64400000, 10 }, /* 100.64.0.0: shared by carriers */
        { 0x7f000000, 8 },  /* 127.0.0.0: this host */
        { 0xa9fe0000, 16 }, /* 169.254.0.0: this link */
        { 0xac100000, 12 }, /* 172.16.0.0: private */
        { 0xc0000000, 24 }, /* 192.0.0.0: protocols */
        { 0xc0000200, 24 }, /* 192.0.2.0: documentation */
        { 0xc0a80000, 16 }, /* 192.168.0.0: private */
        { 0xc6120000, 15 }, /* 198.18.0.0: benchmarks */
        { 0xc6336400, 24 }, /* 198.51.100.0: documentation */
        { 0xcb007100, 24 }, /* 203.0.113.0: documentation */
        { 0xe0000000, 3 },  /* 224.0.0.0: multicast and reserved */
    };

    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if ((address ^ special[i].start) >> (32 - special[i].bits) == 0)
            return false;
    return true;
}

/* 2000::/3 is what is given out; in it are tunnels to any IPv4 address and
 * documentation. */
static bool is_public_v6(const struct in6_addr *a)
{
    const uint8_t *b = a->s6_addr;

    if (IN6_IS_ADDR_V4MAPPED(a)) {
        uint32_t v4;

        memcpy(&v4, b + 12, sizeof v4);
        return is_public_v4(ntohl(v4));
    }
    if ((b[0] & 0xe0) != 0x20)
        return false;
    return !(b[0] == 0x20 && b[1] == 0x02) &&
           !(b[0] == 0x20 && b[1] == 0x01 && b[2] < 2) &&
           !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8);
}

/* As IPv6 has it, where an IPv4 address is mapped; false: it is neither. */
static bool as_v6(const struct sockaddr *at, struct in6_addr *out)
{
    static const struct in6_addr mapped = { .s6_addr = { [10] = 0xff, 0xff } };
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (at->sa_family == AF_INET) {
        memcpy(&v4, at, sizeof v4);
        *out = mapped;
        memcpy(out->s6_addr + 12, &v4.sin_addr, sizeof v4.sin_addr);
    } else if (at->sa_family == AF_INET6) {
        memcpy(&v6, at, sizeof v6);
        *out = v6.sin6_addr;
    }
    return at->sa_family == AF_INET || at->sa_family == AF_INET6;
}

/* Also when that cannot be found out. */
static bool is_of_this_host(const struct in6_addr *a)
{
    struct ifaddrs *all, *i;
    struct in6_addr one;

    if (getifaddrs(&all))
        return true;
    for (i = all; i; i = i->ifa_next)
        if (i->ifa_addr && as_v6(i->ifa_addr, &one) &&
            IN6_ARE_ADDR_EQUAL(&one, a))
            break;
    freeifaddrs(all);
    return i != NULL;
}

bool ce_http_address_is_public(const struct sockaddr *at)
{
    struct in6_addr a;

    return as_v6(at, &a) && is_public_v6(&a) && !is_of_this_host(&a);
}
