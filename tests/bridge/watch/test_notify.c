/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager asks for in the environment. */
#include "bridge/watch/notify.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/support/ce_test.h"

static uint64_t beat_ms(const char *limit, const char *pid)
{
    br_notify n;
    uint64_t ms;

    setenv("NOTIFY_SOCKET", "@nobody", 1);
    setenv("WATCHDOG_USEC", limit, 1);
    setenv("WATCHDOG_PID", pid, 1);
    br_notify_open(&n);
    ms = br_notify_beat_ms(&n);
    br_notify_close(&n);
    return ms;
}

static void a_beat_takes_half_of_the_time(void)
{
    static const struct {
        const char *limit;
        uint64_t ms;
    } rows[] = {
        { "60000000", 30000 }, { "2000", 1 }, { "1", 1 }, { "0", 0 }, { "", 0 },
        { "soon", 0 },
    };
    char self[24];

    snprintf(self, sizeof self, "%d", (int)getpid());
    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].limit, beat_ms(rows[i].limit, self), rows[i].ms);
}

static void who_is_not_meant_has_no_watchdog(void)
{
    EXPECT_EQ(beat_ms("60000000", "1"), 0);
}

TESTS("notify", TEST(a_beat_takes_half_of_the_time),
      TEST(who_is_not_meant_has_no_watchdog))
