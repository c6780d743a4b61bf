/* SPDX-License-Identifier: Apache-2.0 */
/* How a run ends: the exit code, and what stderr says. */
#include "bridge/run/supervisor.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bridge/run/stub.h"
#include "tests/support/ce_test.h"

#define ONE "routes:\n  r: { from: \"stub://s\", to: \"stub://s\" }\n"
#define ONE_ATTEMPT                                                            \
    "routes:\n"                                                                \
    "  r:\n"                                                                   \
    "    from: stub://s\n"                                                     \
    "    to: stub://s\n"                                                       \
    "    retry: { max_attempts: 1 }\n"

static br_plan plan;
static char said[4096];

static void forget(void)
{
    br_plan_free(&plan);
    stub = (stub_script){ 0 };
}

/* Runs the plan with stderr in a file, and reads that into SAID. */
static br_exit supervise(void)
{
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    br_exit code;
    size_t len;

    REQUIRE(file);
    REQUIRE_CMP(before, >=, 0);
    ce_log_to(NULL, NULL, CE_ERROR);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    code = br_supervise(&plan);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    len = fread(said, 1, sizeof said - 1, file);
    said[len] = '\0';
    fclose(file);
    return code;
}

static void a_run_that_delivered_everything_ends_with_0(void)
{
    stub_plan(&plan, ONE);
    stub = (stub_script){ .events = 3, .verdict = CE_ACK };
    EXPECT_EQ(supervise(), BR_EXIT_DONE);
    EXPECT_STR(said, "cebridge: ready\n");
}

static void a_quiet_run_does_not_say_that_it_is_ready(void)
{
    stub_plan(&plan, ONE);
    stub = (stub_script){ .events = 1, .verdict = CE_ACK };
    plan.quiet = true;
    EXPECT_EQ(supervise(), BR_EXIT_DONE);
    EXPECT_STR(said, "");
}

/* A library may be in a name lookup that nothing ends. The process goes without
 * it, so this one is a child. */
static void an_endpoint_that_does_not_close_holds_nobody(void)
{
    int status = -1;
    pid_t child;

    stub_plan(&plan, ONE);
    stub =
        (stub_script){ .events = 3, .verdict = CE_ACK, .never_closes = true };
    child = fork();
    REQUIRE_CMP(child, >=, 0);
    if (child == 0) {
        alarm(30);
        _exit(br_supervise(&plan) == BR_EXIT_DONE ? 100 : 101);
    }
    REQUIRE_EQ(waitpid(child, &status, 0), child);
    EXPECT(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), BR_EXIT_DONE);
}

static void a_refused_event_makes_it_3(void)
{
    stub_plan(&plan, ONE);
    stub = (stub_script){ .events = 2, .verdict = CE_NACK };
    EXPECT_EQ(supervise(), BR_EXIT_REFUSED);
}

static void an_event_that_was_given_up_makes_it_4(void)
{
    stub_plan(&plan, ONE_ATTEMPT);
    stub = (stub_script){ .events = 2, .verdict = CE_UNDELIVERED };
    EXPECT_EQ(supervise(), BR_EXIT_UNDELIVERED);
}

static void a_reader_who_leaves_is_a_failure_but_for_a_filter(void)
{
    static const br_exit codes[] = { BR_EXIT_UNDELIVERED, BR_EXIT_DONE };

    for (unsigned i = 0; i < COUNT(codes); i++) {
        stub_plan(&plan, ONE);
        plan.is_filter = i;
        stub = (stub_script){
            .events = 4, .stays = true, .verdict = CE_ACK, .gone_at = 2
        };
        EXPECT_EQ(supervise(), codes[i]);
        forget();
    }
}

static void all_routes_have_to_end(void)
{
    stub_plan(&plan, "routes:\n"
                     "  a: { from: \"stub://a\", to: \"stub://a\" }\n"
                     "  b: { from: \"stub://b\", to: \"stub://b\" }\n");
    stub = (stub_script){ .events = 4, .verdict = CE_ACK };
    EXPECT_EQ(supervise(), BR_EXIT_DONE);
    EXPECT_EQ(stub_sinks_before_source(), 2);
}

/* --- signals --- */

static void terminate(unsigned number)
{
    if (number == stub.events)
        kill(getpid(), SIGTERM);
}

static void after_a_signal_the_source_has_what_was_not_settled(void)
{
    stub_plan(&plan, ONE);
    plan.grace_ms = 1;
    stub = (stub_script){ .events = 4,
                          .stays = true,
                          .verdict = CE_ACK,
                          .held = 3,
                          .settled_late = 1,
                          .sent = terminate };
    EXPECT_EQ(supervise(), BR_EXIT_DONE);
    EXPECT_CONTAINS(said, " ms: 2 delivered, 2 handed back to the source, "
                          "0 lost\n");
}

static int signal_number;

static void send_signal(unsigned number)
{
    if (number == stub.events)
        kill(getpid(), signal_number);
}

