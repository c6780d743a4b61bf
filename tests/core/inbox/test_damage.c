/* SPDX-License-Identifier: Apache-2.0 */
/* A damaged inbox is noticed before it is used, and what is readable is
 * kept. */
#include "tests/core/inbox/inbox_rig.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { MANY = 500, PAGE = 4096, LITTLE_ROOM = 200000 };

/* Shared with the child that reads the file. */
static struct {
    unsigned alarms, handled;
    int signal;      /* that the child gets whenever it reads */
    int with_parent; /* the one that it gets when its parent dies */
} * watch;

/* In place of the system's. */
unsigned alarm(unsigned seconds)
{
    (void)seconds;
    if (!watch)
        return 0;
    watch->alarms++;
    prctl(PR_GET_PDEATHSIG, &watch->with_parent);
    if (watch->signal)
        raise(watch->signal);
    return 0;
}

static const char *data_file(void)
{
    static char path[300];

    snprintf(path, sizeof path, "%s/data.mdb", dir);
    return path;
}

static void fill_with(unsigned count)
{
    if (!watch)
        watch = mmap(NULL, sizeof *watch, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(watch != MAP_FAILED);
    memset(watch, 0, sizeof *watch);
    begin();
    put_all(count);
    ce_inbox_close(inbox);
    inbox = NULL;
}

static void fill_and_close(void)
{
    fill_with(MANY);
}

static off_t size_of_file(void)
{
    struct stat found;

    REQUIRE_EQ(stat(data_file(), &found), 0);
    return found.st_size;
}

static void overwrite(off_t at, off_t bytes)
{
    int fd = open(data_file(), O_WRONLY);

    REQUIRE(fd >= 0);
    for (; bytes > 0; bytes--, at++)
        REQUIRE_EQ(pwrite(fd, "\xaa", 1, at), 1);
    close(fd);
}

static void is_refused(void)
{
    ce_inbox_config c = config();
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS(ce_inbox_open(&inbox, &c, &err), CE_EIO);
    EXPECT_CONTAINS(err.text, "damaged");
    EXPECT_CONTAINS(err.text, "inbox_damaged=salvage");
}

static void is_salvaged(uint64_t least, uint64_t most)
{
    ce_inbox_config c = config();

    c.salvage = true;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
    EXPECT_CMP(ce_inbox_count(inbox), >=, least);
    EXPECT_CMP(ce_inbox_count(inbox), <=, most);
    REQUIRE_OK(put(MANY, NULL));
    /* The next one finds a sound store. */
    reopen();
    EXPECT_CMP(ce_inbox_count(inbox), >=, least + 1);
    finish();
}

/* A large inbox on a slow disk may take as long as it needs. */
static void the_limit_is_for_each_record(void)
{
    fill_and_close();
    watch->alarms = 0;
    open_inbox();
    EXPECT_CMP(watch->alarms, >=, MANY);
    finish();
}

static void a_disk_that_gives_nothing_is_named(void)
{
    ce_inbox_config c = config();
    ce_error err = { CE_OK, "" };

    fill_and_close();
    watch->signal = SIGALRM;
    EXPECT_STATUS(ce_inbox_open(&inbox, &c, &err), CE_EIO);
    EXPECT_CONTAINS(err.text, "minutes for one record");
    finish();
}

static void note_signal(int number)
{
    (void)number;
    watch->handled++;
}

/* It is for the parent to say what it means. */
static void a_signal_to_the_group_is_not_the_childs(void)
{
    void (*const actions[])(int) = { note_signal, SIG_DFL };

    for (size_t i = 0; i < COUNT(actions); i++) {
        fill_and_close();
        signal(SIGTERM, actions[i]);
        watch->signal = SIGTERM;
        open_inbox();
        EXPECT_EQ(watch->handled, 0);
        EXPECT_EQ(ce_inbox_count(inbox), MANY);
        finish();
    }
}

/* It would hold the lock of the inbox and the ports of its bridge. */
static void the_child_does_not_outlive_its_parent(void)
{
    fill_and_close();
    open_inbox();
    EXPECT_EQ(watch->with_parent, SIGKILL);
    finish();
}

static void a_sound_inbox_is_opened(void)
{
    fill_and_close();
    open_inbox();
    EXPECT_EQ(ce_inbox_count(inbox), MANY);
    finish();
}

static void an_empty_file_is_no_new_inbox(void)
{
    fill_and_close();
    REQUIRE_EQ(truncate(data_file(), 0), 0);
    is_refused();
    is_salvaged(0, 0);
}

static void a_missing_file_is_no_new_inbox(void)
{
    fill_and_close();
    REQUIRE_EQ(unlink(data_file()), 0);
    is_refused();
    is_salvaged(0, 0);
}

static void a_file_cut_short_is_noticed(void)
{
    fill_and_close();
    REQUIRE_EQ(truncate(data_file(), 4 * PAGE), 0);
    is_refused();
    is_salvaged(0, MANY);
}

static bool is_sound(void)
{
    ce_inbox_config c = config();

    if (ce_inbox_open(&inbox, &c, NULL) != CE_OK)
        return false;
    ce_inbox_close(inbox);
    return true;
}

/* Behind a bad page the records go on. Some pages are free, and do no harm. */
static void records_around_a_bad_page_are_kept(void)
{
    off_t page;

    fill_and_close();
    page = size_of_file() / PAGE / 2;
    while (is_sound())
        overwrite(page++ * PAGE, PAGE);
    is_refused();
    is_salvaged(MANY / 2, MANY);
}

static void what_is_no_store_at_all_is_noticed(void)
{
    fill_and_close();
    overwrite(0, size_of_file());
    is_refused();
    is_salvaged(0, 0);
}

/* As on a disk that is full soon. */
static void open_with_little_room(const ce_inbox_config *c)
{
    ce_error err = { CE_OK, "" };
    struct rlimit before, small;

    signal(SIGXFSZ, SIG_IGN);
    REQUIRE_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = LITTLE_ROOM;
    REQUIRE_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_STATUS(ce_inbox_open(&inbox, c, &err), CE_EIO);
    EXPECT_CONTAINS(err.text, "cannot keep what is readable");
    REQUIRE_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
}

/* What it has copied is a sound store, but not all. */
static void a_salvage_that_fails_is_repeated(void)
{
    ce_inbox_config c = config();

    fill_with(10 * MANY);
    overwrite(size_of_file() - PAGE, PAGE);
    c.salvage = true;
    open_with_little_room(&c);
    open_with_little_room(&c);
    is_refused();
    is_salvaged(10 * MANY - 100, 10 * MANY);
}

static unsigned files_aside(void)
{
    char pattern[300];
    glob_t found;
    unsigned count;

    snprintf(pattern, sizeof pattern, "%s/data.mdb.damaged-*", dir);
    count = glob(pattern, 0, NULL, &found) ? 0 : (unsigned)found.gl_pathc;
    globfree(&found);
    return count;
}

/* Also when they are put there in one second. */
static void each_damaged_file_is_kept(void)
{
    ce_inbox_config c = config();

    c.salvage = true;
    fill_and_close();
    for (unsigned i = 1; i <= 3; i++) {
        overwrite(0, 4 * PAGE);
        REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
        EXPECT_EQ(files_aside(), i);
        ce_inbox_close(inbox);
    }
    inbox = NULL;
    finish();
}

/* Whatever page is bad: it is noticed, or it does no harm. */
static void no_bad_page_ends_the_process(void)
{
    off_t pages;

    fill_and_close();
    pages = size_of_file() / PAGE;
    open_inbox();
    finish();
    for (off_t page = 0; page < pages; page += 7) {
        ce_inbox_config c = config();

        fill_and_close();
        overwrite(page * PAGE, PAGE);
        c.salvage = true;
        REQUIRE_OK(ce_inbox_open(&inbox, &c, NULL));
        REQUIRE_OK(put(MANY, NULL));
        finish();
    }
}

TESTS("inbox damage", TEST(a_sound_inbox_is_opened),
      TEST(the_limit_is_for_each_record),
      TEST(a_disk_that_gives_nothing_is_named),
      TEST(a_signal_to_the_group_is_not_the_childs),
      TEST(the_child_does_not_outlive_its_parent),
      TEST(an_empty_file_is_no_new_inbox), TEST(a_missing_file_is_no_new_inbox),
      TEST(a_file_cut_short_is_noticed),
      TEST(records_around_a_bad_page_are_kept),
      TEST(what_is_no_store_at_all_is_noticed),
      TEST(a_salvage_that_fails_is_repeated), TEST(each_damaged_file_is_kept),
      TEST(no_bad_page_ends_the_process))
