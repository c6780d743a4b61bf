/* SPDX-License-Identifier: Apache-2.0 */
/* Up or down with a reason, told to whoever watches. */
#include "tests/support/ce_test.h"

#include "core/loop/loop.h"

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
static char last_line[600];

static void note_line(ce_level level, const char *line, void *arg)
{
    (void)arg;
    lines++;
    warnings += level == CE_WARN;
    snprintf(last_line, sizeof last_line, "%s", line);
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

    REQUIRE(ce_loop_open(&loop, NULL, &err) == CE_OK);
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
    EXPECT(strcmp(health.label, "kafka://broker:9092/t") == 0);
    EXPECT(lines == 0);
    close_health();
}

static void watchers_hear_every_change_once(void)
{
    watcher a = { .watch.changed = changed }, b = { .watch.changed = changed };

    open_health();
    ce_health_watch(&health, &a.watch);
    ce_health_watch(&health, &b.watch);
    ce_health_up(&health);
    EXPECT(a.calls == 1 && a.up && b.calls == 1 && b.up);
    EXPECT(health.up && health.reason[0] == '\0');
    ce_health_up(&health);
    EXPECT(a.calls == 1);
    ce_health_down(&health, "no answer from %s", "broker");
    EXPECT(a.calls == 2 && !a.up &&
           strcmp(a.reason, "no answer from broker") == 0);
    EXPECT(b.calls == 2);
    ce_health_down(&health, "no answer from %s", "broker");
    EXPECT(a.calls == 2);
    ce_health_down(&health, "login refused");
    EXPECT(a.calls == 3 && strcmp(a.reason, "login refused") == 0);
    ce_health_up(&health);
    EXPECT(a.calls == 4 && a.up);
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
    EXPECT(all[0].calls == 1 && all[1].calls == 0 && all[2].calls == 1);
    EXPECT(stranger.calls == 0);
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
        EXPECT(all[i].calls == 1);
    EXPECT(health.watches == NULL);
    close_health();
}

static void a_new_reason_is_logged_at_once(void)
{
    open_health();
    ce_health_down(&health, "connection refused");
    EXPECT(warnings == 1);
    EXPECT(strcmp(last_line, "kafka://broker:9092/t: connection refused") == 0);
    ce_health_down(&health, "login refused");
    EXPECT(warnings == 2);
    EXPECT(strcmp(last_line, "kafka://broker:9092/t: login refused") == 0);
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
    EXPECT(first_minute >= 3 && first_minute <= 8);
    for (unsigned i = 0; i < 6000; i++) {
        ce_health_down(&health, "connection refused");
        ce_loop_advance(loop, 100);
    }
    later = warnings - first_minute;
    EXPECT(later >= 10 && later <= 21);
    close_health();
}

static void recovery_is_logged(void)
{
    open_health();
    ce_health_up(&health);
    EXPECT(lines == 0);
    ce_health_down(&health, "connection lost");
    ce_health_up(&health);
    EXPECT(lines == 2 && warnings == 1);
    EXPECT(strstr(last_line, "kafka://broker:9092/t") != NULL);
    close_health();
}

static void long_texts_are_cut(void)
{
    static char text[1000];

    memset(text, 'x', sizeof text - 1);
    open_health();
    ce_health_init(&health, loop, text);
    ce_health_down(&health, "%s", text);
    EXPECT(strlen(health.label) == sizeof health.label - 1);
    EXPECT(strlen(health.reason) == sizeof health.reason - 1);
    close_health();
}

TESTS("health", TEST(it_begins_down_with_a_reason),
      TEST(watchers_hear_every_change_once), TEST(who_left_hears_nothing),
      TEST(a_watcher_may_leave_when_told), TEST(a_new_reason_is_logged_at_once),
      TEST(the_same_reason_is_logged_ever_more_seldom),
      TEST(recovery_is_logged), TEST(long_texts_are_cut))
