/* SPDX-License-Identifier: Apache-2.0 */
/* A sink that nothing gets through to: noticed, said, and probed. */
#include "core/loop/loop.h"
#include "core/pipeline/breaker.h"
#include "tests/support/ce_test.h"

static ce_loop *loop;
static ce_health sink;
static ce_breaker breaker;
static unsigned lines;
static char last[600];
static uint64_t last_repeated;

static void note_line(ce_level level, const char *line, void *arg)
{
    (void)arg;
    (void)level;
    lines++;
    snprintf(last, sizeof last, "%s", line);
    last_repeated = ce_log_fields_now()->repeated;
}

static void begin(ce_breaker_config c)
{
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    ce_loop_freeze(loop);
    ce_health_init(&sink, loop, "http://sink/");
    ce_health_up(&sink);
    c.loop = loop;
    c.sink = &sink;
    ce_breaker_init(&breaker, &c);
    lines = 0;
    last[0] = '\0';
    ce_log_to(note_line, NULL, CE_INFO);
}

static void end(void)
{
    ce_log_to(NULL, NULL, CE_INFO);
    ce_breaker_close(&breaker);
    ce_loop_close(loop);
}

/* Returns whether the attempt was a probe. */
static bool attempt(ce_result r)
{
    bool is_probe = ce_breaker_sent(&breaker);

    ce_breaker_heard(&breaker, is_probe, &r);
    return is_probe;
}

static ce_result failure(void)
{
    return ce_result_http(500, "500 Internal Server Error");
}

static void fail_for(unsigned seconds)
{
    for (unsigned i = 0; i <= seconds; i++) {
        attempt(failure());
        if (i < seconds)
            ce_loop_advance(loop, 1000);
    }
}

/* Until a probe may go. */
static uint64_t wait_for_probe(void)
{
    uint64_t ms, waited = 0;

    while ((ms = ce_breaker_wait_ms(&breaker))) {
        ce_loop_advance(loop, ms);
        waited += ms;
    }
    return waited;
}

static void it_opens_after_ten_seconds_of_failures(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(9);
    EXPECT(breaker.flow.up);
    EXPECT_EQ(ce_breaker_wait_ms(&breaker), 0);
    ce_loop_advance(loop, 1000);
    EXPECT(!breaker.flow.up);
    EXPECT_STR(breaker.flow.reason, "500 Internal Server Error");
    EXPECT_CMP(ce_breaker_wait_ms(&breaker), >=, 250);
    EXPECT_CMP(ce_breaker_wait_ms(&breaker), <=, 500);
    end();
}

static void a_success_between_begins_anew(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(9);
    attempt(ce_result_ack());
    fail_for(9);
    EXPECT(breaker.flow.up);
    attempt(ce_result_http(422, "no"));
    fail_for(9);
    EXPECT(breaker.flow.up);
    end();
}

static void two_failures_far_apart_are_no_stall(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    attempt(failure());
    ce_loop_advance(loop, 60000);
    attempt(failure());
    EXPECT(breaker.flow.up);
    attempt(failure());
    EXPECT(!breaker.flow.up);
    ce_loop_advance(loop, 60000);
    end();
}

static void one_probe_goes_at_a_time(void)
{
    bool is_probe;
    ce_result r = failure();

    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(10);
    wait_for_probe();
    is_probe = ce_breaker_sent(&breaker);
    EXPECT(is_probe);
    EXPECT_CMP(ce_breaker_wait_ms(&breaker), >, 0);
    ce_breaker_heard(&breaker, is_probe, &r);
    EXPECT_CMP(ce_breaker_wait_ms(&breaker), >, 0);
    end();
}

static void the_pauses_between_probes_grow(void)
{
    uint64_t waited = 0;

    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(10);
    for (unsigned i = 0; i < 8; i++) {
        wait_for_probe();
        EXPECT(attempt(failure()));
    }
    waited = wait_for_probe();
    EXPECT_CMP(waited, >=, 2500);
    EXPECT_CMP(waited, <=, 5000);
    end();
}