static void every_signal_that_ends_a_program_drains(void)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

    for (size_t i = 0; i < COUNT(numbers); i++) {
        signal_number = numbers[i];
        signal(signal_number, SIG_DFL); /* nohup may have begun this */
        stub_plan(&plan, ONE);
        plan.grace_ms = 1;
        stub = (stub_script){ .events = 3,
                              .stays = true,
                              .verdict = CE_ACK,
                              .held = 1,
                              .settled_late = 1,
                              .sent = send_signal };
        EXPECT_EQ(supervise(), BR_EXIT_DONE);
        EXPECT_CONTAINS(said, " ms: 3 delivered, 0 lost\n");
        forget();
    }
}

static void hang_up_and_terminate(unsigned number)
{
    if (number == 1)
        kill(getpid(), SIGHUP);
    if (number == stub.events)
        kill(getpid(), SIGTERM);
}

static void under_nohup_a_hangup_ends_nothing(void)
{
    signal(SIGHUP, SIG_IGN);
    stub_plan(&plan, ONE);
    plan.grace_ms = 1;
    stub = (stub_script){ .events = 3,
                          .stays = true,
                          .verdict = CE_ACK,
                          .sent = hang_up_and_terminate };
    EXPECT_EQ(supervise(), BR_EXIT_DONE);
    EXPECT_CONTAINS(said, " ms: 3 delivered, 0 lost\n");
    signal(SIGHUP, SIG_DFL);
}

static void what_no_source_has_any_more_is_lost(void)
{
    stub_plan(&plan, ONE);
    plan.grace_ms = 1;
    stub = (stub_script){ .events = 2,
                          .stays = true,
                          .level = CE_UNLESS_KEPT,
                          .verdict = CE_ACK,
                          .held = 1,
                          .sent = terminate };
    EXPECT_EQ(supervise(), BR_EXIT_FAILED);
    EXPECT_CONTAINS(said, " ms: 1 delivered, 1 lost\n");
}

/* --- what does not begin --- */

static void what_cannot_be_opened_ends_it_by_its_cause(void)
{
    static const struct {
        ce_status status;
        br_exit code;
    } rows[] = {
        { CE_EINVAL, BR_EXIT_USAGE },  { CE_ESYNTAX, BR_EXIT_USAGE },
        { CE_ENOTSUP, BR_EXIT_USAGE }, { CE_EIO, BR_EXIT_FAILED },
        { CE_ENOMEM, BR_EXIT_FAILED },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        stub_plan(&plan, ONE);
        stub = (stub_script){ .opens = rows[i].status };
        EXPECT_EQ(supervise(), rows[i].code);
        EXPECT_STR(said, "cebridge: stub.yaml:2: r: the stub does not open\n");
        forget();
    }
}

static void what_does_not_start_is_said_once_and_ends_all_routes(void)
{
    stub_plan(&plan, "routes:\n"
                     "  a: { from: \"stub://a\", to: \"stub://a\" }\n"
                     "  b: { from: \"stub://b\", to: \"stub://b\" }\n");
    stub = (stub_script){ .stays = true, .starts_sink = CE_EIO };
    EXPECT_EQ(supervise(), BR_EXIT_FAILED);
    EXPECT_CONTAINS(said, "cebridge: stub.yaml:");
    EXPECT_CONTAINS(said, ": the stub does not start\n");
    EXPECT_EQ(strchr(said, '\n'), said + strlen(said) - 1);
}

static void a_thread_that_does_not_start_ends_it(void)
{
    stub_plan(&plan, ONE);
    stub_allow_threads(false);
    EXPECT_EQ(supervise(), BR_EXIT_FAILED);
    stub_allow_threads(true);
    EXPECT_STR(said, "cebridge: stub.yaml:2: r: cannot start a thread\n");
    forget();
}

static void an_admin_port_that_is_none_ends_it(void)
{
    stub_plan(&plan, "admin: http://999.0.0.1:1\n" ONE);
    stub = (stub_script){ .events = 1, .verdict = CE_ACK };
    EXPECT_EQ(supervise(), BR_EXIT_FAILED);
    EXPECT_CONTAINS(said, "cebridge: ");
    EXPECT_LACKS(said, "ready");
}

TESTS_CLOSED_BY(forget, "supervisor",
                TEST(a_run_that_delivered_everything_ends_with_0),
                TEST(a_quiet_run_does_not_say_that_it_is_ready),
                TEST(an_endpoint_that_does_not_close_holds_nobody),
                TEST(a_refused_event_makes_it_3),
                TEST(an_event_that_was_given_up_makes_it_4),
                TEST(a_reader_who_leaves_is_a_failure_but_for_a_filter),
                TEST(all_routes_have_to_end),
                TEST(after_a_signal_the_source_has_what_was_not_settled),
                TEST(every_signal_that_ends_a_program_drains),
                TEST(under_nohup_a_hangup_ends_nothing),
                TEST(what_no_source_has_any_more_is_lost),
                TEST(what_cannot_be_opened_ends_it_by_its_cause),
                TEST(what_does_not_start_is_said_once_and_ends_all_routes),
                TEST(a_thread_that_does_not_start_ends_it),
                TEST(an_admin_port_that_is_none_ends_it))
