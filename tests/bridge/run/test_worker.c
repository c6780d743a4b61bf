/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one worker, or of several of one route. */
#include "bridge/run/gather.h"
#include "bridge/run/worker.h"
#include "tests/bridge/run/stub.h"
#include "tests/support/ce_test.h"

#include <uv.h>

#define ROUTE "routes:\n  r: { from: \"stub://s\", to: \"stub://s\" }\n"

enum { WORKERS_MAX = 4 };

static br_plan plan;
static ce_loop *owner;
static br_readiness *board;
static br_worker *workers[WORKERS_MAX];
static unsigned count;
static pthread_barrier_t barrier;

static void on_ended(ce_task *t)
{
    (void)t;
    for (unsigned i = 0; i < count; i++)
        if (!br_worker_is_closed(workers[i]))
            return;
    ce_loop_stop(owner);
}

static void on_changed(ce_task *t)
{
    (void)t;
}

static ce_task ended = { .run = on_ended }, changed = { .run = on_changed };

static uint64_t grace_ms = 1;

static void open_limited(const char *yaml, uint64_t limit)
{
    br_worker_config c = { .changed = &ended, .sinks_started = &barrier };

    ce_log_to(NULL, NULL, CE_ERROR);
    stub_plan(&plan, yaml);
    REQUIRE_OK(ce_loop_open(&owner, NULL, NULL));
    REQUIRE_OK(br_readiness_open(&board, owner, &changed));
    plan.routes[0].limit = limit;
    c.plan = &plan.routes[0];
    c.grace_ms = grace_ms;
    c.board = board;
    c.owner = owner;
    for (; c.number < c.plan->workers; c.number++) {
        REQUIRE_OK(br_worker_open(&workers[count], &c, NULL));
        count++;
    }
    pthread_barrier_init(&barrier, NULL, count);
}

static void open_workers(const char *yaml)
{
    open_limited(yaml, 0);
}

/* The workers as a team. */
static const br_team *gathered(void)
{
    static br_crew crew;
    static br_crew *crews[] = { &crew };
    static br_team team;

    crew = (br_crew){ .plan = &plan.routes[0],
                      .workers = workers,
                      .count = count };
    team = (br_team){ .config.board = board, .crews = crews, .count = 1 };
    return &team;
}

/* Starts them, and returns when all have ended. */
static void run_workers(void)
{
    for (unsigned i = 0; i < count; i++)
        br_worker_start(workers[i]);
    ce_loop_run(owner);
}

static void close_workers(void)
{
    while (count > 0)
        br_worker_close(workers[--count]);
    br_readiness_close(board);
    board = NULL;
    if (owner) {
        ce_loop_unpost(owner, &ended);
        ce_loop_unpost(owner, &changed);
        ce_loop_close(owner);
        pthread_barrier_destroy(&barrier);
    }
    owner = NULL;
    br_plan_free(&plan);
    stub = (stub_script){ 0 };
}

static void a_worker_ends_with_its_source(void)
{
    const br_worker_end *end;

    stub = (stub_script){ .events = 3, .verdict = CE_ACK };
    open_workers(ROUTE);
    EXPECT(!br_worker_result(workers[0]));
    run_workers();
    end = br_worker_result(workers[0]);
    EXPECT(end->is_at_end && !end->failed && !end->stuck);
    EXPECT_EQ(end->tally.refused, 0);
    EXPECT_EQ(end->tally.returned, 0);
}

static void a_source_that_ends_while_it_is_down_has_failed(void)
{
    const br_worker_end *end;

    stub = (stub_script){ .events = 3, .fails = true, .verdict = CE_ACK };
    open_workers(ROUTE);
    run_workers();
    end = br_worker_result(workers[0]);
    EXPECT(end->is_at_end && end->failed);
    EXPECT_STR(end->error.text,
               "stub.yaml:2: r: stub: the stub's peer has none");
    EXPECT_EQ(end->tally.returned, 0);
}

static void outcomes_are_in_its_tally(void)
{
    const br_worker_end *end;

    stub = (stub_script){ .events = 3, .verdict = CE_NACK };
    open_workers(ROUTE);
    run_workers();
    end = br_worker_result(workers[0]);
    EXPECT(end->is_at_end);
    EXPECT_EQ(end->tally.refused, 3);
}

static void stop_at_the_last(unsigned number)
{
    if (number == stub.events)
        br_worker_stop(workers[0]);
}

static void a_worker_that_is_stopped_hands_back_what_is_open(void)
{
    const br_worker_end *end;

    stub = (stub_script){ .events = 3,
                          .stays = true,
                          .verdict = CE_ACK,
                          .held = 2,
                          .settled_late = 1,
                          .sent = stop_at_the_last };
    open_workers(ROUTE);
    run_workers();
    end = br_worker_result(workers[0]);
    EXPECT(!end->is_at_end && !end->stuck);
    EXPECT_EQ(atomic_load(&br_worker_route(workers[0])->meter.delivered), 2);
    EXPECT_EQ(end->tally.returned, 1);
    EXPECT_EQ(end->tally.undelivered, 0);
}

/* Runs with a minute of grace, and returns whether none of it was used. */
static bool ends_at_once(void)
{
    uint64_t begin = uv_hrtime();

    grace_ms = 60000;
    open_workers(ROUTE);
    grace_ms = 1;
    run_workers();
    return uv_hrtime() - begin < 10 * (uint64_t)1000000000;
}

