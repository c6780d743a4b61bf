/* SPDX-License-Identifier: Apache-2.0 */
/* The watchdog: a route whose loop hangs is a process that hangs. */
#include "bridge/run/service.h"

#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bridge/run/stub.h"
#include "tests/support/ce_test.h"

#define ROUTES                                                                 \
    "routes:\n"                                                                \
    "  r: { from: \"stub://s\", to: \"stub://s\" }\n"                          \
    "  q: { from: \"stub://s\", to: \"stub://s\" }\n"

enum { BEATS = 20 };

static br_plan plan;
static ce_loop *owner;
static br_readiness *board;
static br_team team;
static br_service service;
static int manager;
static sem_t entered, release;
static const char *awaited;
static unsigned beats;
static bool is_closing;

/* --- the manager --- */

/* Whether TEXT is among what has come. */
static bool has_come(const char *text)
{
    char line[1024];
    bool found = false;
    ssize_t len;

    while ((len = recv(manager, line, sizeof line - 1, MSG_DONTWAIT)) > 0) {
        line[len] = '\0';
        found = found || strcmp(line, text) == 0;
    }
    return found;
}

static void open_manager(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    socklen_t len = sizeof at;
    char name[sizeof at.sun_path + 1];

    manager = socket(AF_UNIX, SOCK_DGRAM, 0);
    /* The system chooses a name. */
    REQUIRE_EQ(bind(manager, (struct sockaddr *)&at, sizeof at.sun_family), 0);
    REQUIRE_EQ(getsockname(manager, (struct sockaddr *)&at, &len), 0);
    snprintf(name, sizeof name, "@%.*s", (int)(len - sizeof at.sun_family - 1),
             at.sun_path + 1);
    setenv("NOTIFY_SOCKET", name, 1);
    setenv("WATCHDOG_USEC", "2000", 1);
    unsetenv("WATCHDOG_PID");
}

/* --- the team --- */

static void hang(unsigned number)
{
    (void)number;
    sem_post(&entered);
    sem_wait(&release);
}

static bool all_have_ended(void)
{
    for (unsigned i = 0; i < team.count; i++)
        if (!br_crew_is_closed(team.crews[i]))
            return false;
    return true;
}

static void on_changed(ce_task *t)
{
    (void)t;
    br_service_look(&service);
    if (is_closing && all_have_ended())
        ce_loop_stop(owner);
}

static void on_poll(ce_timer *t)
{
    if (awaited ? has_come(awaited) : ++beats == BEATS)
        ce_loop_stop(owner);
    else
        ce_timer_start(owner, t, 1);
}

static ce_task changed = { .run = on_changed };
static ce_timer poll_timer = { .fire = on_poll };

/* Until TEXT has come; NULL: for some beats of the watchdog. */
static void run_until(const char *text)
{
    awaited = text;
    beats = 0;
    ce_timer_start(owner, &poll_timer, 1);
    ce_loop_run(owner);
    ce_timer_stop(&poll_timer);
}

static void open_team(void)
{
    ce_log_to(NULL, NULL, CE_ERROR);
    open_manager();
    sem_init(&entered, 0, 0);
    sem_init(&release, 0, 0);
    stub_plan(&plan, ROUTES);
    REQUIRE_OK(ce_loop_open(&owner, NULL, NULL));
    REQUIRE_OK(br_readiness_open(&board, owner, &changed));
    team = (br_team){ .config = { .owner = owner,
                                  .changed = &changed,
                                  .board = board,
                                  .grace_ms = 1 } };
    service = (br_service){ .loop = owner, .team = &team, .board = board };
    REQUIRE_OK(br_team_open(&team, &plan, NULL));
    br_service_open(&service);
    br_team_start(&team);
}

static void close_team(void)
{
    for (unsigned i = 0; i < team.count; i++)
        br_crew_stop(team.crews[i]);
    is_closing = true;
    ce_loop_post(owner, &changed);
    ce_loop_run(owner);
    is_closing = false;
    br_service_close(&service);
    br_team_close(&team);
    ce_loop_unpost(owner, &changed);
    br_readiness_close(board);
    ce_loop_close(owner);
    br_plan_free(&plan);
    close(manager);
}

static void a_loop_that_hangs_silences_the_watchdog(void)
{
    stub = (stub_script){ .events = 1, .stays = true, .sent = hang };
    open_team();
    run_until("READY=1");
    for (unsigned i = 0; i < 2; i++)
        sem_wait(&entered);
    sem_post(&release); /* one of the two goes on */
    run_until(NULL);    /* a round from before may end */
    has_come("WATCHDOG=1");
    run_until(NULL);
    EXPECT(!has_come("WATCHDOG=1"));
    sem_post(&release);
    run_until("WATCHDOG=1");
    close_team();
}

static void routes_that_have_ended_owe_no_answer(void)
{
    stub = (stub_script){ .events = 1 };
    open_team();
    while (!all_have_ended())
        run_until(NULL);
    has_come("WATCHDOG=1");
    run_until("WATCHDOG=1");
    close_team();
}

TESTS("service", TEST(a_loop_that_hangs_silences_the_watchdog),
      TEST(routes_that_have_ended_owe_no_answer))
