/* SPDX-License-Identifier: Apache-2.0 */
/* What the broker believes that we have is stored as soon as it can be, and
 * counted when it is lost. */
#include "bindings/mqtt/custody.h"

#include <signal.h>
#include <sys/resource.h>

#include "tests/mqtt/mqtt_rig.h"

static rig now;
static ce_mqtt_custody *custody;
static ce_task turn;

static void on_turn(ce_task *t)
{
    (void)t;
}

/* A disk that takes no more is a file that must not grow. */
static void let_files_grow_to(rlim_t bytes)
{
    struct rlimit limit;

    REQUIRE_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    REQUIRE_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void close_all(void)
{
    let_files_grow_to(RLIM_INFINITY);
    ce_mqtt_custody_close(custody);
    custody = NULL;
    if (now.loop)
        ce_loop_unpost(now.loop, &turn);
    rig_close(&now);
}

static void open_custody(bool with_inbox)
{
    ce_mqtt_custody_config c = { .turn = &turn, .label = "m", .max_count = 5 };

    rig_open(&now);
    signal(SIGXFSZ, SIG_IGN);
    ce_log_to(NULL, NULL, CE_DEBUG);
    turn.run = on_turn;
    if (with_inbox)
        rig_open_inbox(&now, 1 << 20);
    c.loop = now.loop;
    c.inbox = now.inbox;
    REQUIRE_OK(ce_mqtt_custody_open(&custody, &c, NULL));
}

/* Larger than a page, so that each needs room at the end of the file. */
static void take_messages(unsigned count)
{
    static char body[10000];
    const ce_message m = { .body = { body, sizeof body } };
    const ce_origin o = { .topic = CE_SLICE("t"),
                          .partition = -1,
                          .offset = -1 };

    for (unsigned i = 0; i < count; i++)
        ce_mqtt_custody_take(custody, &m, &o, NULL);
}

static uint64_t close_custody(void)
{
    uint64_t lost = ce_mqtt_custody_close(custody);

    custody = NULL;
    return lost;
}

static void what_the_disk_does_not_take_waits_in_memory(void)
{
    ce_error err = { CE_OK, "" };

    open_custody(true);
    take_messages(3);
    EXPECT_EQ(ce_inbox_count(now.inbox), 3);
    let_files_grow_to(4096);
    take_messages(4);
    EXPECT_EQ(ce_inbox_count(now.inbox), 3);
    EXPECT(ce_mqtt_custody_was_crowded(custody));
    EXPECT(ce_mqtt_custody_store(custody, &err) != CE_OK);
    let_files_grow_to(RLIM_INFINITY);
    REQUIRE_OK(ce_mqtt_custody_store(custody, NULL));
    EXPECT_EQ(ce_inbox_count(now.inbox), 7);
    EXPECT_EQ(close_custody(), 0);
}

static void what_is_lost_is_counted(void)
{
    open_custody(true);
    let_files_grow_to(4096);
    take_messages(4);
    EXPECT_EQ(close_custody(), 4);
}

static void without_an_inbox_what_waits_is_lost(void)
{
    open_custody(false);
    take_messages(2);
    EXPECT_EQ(close_custody(), 2);
}

TESTS_CLOSED_BY(close_all, "mqtt custody",
                TEST(what_the_disk_does_not_take_waits_in_memory),
                TEST(what_is_lost_is_counted),
                TEST(without_an_inbox_what_waits_is_lost))