static void a_stop_does_not_try_again_what_the_source_has(void)
{
    stub = (stub_script){ .events = 3,
                          .stays = true,
                          .verdict = CE_UNDELIVERED,
                          .sent = stop_at_the_last };
    EXPECT(ends_at_once());
    EXPECT_EQ(br_worker_result(workers[0])->tally.returned, 3);
}

static void a_stop_does_not_wait_for_a_sink_that_is_away(void)
{
    stub = (stub_script){ .events = 3,
                          .stays = true,
                          .verdict = CE_ACK,
                          .held = 2,
                          .falls_at = 2,
                          .sent = stop_at_the_last };
    EXPECT(ends_at_once());
    EXPECT_EQ(br_worker_result(workers[0])->tally.returned, 2);
}

/* Only the grace ends what nobody else holds. */
static void a_stop_goes_on_with_what_nobody_else_has(void)
{
    uint64_t begin = uv_hrtime();

    stub = (stub_script){ .events = 3,
                          .stays = true,
                          .level = CE_UNLESS_KEPT,
                          .verdict = CE_UNDELIVERED,
                          .sent = stop_at_the_last };
    grace_ms = 100;
    open_workers(ROUTE);
    grace_ms = 1;
    run_workers();
    /* The loop counts whole milliseconds, so a part of one may be missing. */
    EXPECT_CMP(uv_hrtime() - begin, >=, 99 * 1000000);
    EXPECT_EQ(br_worker_result(workers[0])->tally.returned, 3);
}

static void a_sink_that_is_gone_is_an_end(void)
{
    const br_worker_end *end;

    /* Not even a source that keeps nothing makes it wait. */
    stub = (stub_script){ .events = 5,
                          .stays = true,
                          .level = CE_UNLESS_KEPT,
                          .verdict = CE_ACK,
                          .gone_at = 3 };
    open_workers(ROUTE);
    run_workers();
    end = br_worker_result(workers[0]);
    EXPECT(end->is_at_end && end->sink_gone);
    EXPECT(!end->failed && !end->stuck);
    EXPECT_EQ(end->tally.returned, 3);
    EXPECT_EQ(end->tally.undelivered, 0);
}

static void a_limit_is_an_end(void)
{
    const br_worker_end *end;
    ce_buf text = { 0 };

    stub = (stub_script){ .events = 5, .stays = true, .verdict = CE_ACK };
    open_limited(ROUTE, 2);
    run_workers();
    end = br_worker_result(workers[0]);
    EXPECT(end->is_at_end);
    REQUIRE_OK(br_gather_metrics(gathered(), &text));
    REQUIRE_OK(ce_buf_byte(&text, '\0'));
    EXPECT_CONTAINS(text.ptr,
                    "cebridge_events_delivered_total{route=\"r\"} 2\n");
    ce_buf_free(&text);
}

static void what_does_not_start_says_why(void)
{
    const br_worker_end *end;

    stub = (stub_script){ .stays = true, .starts_sink = CE_EIO };
    open_workers(ROUTE);
    run_workers();
    end = br_worker_result(workers[0]);
    EXPECT(end->failed);
    EXPECT_STR(end->error.text, "stub.yaml:2: r: the stub does not start");
}

static void no_source_starts_before_all_sinks(void)
{
    stub = (stub_script){ .events = 1, .verdict = CE_ACK };
    open_workers("routes:\n  r: { from: \"stub://s\", to: \"stub://s\", "
                 "workers: 3 }\n");
    REQUIRE_EQ(count, 3);
    run_workers();
    EXPECT_EQ(stub_sinks_before_source(), 3);
}

static void counters_of_workers_are_added_up(void)
{
    br_progress_counts c;
    ce_buf text = { 0 };

    stub = (stub_script){ .events = 4, .verdict = CE_ACK };
    open_workers("routes:\n  r: { from: \"stub://s\", to: \"stub://s\", "
                 "workers: 2 }\n");
    run_workers();
    c = br_gather_progress(gathered());
    EXPECT_EQ(c.delivered, 8);
    EXPECT_EQ(c.in_flight, 0);
    REQUIRE_OK(br_gather_metrics(gathered(), &text));
    REQUIRE_OK(ce_buf_byte(&text, '\0'));
    EXPECT_CONTAINS(text.ptr,
                    "cebridge_events_received_total{route=\"r\"} 8\n");
    EXPECT_CONTAINS(text.ptr,
                    "cebridge_retries_total{route=\"r\",sink=\"1\"} 0");
    ce_buf_free(&text);
}

TESTS_CLOSED_BY(close_workers, "worker", TEST(a_worker_ends_with_its_source),
                TEST(a_source_that_ends_while_it_is_down_has_failed),
                TEST(outcomes_are_in_its_tally),
                TEST(a_worker_that_is_stopped_hands_back_what_is_open),
                TEST(a_stop_does_not_try_again_what_the_source_has),
                TEST(a_stop_does_not_wait_for_a_sink_that_is_away),
                TEST(a_stop_goes_on_with_what_nobody_else_has),
                TEST(a_sink_that_is_gone_is_an_end), TEST(a_limit_is_an_end),
                TEST(what_does_not_start_says_why),
                TEST(no_source_starts_before_all_sinks),
                TEST(counters_of_workers_are_added_up))
