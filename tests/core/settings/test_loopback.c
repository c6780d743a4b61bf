/* SPDX-License-Identifier: Apache-2.0 */
/* Which hosts are this machine. */
#include "core/settings/loopback.h"

#include "tests/support/ce_test.h"

static void loopback_is_known_by_its_names(void)
{
    static const struct {
        const char *host;
        bool is_loopback;
    } rows[] = {
        { "localhost", true },
        { "LocalHost:80", true },
        { "127.0.0.1", true },
        { "127.255.0.9:1", true },
        { "[::1]", true },
        { "[::1]:80", true },
        { "", false },
        { "127.example.org", false },
        { "127.0.0.1.example.org:80", false },
        { "localhost.example.org", false },
        { "128.0.0.1", false },
        { "[::2]", false },
        { "[::127.0.0.1]", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].host,
                      ce_host_is_loopback(ce_slice_of(rows[i].host)),
                      rows[i].is_loopback);
}

TESTS("core settings loopback", TEST(loopback_is_known_by_its_names))
