/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that come and go while others run. */
#include "bridge/run/team.h"

#include "tests/bridge/run/stub.h"
#include "tests/support/ce_test.h"

static br_plan first, more;
static ce_loop *owner;
static br_readiness *board;
static br_team team;

static void on_changed(ce_task *t)
{
    (void)t;
    for (unsigned i = 0; i < team.count; i++)
        if (!br_crew_is_closed(team.crews[i]))
            return;
    ce_loop_stop(owner);
}

static ce_task changed = { .run = on_changed };

static void open_team(void)
{
    ce_log_to(NULL, NULL, CE_ERROR);
    stub = (stub_script){ .stays = true };
    stub_plan(&first, "routes:\n"
                      "  r: { from: \"stub://r\", to: \"stub://r\" }\n");
    stub_plan(&more,
              "routes:\n"
              "  q: { from: \"stub://q\", to: \"stub://q\", workers: 2 }\n");
    REQUIRE_OK(ce_loop_open(&owner, NULL, NULL));
    REQUIRE_OK(br_readiness_open(&board, owner, &changed));
    team = (br_team){ .config = { .owner = owner,
                                  .changed = &changed,
                                  .board = board,
                                  .grace_ms = 1 } };
    REQUIRE_OK(br_team_open(&team, &first, NULL));
    br_team_start(&team);
}

static void close_team(void)
{
    for (unsigned i = 0; i < team.count; i++)
        br_crew_stop(team.crews[i]);
    ce_loop_run(owner);
    br_team_close(&team);
    ce_loop_unpost(owner, &changed);
    br_readiness_close(board);
    ce_loop_close(owner);
    br_plan_free(&first);
    br_plan_free(&more);
}

static void a_route_without_a_thread_is_not_there(void)
{
    ce_error err;

    open_team();
    stub_allow_threads(false);
    EXPECT_EQ(br_team_add(&team, &more.routes[0], &err), CE_EIO);
    stub_allow_threads(true);
    EXPECT_CONTAINS(err.text, "q: cannot start a thread");
    EXPECT_EQ(team.count, 1);
    EXPECT_OK(br_team_add(&team, &more.routes[0], &err));
    br_team_start_added(&team);
    EXPECT_EQ(team.count, 2);
    close_team();
}

TESTS("team", TEST(a_route_without_a_thread_is_not_there))
