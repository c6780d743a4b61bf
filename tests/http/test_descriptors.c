/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors are shared: connections of clients do not get all. */
#include "tests/support/ce_test.h"

#include <limits.h>
#include <sys/resource.h>

#include "bindings/http/descriptors.h"

static void connections_leave_some_to_others(void)
{
    EXPECT_EQ(ce_http_connections_within(65536, 4096), 4096);
    EXPECT_EQ(ce_http_connections_within(4096, 4096), 3584);
    EXPECT_EQ(ce_http_connections_within(1024, 4096), 512);
    EXPECT_EQ(ce_http_connections_within(300, 4096), 150);
    EXPECT_EQ(ce_http_connections_within(300, 100), 100);
    EXPECT_EQ(ce_http_connections_within(ULONG_MAX, 65535), 65535);
}

static void the_soft_limit_is_raised(void)
{
    struct rlimit old, small, now;

    REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    small = (struct rlimit){ 64, old.rlim_max };
    REQUIRE_EQ(setrlimit(RLIMIT_NOFILE, &small), 0);
    EXPECT_EQ(ce_http_descriptors(), old.rlim_max);
    REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
    EXPECT_EQ(now.rlim_cur, old.rlim_max);
}

TESTS("http descriptors", TEST(connections_leave_some_to_others),
      TEST(the_soft_limit_is_raised))