static void a_probe_that_arrives_closes_it(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(10);
    wait_for_probe();
    EXPECT(attempt(ce_result_ack()));
    EXPECT(breaker.flow.up);
    EXPECT_EQ(ce_breaker_wait_ms(&breaker), 0);
    EXPECT_STR(last, "http://sink/: events get through again");
    EXPECT(!attempt(ce_result_ack()));
    end();
}

/* It is the event's: others may be welcome. */
static void a_retry_after_holds_no_probe(void)
{
    ce_result r = failure();

    begin((ce_breaker_config){ .cap_ms = 30000 });
    r.retry_after_ms = 600000;
    for (unsigned i = 0; i < 3; i++)
        attempt(r);
    ce_loop_advance(loop, 10000);
    EXPECT(!breaker.flow.up);
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_CMP(wait_for_probe(), <=, 5000);
        EXPECT(attempt(r));
    }
    end();
}

/* Else a balancer that asks would keep them away for ever. */
static void where_nobody_comes_to_try_it_calls_somebody(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    for (unsigned i = 0; i < 3; i++)
        attempt(failure());
    ce_loop_advance(loop, 10000);
    EXPECT(!breaker.flow.up);
    ce_loop_advance(loop, 10000);
    EXPECT(breaker.flow.up);
    EXPECT(ce_breaker_sent(&breaker));
    EXPECT_CMP(ce_breaker_wait_ms(&breaker), >, 0);
    ce_breaker_heard(&breaker, true, &(ce_result){ .verdict = CE_UNDELIVERED });
    EXPECT(!breaker.flow.up);
    ce_loop_advance(loop, 10000);
    EXPECT(attempt(ce_result_ack()));
    EXPECT(!attempt(ce_result_ack()));
    end();
}

static void its_rest_and_its_attempts_are_told_once(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000, .quiet = true });
    fail_for(10);
    lines = 0;
    for (unsigned i = 0; i < 360; i++) {
        ce_loop_advance(loop, 10000);
        EXPECT(breaker.flow.up);
        attempt(failure());
        EXPECT(!breaker.flow.up);
    }
    EXPECT_CMP(lines, <=, 70);
    ce_loop_advance(loop, 10000);
    attempt(ce_result_ack());
    EXPECT_STR(last, "http://sink/: events get through again");
    end();
}

static void while_something_waits_its_flow_is_down(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(10);
    for (unsigned i = 0; i < 60; i++) {
        ce_breaker_waits(&breaker);
        ce_loop_advance(loop, 1000);
        EXPECT(!breaker.flow.up);
    }
    ce_loop_advance(loop, 9000);
    EXPECT(breaker.flow.up);
    end();
}

/* The event has arrived. */
static void a_reply_that_is_none_is_no_failure(void)
{
    ce_result r = failure();

    begin((ce_breaker_config){ .cap_ms = 30000 });
    r.exhausted = true;
    for (unsigned i = 0; i <= 20; i++) {
        attempt(r);
        ce_loop_advance(loop, 1000);
    }
    EXPECT(breaker.flow.up);
    EXPECT_EQ(lines, 0);
    end();
}

static void a_new_connection_is_probed_at_once(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(10);
    ce_health_down(&sink, "connection refused");
    EXPECT_CMP(ce_breaker_wait_ms(&breaker), >, 0);
    ce_health_up(&sink);
    EXPECT_EQ(ce_breaker_wait_ms(&breaker), 0);
    end();
}

static void a_sink_that_is_away_speaks_for_itself(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    ce_health_down(&sink, "connection refused");
    lines = 0;
    fail_for(60);
    EXPECT(breaker.flow.up);
    EXPECT_EQ(lines, 0);
    end();
}

static void a_refusal_counts_where_it_must_not_be(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000, .refusal_fails = true });
    for (unsigned i = 0; i <= 10; i++) {
        attempt(ce_result_http(400, "too large"));
        ce_loop_advance(loop, 1000);
    }
    EXPECT(!breaker.flow.up);
    EXPECT_STR(breaker.flow.reason, "too large");
    end();
}

