/* SPDX-License-Identifier: Apache-2.0 */
/* The main thread: it starts the workers, listens for signals, and says how it
 * all ended. It never waits for anything but its own loop. */
#include "bridge/run/supervisor.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include <cloudevents/alloc.h>

#include "bridge/run/clashes.h"
#include "bridge/run/gather.h"
#include "bridge/run/reload.h"
#include "bridge/run/service.h"
#include "bridge/run/top.h"
#include "bridge/watch/console.h"

enum {
    SIGNALS = 3,
    /* A commit and a goodbye to a peer that answers take milliseconds. */
    LAST_WORDS_MS = 2000
};

typedef struct supervisor {
    const br_plan *plan;
    ce_loop *loop;
    br_readiness *board;
    br_top top;
    br_progress *progress;
    br_team team;
    br_reload *reload; /* NULL: the plan cannot be read again */
    uv_signal_t signals[SIGNALS];
    br_service service;
    ce_task board_changed, worker_changed;
    ce_timer last_words;
    bool ready_said, signalled, failed;
    bool hurried; /* endpoints are left to the end of the process */
    uint64_t signalled_ns;
} supervisor;

/* --- counters --- */

static ce_status write_metrics(void *arg, ce_buf *out)
{
    const supervisor *s = arg;

    ce_status status = br_gather_metrics(&s->team, out);

    if (status != CE_OK || !s->reload)
        return status;
    return br_reload_metrics(s->reload, out);
}

static br_progress_counts count_progress(void *arg)
{
    const supervisor *s = arg;

    return br_gather_progress(&s->team);
}

/* --- the end --- */

static void stop_workers(supervisor *s)
{
    br_service_stopping(&s->service);
    br_readiness_stop(s->board);
    for (unsigned i = 0; i < s->team.count; i++)
        br_crew_stop(s->team.crews[i]);
}

static void end_by_signal(supervisor *s)
{
    /* A second signal may end it at once: all that a source has been told is
     * safe is at a sink, or in an inbox. */
    if (s->signalled)
        _exit(BR_EXIT_FAILED);
    s->signalled = true;
    s->signalled_ns = uv_hrtime();
    if (s->reload)
        br_reload_stop(s->reload);
    stop_workers(s);
}

static bool reload(void *arg, ce_buf *out)
{
    supervisor *s = arg;
    bool done;

    if (s->signalled)
        return false;
    br_service_reloading(&s->service);
    done = br_reload_begin(s->reload, out);
    if (!br_reload_is_busy(s->reload))
        br_service_reloaded(&s->service);
    return done;
}

static void on_hangup(supervisor *s)
{
    ce_buf text = { 0 };

    if (br_reload_is_busy(s->reload))
        br_reload_again(s->reload);
    else
        reload(s, &text);
    ce_buf_free(&text);
}

static void on_signal(uv_signal_t *handle, int number)
{
    supervisor *s = handle->data;

    if (number == SIGHUP && s->reload)
        on_hangup(s);
    else
        end_by_signal(s);
}

/* For JSON: the text names its place already. */
static br_console_place find_place(const void *crew, const char *route,
                                   const char *endpoint)
{
    const br_crew *c = crew;

    (void)route;
    (void)endpoint;
    return (br_console_place){ .route = c->plan->name };
}

static void say_of_route(const br_crew *crew, const char *text)
{
    br_console_about(find_place, crew);
    br_console_say(CE_ERROR, "%s", text);
    br_console_about(NULL, NULL);
}

/* A route that a reload started is no reason to end the others. */
static void say_failure(supervisor *s, const br_crew *crew,
                        const br_worker_end *end)
{
    if (crew->is_alone || !s->failed)
        say_of_route(crew, end->error.text);
    if (crew->is_alone || s->failed)
        return;
    s->failed = true;
    stop_workers(s);
}

