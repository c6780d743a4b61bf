/* SPDX-License-Identifier: Apache-2.0 */
/* What came alone and is not in the store yet is as safe as what is. */
#include "core/inbox/store.h"
#include "tests/core/inbox/inbox_rig.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <cloudevents/log.h>

static bool count_one(void *arg, uint64_t number, ce_slice record)
{
    (void)number;
    (void)record;
    ++*(unsigned *)arg;
    return true;
}

static unsigned walked(void)
{
    unsigned count = 0;

    REQUIRE_OK(ce_inbox_walk(inbox, 0, count_one, &count, NULL));
    return count;
}

/* Runs WORK in a process that ends without closing the inbox. */
static void die_after(void (*work)(void))
{
    int status;
    pid_t child;

    ce_inbox_close(inbox);
    child = fork();
    if (child == 0) {
        open_inbox();
        work();
        _exit(0);
    }
    REQUIRE_EQ(waitpid(child, &status, 0), child);
    REQUIRE_EQ(status, 0);
}

static void put_five(void)
{
    put_all(5);
}

static void put_and_walk(void)
{
    put_all(5);
    (void)walked();
}

static void put_walk_and_put(void)
{
    put_and_walk();
    REQUIRE_OK(put(5, NULL));
}

static void put_after_a_restart(void)
{
    REQUIRE_OK(put(5, NULL));
}

static const char *journal(void)
{
    static char path[300];

    snprintf(path, sizeof path, "%s/journal", dir);
    return path;
}

