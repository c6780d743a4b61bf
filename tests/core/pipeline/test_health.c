/* SPDX-License-Identifier: Apache-2.0 */
/* Up or down with a reason, told to whoever watches. */
#include "tests/support/ce_test.h"

#include "core/loop/loop.h"
#include "core/pipeline/health.h"

typedef struct watcher {
    ce_watch watch;
    unsigned calls;
    bool up;
    char reason[200];
    ce_health *leave;
} watcher;

static ce_loop *loop;
static ce_health health;
static unsigned lines, warnings;
static uint64_t last_repeated;
static char last_line[600];

static void note_line(ce_level level, const char *line, void *arg)
{
    (void)arg;
    lines++;
    warnings += level == CE_WARN;
    snprintf(last_line, sizeof last_line, "%s", line);
    last_repeated = ce_log_fields_now()->repeated;
}

static void changed(ce_watch *w, const ce_health *h)
{
    watcher *i = CE_OWNER(w, watcher, watch);

    i->calls++;
    i->up = h->up;
    snprintf(i->reason, sizeof i->reason, "%s", h->reason);
    if (i->leave)
        ce_health_unwatch(i->leave, w);
}

static void open_health(void)
{
    ce_error err;

    REQUIRE_OK(ce_loop_open(&loop, NULL, &err));
    ce_loop_freeze(loop);
    lines = warnings = 0;
    ce_log_to(note_line, NULL, CE_DEBUG);
    ce_health_init(&health, loop, "kafka://broker:9092/t");
}

static void close_health(void)
{
    ce_log_to(NULL, NULL, CE_DEBUG);
    ce_loop_close(loop);
}

static void it_begins_down_with_a_reason(void)
{
    open_health();
    EXPECT(!health.up);
    EXPECT(health.reason[0]);
    EXPECT_STR(health.label, "kafka://broker:9092/t");
    EXPECT_EQ(lines, 0);
    close_health();
}

static void watchers_hear_every_change_once(void)
{
    watcher a = { .watch.changed = changed }, b = { .watch.changed = changed };

    open_health();
    ce_health_watch(&health, &a.watch);
    ce_health_watch(&health, &b.watch);
    ce_health_up(&health);
    EXPECT_EQ(a.calls, 1);
    EXPECT(a.up);
    EXPECT_EQ(b.calls, 1);
    EXPECT(b.up);
    EXPECT(health.up);
    EXPECT_EQ(health.reason[0], '\0');
    ce_health_up(&health);
    EXPECT_EQ(a.calls, 1);
    ce_health_down(&health, "no answer from %s", "broker");
    EXPECT_EQ(a.calls, 2);
    EXPECT(!a.up);
    EXPECT_STR(a.reason, "no answer from broker");
    EXPECT_EQ(b.calls, 2);
    ce_health_down(&health, "no answer from %s", "broker");
    EXPECT_EQ(a.calls, 2);
    ce_health_down(&health, "login refused");
    EXPECT_EQ(a.calls, 3);
    EXPECT_STR(a.reason, "login refused");
    ce_health_up(&health);
    EXPECT_EQ(a.calls, 4);
    EXPECT(a.up);
    close_health();
}

static void who_left_hears_nothing(void)
{
    watcher all[3] = { { .watch.changed = changed },
                       { .watch.changed = changed },
                       { .watch.changed = changed } };
    watcher stranger = { .watch.changed = changed };

    open_health();
    for (unsigned i = 0; i < 3; i++)
        ce_health_watch(&health, &all[i].watch);
    ce_health_unwatch(&health, &stranger.watch);
    ce_health_unwatch(&health, &all[1].watch);
    ce_health_unwatch(&health, &all[1].watch);
    ce_health_up(&health);
    EXPECT_EQ(all[0].calls, 1);
    EXPECT_EQ(all[1].calls, 0);
    EXPECT_EQ(all[2].calls, 1);
    EXPECT_EQ(stranger.calls, 0);
    close_health();
}

static void a_watcher_may_leave_when_told(void)
{
    watcher all[3] = { { .watch.changed = changed },
                       { .watch.changed = changed },
                       { .watch.changed = changed } };

    open_health();
    for (unsigned i = 0; i < 3; i++) {
        all[i].leave = &health;
        ce_health_watch(&health, &all[i].watch);
    }
    ce_health_up(&health);
    ce_health_down(&health, "gone");
    for (unsigned i = 0; i < 3; i++)
        EXPECT_EQ(all[i].calls, 1);
    EXPECT_EQ(health.watches, NULL);
    close_health();
}

