/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness: the truth about every endpoint. */
#include "bridge/watch/readiness.h"
#include "tests/support/ce_test.h"
#include "core/loop/loop.h"

static ce_loop *loop;
static br_readiness *board;
static unsigned changes;

static void on_change(ce_task *t)
{
    (void)t;
    changes++;
}

static ce_task changed = { .run = on_change };
static ce_health source, sink;
static br_readiness_watch source_watch, sink_watch;

static void open_board(void)
{
    ce_log_to(NULL, NULL, CE_ERROR);
    changes = 0;
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    REQUIRE_OK(br_readiness_open(&board, loop, &changed));
    ce_health_init(&source, loop, "http://h:1/a");
    ce_health_init(&sink, loop, "kafka://h:2/t");
    REQUIRE_OK(br_readiness_add(board, &(br_place){ "r", "source", "" },
                                &source, &source_watch));
    REQUIRE_OK(br_readiness_add(board, &(br_place){ "r", "sink", "1" }, &sink,
                                &sink_watch));
}

static void close_board(void)
{
    ce_loop_unpost(loop, &changed);
    br_readiness_close(board);
    ce_loop_close(loop);
}

static void expect_text(const char *expected)
{
    ce_buf text = { 0 };

    REQUIRE_OK(br_readiness_text(board, &text));
    EXPECT_TEXT(ce_buf_slice(&text), expected);
    ce_buf_free(&text);
}

static void it_is_ready_when_everything_is_up(void)
{
    open_board();
    EXPECT(!br_readiness_is_ready(board));
    ce_health_up(&source);
    EXPECT(!br_readiness_is_ready(board));
    ce_health_up(&sink);
    EXPECT(br_readiness_is_ready(board));
    ce_health_down(&sink, "connection refused");
    EXPECT(!br_readiness_is_ready(board));
    close_board();
}

static void each_endpoint_has_a_line_with_its_reason(void)
{
    open_board();
    ce_health_up(&source);
    expect_text("r source http://h:1/a: up\n"
                "r sink kafka://h:2/t: down: not connected yet\n");
    ce_health_down(&sink, "%s", "authentication failed");
    expect_text("r source http://h:1/a: up\n"
                "r sink kafka://h:2/t: down: authentication failed\n");
    close_board();
}

static void a_reason_stays_one_line_whatever_a_peer_says(void)
{
    char brief[400];

    open_board();
    ce_health_up(&source);
    ce_health_down(&sink, "%s", "no\nREADY=1\x1b[2J");
    expect_text("r source http://h:1/a: up\n"
                "r sink kafka://h:2/t: down: no READY=1 [2J\n");
    br_readiness_brief(board, brief, sizeof brief);
    EXPECT_STR(brief, "0 of 1 routes up; r sink kafka://h:2/t: no READY=1 [2J");
    close_board();
}

static void what_nothing_gets_through_to_is_down(void)
{
    ce_health flow;

    open_board();
    ce_health_init(&flow, loop, "kafka://h:2/t");
    br_readiness_follow(&sink_watch, &flow);
    ce_health_up(&source);
    ce_health_up(&sink);
    EXPECT(br_readiness_is_ready(board));
    ce_health_down(&flow, "500 from the sink");
    EXPECT(!br_readiness_is_ready(board));
    expect_text("r source http://h:1/a: up\n"
                "r sink kafka://h:2/t: down: 500 from the sink\n");
    ce_health_down(&sink, "connection refused");
    expect_text("r source http://h:1/a: up\n"
                "r sink kafka://h:2/t: down: connection refused\n");
    ce_health_up(&sink);
    ce_health_up(&flow);
    EXPECT(br_readiness_is_ready(board));
    close_board();
}

static void changes_are_posted(void)
{
    open_board();
    ce_health_up(&source);
    ce_loop_poll(loop);
    EXPECT_EQ(changes, 1);
    ce_health_up(&source);
    ce_loop_poll(loop);
    EXPECT_EQ(changes, 1);
    close_board();
}

static void a_stop_ends_readiness_for_good(void)
{
    open_board();
    ce_health_up(&source);
    ce_health_up(&sink);
    br_readiness_stop(board);
    EXPECT(!br_readiness_is_ready(board));
    expect_text("shutting down\n"
                "r source http://h:1/a: up\n"
                "r sink kafka://h:2/t: up\n");
    close_board();
}

TESTS("board", TEST(it_is_ready_when_everything_is_up),
      TEST(each_endpoint_has_a_line_with_its_reason),
      TEST(a_reason_stays_one_line_whatever_a_peer_says),
      TEST(what_nothing_gets_through_to_is_down), TEST(changes_are_posted),
      TEST(a_stop_ends_readiness_for_good))
