/* SPDX-License-Identifier: Apache-2.0 */
/* A stranger's URL may not lead into our own networks (HOOK-41). */
#include "tests/support/ce_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>

#include "bindings/http/address.h"

/* In place of the system's: an interface without an address. */
static struct ifaddrs lone, *interfaces = &lone;

int getifaddrs(struct ifaddrs **out)
{
    *out = interfaces;
    errno = ENOMEM;
    return interfaces ? 0 : -1;
}

void freeifaddrs(struct ifaddrs *all)
{
    EXPECT(all == interfaces);
}

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return ce_http_address_is_public((struct sockaddr *)&v4);
    REQUIRE_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return ce_http_address_is_public((struct sockaddr *)&v6);
}

static void addresses_of_the_internet_are_public(void)
{
    static const char *const rows[] = {
        "1.1.1.1",        "9.255.255.255",   "11.0.0.0",
        "100.63.255.255", "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",      "169.253.255.255", "172.15.255.255",
        "172.32.0.0",     "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0",      "223.255.255.255",
        "2606:4700::1",   "2a00::1",         "::ffff:1.1.1.1",
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_ROW(rows[i], is_public(rows[i]));
}

static void all_others_are_not(void)
{
    static const char *const rows[] = {
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2002:0a00:0001::1",
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_ROW(rows[i], !is_public(rows[i]));
}

static void a_public_address_of_this_host_is_none(void)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct ifaddrs all[3] = {
        { .ifa_next = &all[1] },
        { .ifa_next = &all[2], .ifa_addr = (struct sockaddr *)&v4 },
        { .ifa_addr = (struct sockaddr *)&v6 },
    };

    REQUIRE_EQ(inet_pton(AF_INET, "9.9.9.9", &v4.sin_addr), 1);
    REQUIRE_EQ(inet_pton(AF_INET6, "2600::9", &v6.sin6_addr), 1);
    interfaces = all;
    EXPECT(!is_public("9.9.9.9"));
    EXPECT(!is_public("::ffff:9.9.9.9"));
    EXPECT(!is_public("2600::9"));
    EXPECT(is_public("9.9.9.10"));
    EXPECT(is_public("2600::10"));
    interfaces = NULL; /* which nobody knows */
    EXPECT(!is_public("9.9.9.10"));
    interfaces = &lone;
}

static void what_is_no_internet_address_is_not_public(void)
{
    struct sockaddr at = { .sa_family = AF_UNIX };

    EXPECT(!ce_http_address_is_public(&at));
}

TESTS("http address", TEST(addresses_of_the_internet_are_public),
      TEST(all_others_are_not), TEST(a_public_address_of_this_host_is_none),
      TEST(what_is_no_internet_address_is_not_public))