/* Returns whether it has ended. */
static bool look_at(supervisor *s, br_crew *crew)
{
    bool ended = true;

    for (unsigned i = 0; i < crew->count; i++) {
        const br_worker_end *end = br_worker_result(crew->workers[i]);

        ended = ended && end;
        if (!end || !end->failed || crew->is_said)
            continue;
        crew->is_said = true;
        say_failure(s, crew, end);
    }
    return ended;
}

static void tell_manager(supervisor *s)
{
    if (s->reload && !br_reload_is_busy(s->reload))
        br_service_reloaded(&s->service);
    else
        br_service_look(&s->service);
}

static void on_worker_changed(ce_task *t)
{
    supervisor *s = CE_OWNER(t, supervisor, worker_changed);
    unsigned running = 0;
    bool closed = true;

    if (s->reload)
        br_reload_step(s->reload);
    for (unsigned i = 0; i < s->team.count; i++) {
        running += !look_at(s, s->team.crews[i]);
        closed = closed && br_crew_is_closed(s->team.crews[i]);
    }
    tell_manager(s);
    if (closed)
        ce_loop_stop(s->loop);
    else if (running == 0 && !(s->reload && br_reload_is_busy(s->reload)))
        ce_timer_start(s->loop, &s->last_words, LAST_WORDS_MS);
}

/* All is settled, and an endpoint does not close: its library is in a name
 * lookup, say, which may take half a minute and cannot be ended. */
static void on_last_words(ce_timer *t)
{
    supervisor *s = CE_OWNER(t, supervisor, last_words);

    s->hurried = true;
    ce_loop_stop(s->loop);
}

static void on_board_changed(ce_task *t)
{
    supervisor *s = CE_OWNER(t, supervisor, board_changed);

    br_service_look(&s->service);
    if (s->ready_said || s->failed || !br_readiness_is_ready(s->board))
        return;
    s->ready_said = true;
    if (!s->plan->quiet)
        br_console_say(CE_INFO, "ready");
}

static br_summary sum_up(const supervisor *s)
{
    br_summary sum = { 0 };

    if (s->reload) {
        sum = br_reload_past(s->reload);
        /* Those that are left came to their end; that one did not. */
        sum.failed = !s->signalled && br_reload_is_in_part(s->reload);
    }
    for (unsigned i = 0; i < s->team.count; i++)
        br_summary_add(&sum, s->team.crews[i]);
    return sum;
}

static br_exit judge(const supervisor *s)
{
    br_summary sum = sum_up(s);

    if (s->signalled)
        br_summary_say(&sum, &s->team,
                       (uv_hrtime() - s->signalled_ns) / 1000000);
    if (s->failed || sum.failed || sum.stuck || sum.lost)
        return BR_EXIT_FAILED;
    if (s->signalled)
        return BR_EXIT_DONE;
    if (sum.sink_gone && !s->plan->is_filter) {
        br_console_say(CE_ERROR, "nobody reads the output any more");
        return BR_EXIT_UNDELIVERED;
    }
    if (sum.undelivered)
        return BR_EXIT_UNDELIVERED;
    return sum.refused ? BR_EXIT_REFUSED : BR_EXIT_DONE;
}

/* --- the beginning --- */

/* What can never work because of how it was asked for is a faulty
 * configuration. */
static br_exit exit_of(ce_status status)
{
    if (status == CE_EINVAL || status == CE_ESYNTAX || status == CE_ENOTSUP)
        return BR_EXIT_USAGE;
    return BR_EXIT_FAILED;
}

static br_exit fail(const ce_error *err, ce_status status)
{
    br_console_say(CE_ERROR, "%s", err->text);
    return exit_of(status);
}

static ce_status adopt(void *arg, const br_plan *now, ce_buf *said,
                       ce_error *err)
{
    supervisor *s = arg;

    return br_top_adopt(&s->top, now, said, err);
}

static bool holds(void *arg, const br_plan *plan)
{
    return br_top_holds(&((const supervisor *)arg)->top, plan);
}

static ce_status open_reload(supervisor *s, ce_error *err)
{
    const br_reload_config c = { .plan = s->plan,
                                 .team = &s->team,
                                 .adopt = adopt,
                                 .holds = holds,
                                 .arg = s };

    return s->plan->reload ? br_reload_open(&s->reload, &c, err) : CE_OK;
}

