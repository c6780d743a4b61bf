/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of events that are sent, and of those that come. */
#include "bridge/bench/trial.h"
#include "tests/support/ce_test.h"

static br_trial *t;

static void begin(uint64_t timeout_ms)
{
    const br_trial_config c = {
        .count = 10, .bytes = 3, .timeout_ms = timeout_ms, .receives = true
    };

    REQUIRE_OK(br_trial_open(&t, &c, NULL));
}

static void send_and_settle(uint64_t number, ce_verdict verdict)
{
    br_trial_send(t, number, 1 + number);
    br_trial_settle(t, number, verdict);
}

static void arrive(const char *id)
{
    br_trial_arrive(t, ce_slice_of(t->source), ce_slice_of(id));
}

static void it_is_over_when_all_that_was_confirmed_has_come(void)
{
    begin(100000);
    send_and_settle(0, CE_ACK);
    arrive("2"); /* before its confirmation */
    send_and_settle(1, CE_ACK);
    send_and_settle(2, CE_NACK);
    send_and_settle(3, CE_UNDELIVERED);
    arrive("1");
    EXPECT(!br_trial_is_over(t));
    atomic_store(&t->is_sent, true);
    EXPECT(br_trial_is_over(t));
    EXPECT_EQ(t->sent, 4);
    EXPECT_EQ(atomic_load(&t->confirmed), 2);
    EXPECT_EQ(t->refused, 1);
    EXPECT_EQ(t->undelivered, 1);
    EXPECT_EQ(t->arrived, 2);
    EXPECT_EQ(t->confirmation.count, 2);
    EXPECT_EQ(t->arrival.count, 2);
    EXPECT_EQ(br_trial_lost(t), 0);
    br_trial_close(t);
}

static void what_does_not_come_in_its_time_is_lost(void)
{
    begin(0);
    send_and_settle(0, CE_ACK);
    send_and_settle(1, CE_ACK);
    send_and_settle(2, CE_UNDELIVERED);
    /* It came all the same, and stands for no other one. */
    arrive("3");
    arrive("2");
    atomic_store(&t->is_sent, true);
    EXPECT(br_trial_is_over(t));
    EXPECT_EQ(br_trial_lost(t), 1);
    br_trial_close(t);
}

static void what_is_cut_short_is_not_lost(void)
{
    begin(100000);
    send_and_settle(0, CE_ACK);
    EXPECT_EQ(br_trial_lost(t), 0);
    EXPECT(!br_trial_is_whole(t));
    br_trial_close(t);
}

static void other_events_are_told_apart(void)
{
    static const char *const others[] = {
        "", "0", "11", "1x", "-1", "18446744073709551617",
    };

    begin(0);
    for (size_t i = 0; i < COUNT(others); i++)
        arrive(others[i]);
    br_trial_arrive(t, CE_SLICE("/cebridge/bench/other"), CE_SLICE("1"));
    EXPECT_EQ(t->foreign, COUNT(others) + 1);
    arrive("10");
    arrive("10");
    EXPECT_EQ(t->arrived, 1);
    EXPECT_EQ(t->duplicates, 1);
    br_trial_close(t);
}

TESTS("trial", TEST(it_is_over_when_all_that_was_confirmed_has_come),
      TEST(what_does_not_come_in_its_time_is_lost),
      TEST(what_is_cut_short_is_not_lost), TEST(other_events_are_told_apart))