static void change_byte(off_t at)
{
    int fd = open(journal(), O_RDWR | O_CLOEXEC);
    char byte;

    REQUIRE_EQ(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    REQUIRE_EQ(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* All of COUNT events come, in order and once each. */
static void expect_all(unsigned count)
{
    open_inbox();
    EXPECT_EQ(ce_inbox_count(inbox), count);
    receive(100);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_count(sink), count);
    EXPECT(got(0, 0, count));
    stop_receiving();
    EXPECT_EQ(ce_inbox_count(inbox), 0);
}

static void what_was_put_outlives_the_process(void)
{
    begin();
    die_after(put_five);
    expect_all(5);
    finish();
}

static void what_the_store_has_does_not_come_again(void)
{
    begin();
    die_after(put_and_walk);
    expect_all(5);
    finish();
}

static void what_came_after_the_store_took_over_comes_once(void)
{
    begin();
    die_after(put_walk_and_put);
    expect_all(6);
    finish();
}

static void what_two_processes_left_comes_in_order(void)
{
    begin();
    die_after(put_five);
    open_inbox();
    die_after(put_after_a_restart);
    expect_all(6);
    finish();
}

static void what_is_gone_does_not_come_back(void)
{
    begin();
    die_after(put_and_walk);
    expect_all(5);
    reopen();
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    ce_inbox_close(inbox);
    expect_all(0);
    finish();
}

/* Where the second entry begins. Each has its number and its length before the
 * record. */
static off_t second_entry(void)
{
    int fd = open(journal(), O_RDONLY | O_CLOEXEC);
    uint64_t head[2];

    REQUIRE_EQ(pread(fd, head, sizeof head, 0), sizeof head);
    close(fd);
    return (off_t)(sizeof head + head[1]);
}

/* Leaves the head of the entry AT and a little more. Behind that is OLD: an
 * entry of an earlier turn, or zeros. */
static void cut_short(off_t at, const char old[2000])
{
    int fd = open(journal(), O_RDWR | O_CLOEXEC);
    uint64_t head[2];

    REQUIRE_EQ(pread(fd, head, sizeof head, at), sizeof head);
    at += (off_t)(sizeof head + head[1]);
    REQUIRE_EQ(pwrite(fd, old, 2000, at), 2000);
    REQUIRE_EQ(pwrite(fd, old, 8, at - 8), 8);
    close(fd);
}

/* The reader of the store refuses what its sum does not fit, and keeps it. */
static void a_record_that_was_changed_comes_as_unreadable(void)
{
    begin();
    die_after(put_five);
    change_byte(second_entry() + 30);
    open_inbox();
    receive(100);
    ce_loop_poll(loop);
    EXPECT_EQ(ce_mem_count(sink), 5);
    EXPECT(!got(1, 1, 4));
    EXPECT(got(2, 2, 3));
    stop_receiving();
    finish();
}

/* It has its end, so that no kill has cut it short. */
static void the_last_one_that_was_changed_comes_too(void)
{
    begin();
    die_after(put_after_a_restart);
    change_byte(40);
    open_inbox();
    EXPECT_EQ(ce_inbox_count(inbox), 1);
    finish();
}

static unsigned warnings;

static void count_warning(ce_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
    warnings++;
}

static void expect_all_with(unsigned warned, unsigned count)
{
    warnings = 0;
    ce_log_to(count_warning, NULL, CE_WARN);
    expect_all(count);
    ce_log_to(NULL, NULL, CE_WARN);
    EXPECT_EQ(warnings, warned);
}

/* As a power loss may leave it. */
static void what_follows_nothing_is_not_read(void)
{
    begin();
    die_after(put_five);
    change_byte(second_entry());
    expect_all_with(1, 1);
    finish();
}

/* A kill may stop a write between two pages: over what an earlier turn has
 * left, the end of the entry and the mark behind it are not there yet. */
static void what_a_kill_has_cut_short_was_never_there(void)
{
    static const char old[][2000] = { { 1, 1, 1, 1, 1, 1, 1, 1 }, { 0 } };

    for (unsigned i = 0; i < COUNT(old); i++) {
        begin();
        die_after(put_five);
        cut_short(second_entry(), old[i]);
        expect_all_with(0, 1);
        finish();
    }
}

static void what_an_earlier_turn_has_left_is_no_damage(void)
{
    begin();
    die_after(put_walk_and_put);
    expect_all_with(0, 6);
    finish();
}

static void a_store_made_anew_takes_what_the_journal_has(void)
{
    ce_inbox_config c = config();
    char data[300];

    begin();
    die_after(put_walk_and_put);
    snprintf(data, sizeof data, "%s/data.mdb", dir);
    REQUIRE_EQ(unlink(data), 0);
    c.salvage = true;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
    EXPECT_EQ(ce_inbox_count(inbox), 1);
    EXPECT_EQ(walked(), 1);
    EXPECT_EQ(ce_inbox_count(inbox), 1);
    finish();
}

static void what_is_no_journal_holds_nothing(void)
{
    static const char junk[300] = "no journal";
    int fd;

    begin();
    ce_inbox_close(inbox);
    fd = open(journal(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE_EQ(write(fd, junk, sizeof junk), sizeof junk);
    close(fd);
    expect_all(0);
    finish();
}

/* The journal takes 256 KiB. */
static void what_has_no_room_goes_into_the_store(void)
{
    enum { MANY = 4000 };

    begin();
    put_all(MANY);
    EXPECT_EQ(ce_inbox_count(inbox), MANY);
    EXPECT_EQ(walked(), MANY);
    finish();
}

static void a_store_without_a_journal_goes_on_without(void)
{
    begin();
    ce_inbox_close(inbox);
    REQUIRE_EQ(unlink(journal()), 0);
    REQUIRE_EQ(mkdir(journal(), 0700), 0);
    EXPECT_STATUS(ce_inbox_open(&inbox, &(ce_inbox_config){ .dir = dir }, NULL),
                  CE_EIO);
    REQUIRE_EQ(rmdir(journal()), 0);
    expect_all(0);
    finish();
}

static void a_flushed_inbox_needs_none(void)
{
    struct stat found;
    ce_inbox_config c = config();

    begin();
    ce_inbox_close(inbox);
    c.sync = true;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
    put_all(3);
    REQUIRE_EQ(stat(journal(), &found), 0);
    EXPECT_EQ(found.st_size, 0);
    EXPECT_EQ(walked(), 3);
    finish();
}

/* The process before did not flush. */
static void a_flushed_inbox_takes_over_what_is_there(void)
{
    ce_inbox_config c = config();

    begin();
    die_after(put_five);
    c.sync = true;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
    EXPECT_EQ(walked(), 5);
    ce_inbox_close(inbox);
    expect_all(5);
    finish();
}

TESTS("inbox journal", TEST(what_was_put_outlives_the_process),
      TEST(what_the_store_has_does_not_come_again),
      TEST(what_came_after_the_store_took_over_comes_once),
      TEST(what_two_processes_left_comes_in_order),
      TEST(what_is_gone_does_not_come_back),
      TEST(a_record_that_was_changed_comes_as_unreadable),
      TEST(what_follows_nothing_is_not_read),
      TEST(the_last_one_that_was_changed_comes_too),
      TEST(what_a_kill_has_cut_short_was_never_there),
      TEST(what_an_earlier_turn_has_left_is_no_damage),
      TEST(a_store_made_anew_takes_what_the_journal_has),
      TEST(what_is_no_journal_holds_nothing),
      TEST(what_has_no_room_goes_into_the_store),
      TEST(a_store_without_a_journal_goes_on_without),
      TEST(a_flushed_inbox_needs_none),
      TEST(a_flushed_inbox_takes_over_what_is_there))