static ce_status open_top(supervisor *s, ce_error *err)
{
    s->top.team = &s->team;
    s->top.config = (br_admin_config){ .loop = s->loop,
                                       .board = s->board,
                                       .metrics = write_metrics,
                                       .reload = s->reload ? reload : NULL,
                                       .arg = s };
    return br_top_open(&s->top, s->plan, err);
}

static ce_status open_all(supervisor *s, ce_error *err)
{
    ce_status status;

    br_warn_of_parts(s->plan);
    status = br_team_open(&s->team, s->plan, err);
    if (status == CE_OK)
        status = open_reload(s, err);
    if (status == CE_OK)
        status = open_top(s, err);
    if (status != CE_OK || !s->plan->progress)
        return status;
    return br_progress_open(&s->progress, s->loop, count_progress, s);
}

static bool is_ignored(int number)
{
    struct sigaction now;

    return !sigaction(number, NULL, &now) && now.sa_handler == SIG_IGN;
}

static void listen_for_signals(supervisor *s)
{
    static const int numbers[SIGNALS] = { SIGTERM, SIGINT, SIGHUP };

    /* Both are errors of a write, as others. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    for (unsigned i = 0; i < SIGNALS; i++) {
        uv_signal_init(ce_loop_uv(s->loop), &s->signals[i]);
        s->signals[i].data = s;
        /* As nohup(1) wants it. */
        if (numbers[i] == SIGHUP && is_ignored(SIGHUP))
            continue;
        uv_signal_start(&s->signals[i], on_signal, numbers[i]);
    }
}

static br_exit run(supervisor *s)
{
    ce_error err = { CE_OK, "" };
    ce_status status = open_all(s, &err);

    if (status != CE_OK)
        return fail(&err, status);
    br_team_start(&s->team);
    ce_loop_run(s->loop);
    br_service_stopping(&s->service);
    return judge(s);
}

static bool is_stuck(const supervisor *s)
{
    for (unsigned i = 0; i < s->team.count; i++)
        if (br_crew_is_stuck(s->team.crews[i]))
            return true;
    return false;
}

static void close_all(supervisor *s)
{
    br_progress_close(s->progress);
    br_service_close(&s->service);
    br_top_close(&s->top);
    br_team_close(&s->team);
    br_reload_close(s->reload);
    for (unsigned i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&s->signals[i], NULL);
    ce_timer_stop(&s->last_words);
    br_readiness_close(s->board);
    ce_loop_unpost(s->loop, &s->board_changed);
    ce_loop_unpost(s->loop, &s->worker_changed);
    ce_loop_close(s->loop);
}

br_exit br_supervise(const br_plan *plan)
{
    supervisor s = { .plan = plan,
                     .service.to.fd = -1,
                     .board_changed.run = on_board_changed,
                     .worker_changed.run = on_worker_changed,
                     .last_words.fire = on_last_words };
    ce_error err = { CE_OK, "" };
    ce_status status = ce_loop_open(&s.loop, NULL, &err);
    br_exit code;

    if (status != CE_OK)
        return fail(&err, status);
    if (br_readiness_open(&s.board, s.loop, &s.board_changed) != CE_OK) {
        ce_loop_close(s.loop);
        return BR_EXIT_FAILED;
    }
    s.team.config = (br_team_config){ .owner = s.loop,
                                      .changed = &s.worker_changed,
                                      .board = s.board,
                                      .grace_ms = plan->grace_ms };
    s.service.loop = s.loop;
    s.service.team = &s.team;
    s.service.board = s.board;
    /* A command within somebody's script is not the service. */
    if (!plan->quiet)
        br_service_open(&s.service);
    listen_for_signals(&s);
    code = run(&s);
    /* What did not settle points into its route: that must stay as it is. */
    if (is_stuck(&s) || s.hurried) {
        br_top_close(&s.top);
        _exit(code);
    }
    close_all(&s);
    return code;
}
