/* SPDX-License-Identifier: Apache-2.0 */
/* An inbox keeps room on the disk for what a source cannot take back, and knows
 * that the pages of its own file are such room. */
#include "core/inbox/store.h"
#include "tests/core/inbox/inbox_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RECORD = 64 << 10, MANY = 40 };

static bool is_disk_full, is_real, has_given;
static unsigned allocations;

/* In place of the system's. */
int fallocate(int fd, int mode, off_t at, off_t bytes)
{
    allocations++;
    if (is_real) {
        has_given = !syscall(SYS_fallocate, fd, mode, at, bytes);
        return has_given ? 0 : -1;
    }
    if (!is_disk_full)
        return 0;
    errno = ENOSPC;
    return -1;
}

static bool append(void)
{
    static char bytes[RECORD];
    const ce_slice record = { bytes, sizeof bytes };

    return ce_inbox_append(inbox, &record, 1, NULL) == CE_OK;
}

/* Returns how many records it takes until the inbox is full. */
static unsigned fill(unsigned before)
{
    unsigned count = before;

    while (count < 10 * MANY && !ce_inbox_is_high(inbox))
        count += append();
    return count;
}

static void remove_all(unsigned before, unsigned count)
{
    for (unsigned n = before; n < count; n++) {
        const ce_inbox_outcome o = { .number = n + 1 };

        REQUIRE_OK(ce_inbox_finish(inbox, &o, 1, NULL));
    }
}

static unsigned fill_a_full_disk(void)
{
    unsigned count = 0;

    is_disk_full = false;
    begin();
    while (count < MANY)
        count += append();
    EXPECT(!ce_inbox_is_high(inbox));
    is_disk_full = true;
    count = fill(count);
    EXPECT_EQ(ce_inbox_lack(inbox), ENOSPC);
    return count;
}

static void an_inbox_that_was_full_takes_as_much_again(void)
{
    unsigned count = fill_a_full_disk(), again;

    remove_all(0, count);
    EXPECT(!ce_inbox_is_high(inbox));
    again = fill(count) - count;
    EXPECT_CMP(again, >=, MANY / 2);
    remove_all(count, count + again);
    EXPECT(!ce_inbox_is_high(inbox));
    finish();
}

static void an_empty_one_is_not_full_after_a_restart(void)
{
    unsigned count = fill_a_full_disk();

    remove_all(0, count);
    reopen();
    EXPECT(!ce_inbox_is_high(inbox));
    EXPECT(append());
    finish();
}

/* Where the file system can set blocks aside. */
static void a_reserve_outlives_its_process(void)
{
    is_real = true;
    begin();
    is_real = false;
    is_disk_full = true;
    reopen();
    EXPECT(!has_given || !ce_inbox_is_high(inbox));
    EXPECT(append());
    EXPECT_EQ(ce_inbox_lack(inbox), has_given ? 0 : ENOSPC);
    finish();
}

static void free_pages_need_no_further_blocks(void)
{
    unsigned count = fill_a_full_disk(), before;

    is_disk_full = false;
    remove_all(0, count);
    before = allocations;
    fill(count);
    EXPECT_CMP(allocations, >, before);
    remove_all(count, count + MANY);
    before = allocations;
    EXPECT(append());
    EXPECT_EQ(allocations, before);
    finish();
}

TESTS("inbox space", TEST(an_inbox_that_was_full_takes_as_much_again),
      TEST(an_empty_one_is_not_full_after_a_restart),
      TEST(a_reserve_outlives_its_process),
      TEST(free_pages_need_no_further_blocks))
