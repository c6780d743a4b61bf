/* SPDX-License-Identifier: Apache-2.0 */
/* Timers and the clock of one loop. */
#include "tests/core/loop/loop_rig.h"

static void timers_fire_in_order_each_at_its_time(void)
{
    static const uint64_t delays[] = { 50, 10, 40, 0, 30, 20, 60, 5 };
    ticker tickers[COUNT(delays)];
    uint64_t start;

    open_loop();
    ce_loop_freeze(loop);
    start = ce_loop_now_ms(loop);
    ran = 0;
    for (unsigned i = 0; i < COUNT(delays); i++) {
        tickers[i] = (ticker){ .timer.fire = ring, .number = i };
        ce_timer_start(loop, &tickers[i].timer, delays[i]);
    }
    ce_loop_advance(loop, 45);
    EXPECT_EQ(ran, 6);
    EXPECT_EQ(order[0], 3);
    EXPECT_EQ(order[1], 7);
    EXPECT_EQ(order[2], 1);
    EXPECT_EQ(order[3], 5);
    EXPECT_EQ(order[4], 4);
    EXPECT_EQ(order[5], 2);
    ce_loop_advance(loop, 15);
    EXPECT_EQ(ran, 8);
    for (unsigned i = 0; i < COUNT(delays); i++)
        EXPECT_EQ(tickers[i].at_ms, start + delays[i]);
    EXPECT_EQ(ce_loop_now_ms(loop), start + 60);
    ce_loop_close(loop);
}

static void time_stands_still_when_frozen(void)
{
    ticker a = { .timer.fire = ring };

    open_loop();
    ce_loop_freeze(loop);
    ran = 0;
    ce_timer_start(loop, &a.timer, 1);
    for (unsigned i = 0; i < 100; i++)
        ce_loop_poll(loop);
    EXPECT_EQ(ran, 0);
    ce_loop_advance(loop, 1);
    EXPECT_EQ(ran, 1);
    ce_loop_close(loop);
}