static void failures_are_said_at_once_and_then_ever_more_seldom(void)
{
    char count[40];

    begin((ce_breaker_config){ .cap_ms = 30000 });
    attempt(failure());
    EXPECT_EQ(lines, 1);
    EXPECT_STR(last, "http://sink/: 500 Internal Server Error");
    for (unsigned i = 0; i < 3600; i++) {
        ce_loop_advance(loop, 1000);
        attempt(failure());
    }
    EXPECT_CMP(lines, >=, 60);
    EXPECT_CMP(lines, <=, 70);
    snprintf(count, sizeof count, "(%u attempts failed)",
             (unsigned)last_repeated);
    EXPECT_CONTAINS(last, count);
    end();
}

static void what_fails_and_succeeds_in_turn_fills_no_log(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    for (unsigned i = 0; i < 36000; i++) {
        attempt(i % 2 ? ce_result_ack() : failure());
        ce_loop_advance(loop, 100);
    }
    EXPECT_CMP(lines, <=, 70);
    end();
}

static void where_others_speak_it_speaks_of_the_stall_alone(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000, .quiet = true });
    fail_for(9);
    EXPECT_EQ(lines, 0);
    fail_for(1);
    EXPECT_CMP(lines, >, 0);
    end();
}

static void a_sink_without_answers_is_down_but_may_be_used(void)
{
    ce_result ack = ce_result_ack();

    begin((ce_breaker_config){ .cap_ms = 30000 });
    ce_breaker_sent(&breaker);
    ce_loop_advance(loop, 29000);
    EXPECT(breaker.flow.up);
    ce_loop_advance(loop, 5000);
    EXPECT(!breaker.flow.up);
    EXPECT_STR(breaker.flow.reason, "no answer for 30 s");
    EXPECT_EQ(ce_breaker_wait_ms(&breaker), 0);
    ce_breaker_heard(&breaker, false, &ack);
    EXPECT(breaker.flow.up);
    ce_loop_advance(loop, 100000);
    EXPECT(breaker.flow.up);
    end();
}

static void a_silence_ends_when_nothing_is_left_to_wait_for(void)
{
    ce_result r = failure();

    begin((ce_breaker_config){ .cap_ms = 30000 });
    ce_breaker_sent(&breaker);
    ce_loop_advance(loop, 60000);
    EXPECT(!breaker.flow.up);
    ce_breaker_heard(&breaker, false, &r);
    EXPECT(!breaker.flow.up);
    ce_loop_advance(loop, 10000);
    EXPECT(breaker.flow.up);
    end();
}

static void after_its_stop_it_is_silent(void)
{
    begin((ce_breaker_config){ .cap_ms = 30000 });
    fail_for(10);
    ce_breaker_stop(&breaker);
    lines = 0;
    fail_for(20);
    EXPECT_EQ(lines, 0);
    EXPECT_EQ(ce_breaker_wait_ms(&breaker), 0);
    end();
}

TESTS("breaker", TEST(it_opens_after_ten_seconds_of_failures),
      TEST(a_success_between_begins_anew),
      TEST(two_failures_far_apart_are_no_stall), TEST(one_probe_goes_at_a_time),
      TEST(the_pauses_between_probes_grow),
      TEST(a_probe_that_arrives_closes_it), TEST(a_retry_after_holds_no_probe),
      TEST(where_nobody_comes_to_try_it_calls_somebody),
      TEST(its_rest_and_its_attempts_are_told_once),
      TEST(while_something_waits_its_flow_is_down),
      TEST(a_reply_that_is_none_is_no_failure),
      TEST(a_new_connection_is_probed_at_once),
      TEST(a_sink_that_is_away_speaks_for_itself),
      TEST(a_refusal_counts_where_it_must_not_be),
      TEST(failures_are_said_at_once_and_then_ever_more_seldom),
      TEST(what_fails_and_succeeds_in_turn_fills_no_log),
      TEST(where_others_speak_it_speaks_of_the_stall_alone),
      TEST(a_sink_without_answers_is_down_but_may_be_used),
      TEST(a_silence_ends_when_nothing_is_left_to_wait_for),
      TEST(after_its_stop_it_is_silent))
