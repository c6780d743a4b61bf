/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the admin endpoint may be called by. */
#include "bridge/watch/hosts.h"
#include "tests/support/ce_test.h"

static const char list[] = "b.example, c.example";

static void addresses_and_given_names_pass(void)
{
    static const struct {
        const char *host;
        bool passes;
    } rows[] = {
        { "10.1.2.3", true },
        { "10.1.2.3:9090", true },
        { "[2001:db8::1]:9090", true },
        { "localhost", true },
        { "LOCALHOST:1", true },
        { "own.example", true },
        { "own.example.:9090", true },
        { "B.example:1", true },
        { "c.example", true },
        { "", false },
        { ".", false },
        { ":9090", false },
        { "[own.example]", false },
        { "[::1", false },
        { "d.example", false },
        { "b.example.d.example", false },
        { "example", false },
        { "10.1.2", false },
        { "10.1.2.3.d.example", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(
            rows[i].host,
            br_hosts_allow(ce_slice_of(rows[i].host), "own.example", list),
            rows[i].passes);
}

static void an_absent_header_passes(void)
{
    EXPECT(br_hosts_allow((ce_slice){ NULL, 0 }, "", NULL));
}

static void a_star_is_any_name(void)
{
    EXPECT(br_hosts_allow(CE_SLICE("d.example"), "", "*"));
    EXPECT(!br_hosts_allow(CE_SLICE("d.example"), "", NULL));
    EXPECT(!br_hosts_allow(CE_SLICE("d.example"), "", ""));
}

static void a_list_has_names_only(void)
{
    static const char *const wrong[] = { "h:1", "a,http://h", "a b", "a,,b",
                                         "*.example" };
    ce_error err;

    EXPECT_OK(br_hosts_check(list, &err));
    EXPECT_OK(br_hosts_check("*", &err));
    for (size_t i = 0; i < COUNT(wrong); i++)
        EXPECT_EQ_ROW(wrong[i], br_hosts_check(wrong[i], &err), CE_EINVAL);
}

TESTS("hosts", TEST(addresses_and_given_names_pass),
      TEST(an_absent_header_passes), TEST(a_star_is_any_name),
      TEST(a_list_has_names_only))
