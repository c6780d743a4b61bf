/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/descriptors.h"

#include <sys/resource.h>

#include "tests/support/ce_test.h"

static void the_soft_limit_is_raised(void)
{
    struct rlimit old, small, now;

    REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    small = (struct rlimit){ 64, old.rlim_max };
    REQUIRE_EQ(setrlimit(RLIMIT_NOFILE, &small), 0);
    EXPECT_EQ(ce_descriptors_raise(), old.rlim_max);
    REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
    EXPECT_EQ(now.rlim_cur, old.rlim_max);
}

TESTS("descriptors", TEST(the_soft_limit_is_raised))
