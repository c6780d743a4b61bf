/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors are shared: connections of clients do not get all. */
#include "tests/support/ce_test.h"

#include <limits.h>

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

TESTS("http descriptors", TEST(connections_leave_some_to_others))
