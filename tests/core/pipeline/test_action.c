/* SPDX-License-Identifier: Apache-2.0 */
/* One table from results to what every receiver does. */
#include "core/loop/loop.h"
#include "core/pipeline/action.h"
#include "tests/support/ce_test.h"

#include <stdlib.h>

static const struct row {
    const char *name;
    ce_result result;
    ce_action running, stopped;
    const char *loss;
} rows[] = {
    { "delivered", { .verdict = CE_ACK }, CE_PASS, CE_PASS, NULL },
    { "stored", { .fate = CE_STORED }, CE_PASS, CE_PASS, NULL },
    { "filtered", { .fate = CE_FILTERED }, CE_PASS, CE_PASS, NULL },
    { "duplicate", { .fate = CE_DUPLICATE }, CE_PASS, CE_PASS, NULL },
    { "letter", { .fate = CE_DEAD_LETTERED }, CE_PASS, CE_PASS, NULL },
    { "refused", { .verdict = CE_NACK }, CE_PASS, CE_PASS, "refused" },
    { "malformed",
      { .verdict = CE_NACK, .malformed = true },
      CE_PASS,
      CE_PASS,
      "refused" },
    { "given up",
      { .verdict = CE_UNDELIVERED, .exhausted = true, .attempts = 3 },
      CE_PASS,
      CE_PASS,
      "not delivered" },
    { "not now",
      { .verdict = CE_UNDELIVERED, .code = 503 },
      CE_REPEAT,
      CE_KEEP,
      "not delivered" },
    { "not now, for so long",
      { .verdict = CE_UNDELIVERED, .retry_after_ms = 60000 },
      CE_REPEAT,
      CE_KEEP,
      "not delivered" },
};

static void a_result_has_one_action(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *r = &rows[i];
        const char *loss = ce_action_loss(&r->result);

        EXPECT_EQ_ROW(r->name, ce_action_of(&r->result, true), r->running);
        EXPECT_EQ_ROW(r->name, ce_action_of(&r->result, false), r->stopped);
        EXPECT_ROW(r->name, !loss == !r->loss);
        EXPECT_ROW(r->name, !loss || !strcmp(loss, r->loss));
    }
}

/* --- repetitions --- */

static ce_repeater repeater;
static ce_delivery *pushed[32]; /* pauses are random: 13 at most */
static unsigned count;
static bool fails;

static void push(void *arg, ce_delivery *d)
{
    pushed[count++] = d;
    if (fails)
        ce_repeater_add(arg, d);
}

static ce_loop *begin(void)
{
    ce_loop *loop;

    if (ce_loop_open(&loop, NULL, NULL) != CE_OK)
        abort();
    ce_loop_freeze(loop);
    ce_repeater_init(&repeater, loop, push, &repeater);
    count = 0;
    fails = false;
    return loop;
}

static void what_comes_back_is_pushed_after_a_pause_in_order(void)
{
    ce_delivery a = { .depth = 0 }, b = { .depth = 0 };
    ce_loop *loop = begin();

    ce_repeater_add(&repeater, &a);
    ce_loop_advance(loop, 400);
    ce_repeater_add(&repeater, &b);
    EXPECT_EQ(count, 0);
    ce_loop_advance(loop, 600);
    REQUIRE_EQ(count, 2);
    EXPECT(pushed[0] == &a && pushed[1] == &b);
    ce_loop_advance(loop, 10000);
    EXPECT_EQ(count, 2);
    ce_loop_close(loop);
}

static void the_pause_grows_while_they_come_back(void)
{
    ce_delivery a = { .depth = 0 };
    ce_loop *loop = begin();

    fails = true;
    ce_repeater_add(&repeater, &a);
    ce_loop_advance(loop, 31000);
    EXPECT_CMP(count, >=, 5);
    EXPECT_CMP(count, <=, 6);
    count = 0;
    ce_loop_advance(loop, 180000);
    EXPECT_CMP(count, >=, 5);
    EXPECT_CMP(count, <=, 13);
    fails = false;
    ce_repeater_flush(&repeater);
    count = 0;
    ce_loop_advance(loop, 100000);
    EXPECT_EQ(count, 0);
    ce_loop_close(loop);
}

static void after_some_quiet_the_pause_is_short_again(void)
{
    ce_delivery a = { .depth = 0 };
    ce_loop *loop = begin();

    fails = true;
    ce_repeater_add(&repeater, &a);
    ce_loop_advance(loop, 20000);
    fails = false;
    ce_loop_advance(loop, 100000);
    count = 0;
    ce_repeater_add(&repeater, &a);
    ce_loop_advance(loop, 1000);
    EXPECT_EQ(count, 1);
    ce_loop_close(loop);
}

TESTS("action", TEST(a_result_has_one_action),
      TEST(what_comes_back_is_pushed_after_a_pause_in_order),
      TEST(the_pause_grows_while_they_come_back),
      TEST(after_some_quiet_the_pause_is_short_again))
