/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are taken for one, and how long they are remembered. */
#include "bindings/http/account.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/support/ce_test.h"

static ce_http_accounts all;

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static const struct sockaddr *read_address(const char *text)
{
    static address a;

    memset(&a, 0, sizeof a);
    a.any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    REQUIRE_EQ(inet_pton(a.any.sa_family, text,
                         a.any.sa_family == AF_INET ? (void *)&a.v4.sin_addr
                                                    : (void *)&a.v6.sin6_addr),
               1);
    return &a.any;
}

static unsigned connections_of(const char *text)
{
    const ce_http_account *a = ce_http_accounts_find(&all, read_address(text));

    return a ? a->connections : 0;
}

static void an_address_is_one_host_or_one_network(void)
{
    static const struct {
        const char *one, *other;
        bool same;
    } rows[] = {
        { "192.0.2.1", "192.0.2.1", true },
        { "192.0.2.1", "192.0.2.2", false },
        { "192.0.2.1", "::ffff:192.0.2.1", true },
        { "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
        { "2001:db8::1", "2001:db8::ffff:1", true },
        { "2001:db8::1", "2001:db8:0:1::1", false },
        { "2001:db8::1", "192.0.2.1", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_http_account *a =
            ce_http_account_enter(&all, read_address(rows[i].one));

        REQUIRE(a != NULL);
        EXPECT_EQ_ROW(rows[i].other, connections_of(rows[i].other),
                      rows[i].same);
        ce_http_account_leave(a);
    }
}

static void an_account_ends_with_its_last_connection(void)
{
    const char *host = "192.0.2.1";
    ce_http_account *a = ce_http_account_enter(&all, read_address(host));

    EXPECT(ce_http_account_enter(&all, read_address(host)) == a);
    EXPECT_EQ(connections_of(host), 2);
    ce_http_account_leave(a);
    EXPECT_EQ(connections_of(host), 1);
    ce_http_account_leave(a);
    EXPECT_EQ(connections_of(host), 0);
}

static void an_event_in_flight_keeps_its_account(void)
{
    const char *host = "192.0.2.1";
    ce_http_account *a = ce_http_account_enter(&all, read_address(host));

    REQUIRE(a != NULL);
    ce_http_account_take(a);
    ce_http_account_charge(a, 10);
    EXPECT(ce_http_account_is_alone(a));
    ce_http_account_leave(a);
    EXPECT(ce_http_account_enter(&all, read_address(host)) == a);
    EXPECT_EQ(a->event_bytes, 10);
    ce_http_account_leave(a);
    ce_http_account_give(a, 10);
    EXPECT_EQ(all.count, 0);
}

static void many_accounts_are_told_apart(void)
{
    enum { MANY = 5000 };
    static ce_http_account *accounts[MANY];
    char host[32];

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(host, sizeof host, "10.0.%u.%u", i / 256, i % 256);
        accounts[i] = ce_http_account_enter(&all, read_address(host));
        REQUIRE(accounts[i] != NULL);
        EXPECT_EQ(accounts[i]->connections, 1);
    }
    for (unsigned i = 0; i < MANY; i++)
        ce_http_account_leave(accounts[i]);
}

TESTS("http account", TEST(an_address_is_one_host_or_one_network),
      TEST(an_account_ends_with_its_last_connection),
      TEST(an_event_in_flight_keeps_its_account),
      TEST(many_accounts_are_told_apart))
