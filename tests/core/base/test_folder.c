/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/folder.h"
#include "tests/support/ce_test.h"
#include "tests/support/flushes.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

static void the_folder_of_a_path_is_flushed(void)
{
    static const struct {
        const char *path, *dir;
    } rows[] = {
        { "/tmp/a", "/tmp" },
        { "/tmp/../tmp/a", "/tmp" },
        { "/a", "/" },
        { "a", "." },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_test_flushes_begin();
        EXPECT_EQ_ROW(rows[i].path, ce_folder_flush_of(rows[i].path), 0);
        EXPECT_EQ_ROW(rows[i].path, ce_test_flushes_of(rows[i].dir), 1);
    }
}

static void a_file_system_may_flush_no_folders(void)
{
    ce_test_flushes_fail(EINVAL);
    EXPECT_EQ(ce_folder_flush("/tmp"), 0);
    ce_test_flushes_fail(EIO);
    EXPECT_EQ(ce_folder_flush("/tmp"), EIO);
}

static void what_is_not_there_is_told(void)
{
    static char path[PATH_MAX + 3];

    EXPECT_EQ(ce_folder_flush_of("/nowhere/at/all"), ENOENT);
    memset(path, '/', PATH_MAX + 1);
    path[PATH_MAX + 1] = 'a';
    EXPECT_EQ(ce_folder_flush_of(path), ENAMETOOLONG);
}

TESTS("core folder", TEST(the_folder_of_a_path_is_flushed),
      TEST(a_file_system_may_flush_no_folders), TEST(what_is_not_there_is_told))
