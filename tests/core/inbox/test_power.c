/* SPDX-License-Identifier: Apache-2.0 */
/* Whenever the power goes, a flushed inbox holds all that was confirmed.
 *
 * A process that is stopped between two calls of the kernel leaves the file as
 * a machine would that has lost its power there, if the disk keeps what it has
 * flushed. */
#include "core/inbox/store.h"
#include "tests/core/inbox/inbox_rig.h"
#include "tests/support/flushes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { MOMENTS = 25, WAITING = 40, RECORDS = 100000 };

/* Writes and removes for ever, and says what is confirmed: the number of the
 * last record. The one WAITING before it is on its way out. */
static void work(int out)
{
    ce_inbox_config c = config();
    ce_inbox *i = NULL;

    c.sync = true;
    if (ce_inbox_open(&i, &c, NULL) != CE_OK)
        _exit(1);
    for (uint64_t n = 1; n < RECORDS; n++) {
        static const char bytes[700];
        const ce_slice record = { bytes, n * 37 % sizeof bytes };
        const ce_inbox_outcome gone = { .number = n - WAITING };

        if (ce_inbox_append(i, &record, 1, NULL) != CE_OK ||
            write(out, &n, sizeof n) != sizeof n)
            _exit(1);
        if (n > WAITING && ce_inbox_finish(i, &gone, 1, NULL) != CE_OK)
            _exit(1);
    }
    _exit(0);
}

static void copy_store(const char *to)
{
    char command[1200];

    snprintf(command, sizeof command,
             "mkdir -p %s && cp %s/data.mdb %s/format %s", to, dir, dir, to);
    REQUIRE_EQ(system(command), 0);
}

static bool note(void *arg, uint64_t number, ce_slice record)
{
    uint64_t *seen = arg;

    (void)record;
    if (seen[0] == 0)
        seen[0] = number;
    EXPECT_CMP(number, ==, seen[1] ? seen[1] + 1 : number);
    seen[1] = number;
    return true;
}

/* Everything from WAITING before the last one that was confirmed is there. */
static void holds_all(const char *copy, uint64_t confirmed)
{
    uint64_t seen[2] = { 0, 0 }; /* the first and the last, without a gap */
    ce_inbox_config c = config();
    ce_inbox *i = NULL;
    ce_error err = { CE_OK, "" };

    c.dir = copy;
    REQUIRE_OK(ce_inbox_open(&i, &c, &err));
    REQUIRE_OK(ce_inbox_walk(i, 0, note, seen, &err));
    EXPECT_CMP(seen[1], >=, confirmed);
    EXPECT_CMP(seen[0], <=, confirmed > WAITING ? confirmed - WAITING + 1 : 1);
    ce_inbox_close(i);
}

/* The last number that came, once all that is in the pipe is read. */
static uint64_t read_confirmed(int from_child, uint64_t before)
{
    uint64_t number;

    while (read(from_child, &number, sizeof number) == sizeof number)
        before = number;
    return before;
}

static void wait_for_confirmations(int from_child, uint64_t *last,
                                   unsigned count)
{
    uint64_t number;

    struct pollfd ready = { .fd = from_child, .events = POLLIN };

    for (; count > 0; count--) {
        REQUIRE_EQ(poll(&ready, 1, 20000), 1);
        REQUIRE_EQ(read(from_child, &number, sizeof number), sizeof number);
        *last = number;
    }
}

static void a_copy_of_any_moment_holds_what_was_confirmed(void)
{
    unsigned random = 12345;
    uint64_t last = 0;
    char copy[300];
    int ends[2];
    pid_t pid;

    ce_test_make_folder(dir, sizeof dir);
    snprintf(copy, sizeof copy, "%s/copy", dir);
    REQUIRE_EQ(pipe2(ends, O_NONBLOCK), 0);
    pid = fork();
    if (pid == 0) {
        fcntl(ends[1], F_SETFL, 0);
        work(ends[1]);
    }
    for (unsigned i = 0; i < MOMENTS; i++) {
        int status;

        random = random * 1103515245 + 12345;
        wait_for_confirmations(ends[0], &last, 1 + (random >> 16) % 20);
        kill(pid, SIGSTOP);
        REQUIRE_EQ(waitpid(pid, &status, WUNTRACED), pid);
        REQUIRE(WIFSTOPPED(status));
        last = read_confirmed(ends[0], last);
        copy_store(copy);
        kill(pid, SIGCONT);
        holds_all(copy, last);
        ce_test_remove(copy);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    ce_test_remove(dir);
}

/* --- names --- */

static char root[400], deep[500];

static void begin_deep(void)
{
    snprintf(dir, sizeof dir, "/tmp/cloudevents-XXXXXX");
    REQUIRE(mkdtemp(dir) != NULL);
    snprintf(root, sizeof root, "%s/a", dir);
    snprintf(deep, sizeof deep, "%s/b", root);
    ce_test_flushes_begin();
}

static ce_status open_deep(void)
{
    ce_inbox_config c = config();
    ce_inbox *i = NULL;
    ce_status status;

    c.dir = deep;
    status = ce_inbox_open(&i, &c, NULL);
    if (status == CE_OK)
        ce_inbox_close(i);
    return status;
}

/* Of files without names, and of folders without theirs, nothing is left. */
static void the_names_of_a_new_inbox_are_flushed(void)
{
    begin_deep();
    for (int opened = 0; opened < 2; opened++) {
        EXPECT_OK(open_deep());
        EXPECT_EQ(ce_test_flushes_of(dir), 1);
        EXPECT_EQ(ce_test_flushes_of(root), 1);
        EXPECT_EQ(ce_test_flushes_of(deep), 1);
    }
    ce_test_remove(dir);
}

static void names_that_cannot_be_flushed_are_tried_again(void)
{
    enum { FOLDERS = 3 };

    for (int made = 0; made < FOLDERS; made++) {
        begin_deep();
        REQUIRE(made < 1 || mkdir(root, 0700) == 0);
        REQUIRE(made < 2 || mkdir(deep, 0700) == 0);
        ce_test_flushes_fail(EIO);
        EXPECT_STATUS(open_deep(), CE_EIO);
        EXPECT_OK(open_deep());
        EXPECT_EQ(ce_test_flushes_of(dir), made < 1);
        EXPECT_EQ(ce_test_flushes_of(root), made < 2);
        EXPECT_EQ(ce_test_flushes_of(deep), 1);
        ce_test_remove(dir);
    }
}

TESTS("inbox power", TEST(the_names_of_a_new_inbox_are_flushed),
      TEST(names_that_cannot_be_flushed_are_tried_again),
      TEST(a_copy_of_any_moment_holds_what_was_confirmed))