/* A simple model beside the heap: the same starts and stops of many timers. */
static void a_thousand_timers_agree_with_a_list(void)
{
    enum { MANY = 1000 };
    static ticker tickers[MANY];
    static bool running[MANY];
    unsigned seed = 7, expected = 0;
    uint64_t now;

    open_loop();
    ce_loop_freeze(loop);
    now = ce_loop_now_ms(loop);
    ran = 0;
    for (unsigned turn = 0; turn < 20000; turn++) {
        unsigned i = (seed = seed * 1103515245 + 12345) / 65536 % MANY;

        tickers[i].timer.fire = ring;
        if (seed / 8 % 3 == 0) {
            ce_timer_stop(&tickers[i].timer);
            running[i] = false;
        } else {
            ce_timer_start(loop, &tickers[i].timer, 1 + seed / 16 % 5000);
            running[i] = true;
            tickers[i].at_ms = 0;
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        EXPECT_EQ((tickers[i].timer.loop != NULL), running[i]);
        expected += running[i];
    }
    for (unsigned step = 0; step < 50; step++) {
        now += 100;
        ce_loop_advance(loop, 100);
        for (unsigned i = 0; i < MANY; i++)
            if (running[i] && tickers[i].timer.due_ms <= now) {
                running[i] = false;
                REQUIRE_EQ(tickers[i].at_ms, tickers[i].timer.due_ms);
            } else if (running[i]) {
                REQUIRE_EQ(tickers[i].timer.loop, loop);
            }
    }
    EXPECT_EQ(ran, expected);
    ce_loop_close(loop);
}

static void ring_again(ce_timer *t)
{
    ticker *a = CE_OWNER(t, ticker, timer);

    note(a->number);
    if (a->again > 0) {
        a->again--;
        ce_timer_start(loop, t, 10);
    }
}

static void a_timer_may_start_itself_again(void)
{
    ticker a = { .timer.fire = ring_again, .again = 4 };

    open_loop();
    ce_loop_freeze(loop);
    ran = 0;
    ce_timer_start(loop, &a.timer, 10);
    ce_loop_advance(loop, 25);
    EXPECT_EQ(ran, 2);
    ce_loop_advance(loop, 1000);
    EXPECT_EQ(ran, 5);
    EXPECT_EQ(a.timer.loop, NULL);
    ce_loop_close(loop);
}

static void ring_and_stop_the_other(ce_timer *t)
{
    ticker *a = CE_OWNER(t, ticker, timer);

    note(a->number);
    ce_timer_stop(&a->other->timer);
}

static void a_timer_may_stop_another_that_is_due(void)
{
    ticker a = { .timer.fire = ring_and_stop_the_other, .number = 1 };
    ticker b = { .timer.fire = ring_and_stop_the_other, .number = 2 };

    a.other = &b;
    b.other = &a;
    open_loop();
    ce_loop_freeze(loop);
    ran = 0;
    ce_timer_start(loop, &a.timer, 5);
    ce_timer_start(loop, &b.timer, 5);
    ce_loop_advance(loop, 5);
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(a.timer.loop, NULL);
    EXPECT_EQ(b.timer.loop, NULL);
    ce_loop_close(loop);
}

static void ring_at_once_again(ce_timer *t)
{
    ticker *a = CE_OWNER(t, ticker, timer);

    note(a->number);
    if (a->again > 0)
        ce_timer_start(loop, t, 0);
    else
        ce_loop_stop(loop);
}

typedef struct bell {
    ticker ticker;
    ce_task task;
} bell;

static void stop_ringing(ce_task *t)
{
    CE_OWNER(t, bell, task)->ticker.again = 0;
}

static void a_timer_without_delay_lets_tasks_run(void)
{
    bell b = { .ticker = { .timer.fire = ring_at_once_again, .again = 1 },
               .task.run = stop_ringing };
    ticker guard = { .timer.fire = ring };

    open_loop();
    ran = 0;
    ce_timer_start(loop, &b.ticker.timer, 0);
    ce_timer_start(loop, &guard.timer, 0);
    ce_loop_post(loop, &b.task);
    ce_loop_run(loop);
    EXPECT_CMP(ran, >=, 2);
    ce_loop_close(loop);
}

static void restarting_moves_a_timer(void)
{
    ticker a = { .timer.fire = ring, .number = 1 };
    ticker b = { .timer.fire = ring, .number = 2 };

    open_loop();
    ce_loop_freeze(loop);
    ran = 0;
    ce_timer_start(loop, &a.timer, 10);
    ce_timer_start(loop, &b.timer, 20);
    ce_timer_start(loop, &a.timer, 30);
    ce_loop_advance(loop, 25);
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(order[0], 2);
    ce_loop_advance(loop, 5);
    EXPECT_EQ(ran, 2);
    EXPECT_EQ(order[1], 1);
    ce_timer_stop(&a.timer);
    ce_timer_stop(&a.timer);
    ce_loop_close(loop);
}

static void stop_the_loop(ce_timer *t)
{
    ring(t);
    ce_loop_stop(loop);
}

static void real_time_passes_in_a_run(void)
{
    ticker a = { .timer.fire = ring, .number = 1 };
    ticker b = { .timer.fire = stop_the_loop, .number = 2 };
    ticker never = { .timer.fire = ring, .number = 3 };
    uint64_t start;

    open_loop();
    ran = 0;
    start = ce_loop_now_ms(loop);
    ce_timer_start(loop, &b.timer, 20);
    ce_timer_start(loop, &a.timer, 5);
    ce_timer_start(loop, &never.timer, 1);
    ce_timer_stop(&never.timer);
    ce_loop_run(loop);
    EXPECT_EQ(ran, 2);
    EXPECT_EQ(order[0], 1);
    EXPECT_EQ(order[1], 2);
    EXPECT_CMP(ce_loop_now_ms(loop), >=, start + 20);
    ce_loop_close(loop);
}

static void closing_stops_every_timer(void)
{
    ticker tickers[5];

    open_loop();
    for (unsigned i = 0; i < COUNT(tickers); i++) {
        tickers[i] = (ticker){ .timer.fire = ring };
        ce_timer_start(loop, &tickers[i].timer, 10 + i);
    }
    ce_loop_close(loop);
    for (unsigned i = 0; i < COUNT(tickers); i++) {
        EXPECT_EQ(tickers[i].timer.loop, NULL);
        if (!tickers[i].timer.loop)
            ce_timer_stop(&tickers[i].timer);
    }
}

TESTS("timer", TEST(timers_fire_in_order_each_at_its_time),
      TEST(time_stands_still_when_frozen),
      TEST(a_thousand_timers_agree_with_a_list),
      TEST(a_timer_may_start_itself_again),
      TEST(a_timer_may_stop_another_that_is_due),
      TEST(a_timer_without_delay_lets_tasks_run),
      TEST(restarting_moves_a_timer), TEST(real_time_passes_in_a_run),
      TEST(closing_stops_every_timer))