static void a_new_reason_is_logged_at_once(void)
{
    open_health();
    ce_health_down(&health, "connection refused");
    EXPECT_EQ(warnings, 1);
    EXPECT_STR(last_line, "kafka://broker:9092/t: connection refused");
    ce_health_down(&health, "login refused");
    EXPECT_EQ(warnings, 2);
    EXPECT_STR(last_line, "kafka://broker:9092/t: login refused");
    close_health();
}

static void the_same_reason_is_logged_ever_more_seldom(void)
{
    unsigned first_minute, later;

    open_health();
    for (unsigned i = 0; i < 600; i++) {
        ce_health_down(&health, "connection refused");
        ce_loop_advance(loop, 100);
    }
    first_minute = warnings;
    EXPECT_CMP(first_minute, >=, 3);
    EXPECT_CMP(first_minute, <=, 8);
    for (unsigned i = 0; i < 6000; i++) {
        ce_health_down(&health, "connection refused");
        ce_loop_advance(loop, 100);
    }
    later = warnings - first_minute;
    EXPECT_CMP(later, >=, 10);
    EXPECT_CMP(later, <=, 21);
    close_health();
}

static void a_line_counts_those_of_its_own_reason(void)
{
    open_health();
    for (unsigned i = 0; i < 5; i++)
        ce_health_down(&health, "connection lost");
    EXPECT_EQ(lines, 1);
    ce_health_down(&health, "not authorized");
    EXPECT_EQ(last_repeated, 1);
    for (unsigned i = 0; i < 5; i++)
        ce_health_down(&health, "not authorized");
    EXPECT_EQ(lines, 2);
    ce_loop_advance(loop, 60000);
    ce_health_down(&health, "not authorized");
    EXPECT_EQ(last_repeated, 6);
    close_health();
}

static void recovery_is_logged(void)
{
    open_health();
    ce_health_up(&health);
    EXPECT_EQ(lines, 0);
    ce_health_down(&health, "connection lost");
    ce_health_up(&health);
    EXPECT_EQ(lines, 2);
    EXPECT_EQ(warnings, 1);
    EXPECT_CONTAINS(last_line, "kafka://broker:9092/t");
    close_health();
}

static void long_texts_are_cut(void)
{
    static char text[1000];

    memset(text, 'x', sizeof text - 1);
    open_health();
    ce_health_init(&health, loop, text);
    ce_health_down(&health, "%s", text);
    EXPECT_EQ(strlen(health.label), sizeof health.label - 1);
    EXPECT_EQ(strlen(health.reason), sizeof health.reason - 1);
    close_health();
}

/* --- waiting --- */

static void come_up(ce_task *t)
{
    (void)t;
    ce_health_up(&health);
}

static void fail(ce_task *t)
{
    (void)t;
    ce_health_down(&health, "login refused");
}

static void who_waits_hears_what_comes_first(void)
{
    static const struct {
        const char *name;
        ce_task task;
        uint64_t timeout_ms;
        ce_status status;
        const char *said;
    } rows[] = {
        { "up", { .run = come_up }, 60000, CE_OK, "" },
        { "down", { .run = fail }, 60000, CE_EIO, "login refused" },
        { "the time", { .run = NULL }, 10, CE_EIO, "no answer in time" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };
        ce_task task = rows[i].task;

        REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
        ce_health_init(&health, loop, "kafka://broker:9092/t");
        if (task.run)
            ce_loop_post(loop, &task);
        EXPECT_EQ_ROW(rows[i].name,
                      ce_health_await(&health, rows[i].timeout_ms, &err),
                      rows[i].status);
        EXPECT_STR_ROW(rows[i].name, err.text, rows[i].said);
        EXPECT_ROW(rows[i].name, !health.watches);
        ce_loop_close(loop);
    }
}

static void what_was_said_before_is_heard(void)
{
    ce_error err = { CE_OK, "" };

    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    ce_health_init(&health, loop, "kafka://broker:9092/t");
    ce_health_down(&health, "no such device");
    EXPECT_STATUS(ce_health_await(&health, 10, &err), CE_EIO);
    EXPECT_STR(err.text, "no such device");
    ce_loop_close(loop);
}

TESTS("health", TEST(it_begins_down_with_a_reason),
      TEST(watchers_hear_every_change_once), TEST(who_left_hears_nothing),
      TEST(a_watcher_may_leave_when_told), TEST(a_new_reason_is_logged_at_once),
      TEST(the_same_reason_is_logged_ever_more_seldom),
      TEST(a_line_counts_those_of_its_own_reason), TEST(recovery_is_logged),
      TEST(long_texts_are_cut), TEST(who_waits_hears_what_comes_first),
      TEST(what_was_said_before_is_heard))
