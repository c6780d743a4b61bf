/* SPDX-License-Identifier: Apache-2.0 */
/* The letters of an inbox that cannot be read. */
#include "bridge/commands/letters.h"
#include "core/inbox/store.h"
#include "tests/support/ce_test.h"
#include "tests/support/rig.h"

#include <dlfcn.h>
#include <errno.h>
#include <lmdb.h>

static char dir[200];
static ce_loop *loop;
static ce_receiver *from;
static ce_sender *sink;
static unsigned ends;
static int failure;    /* of every read, or 0 */
static unsigned reads; /* that go well before */

/* In place of LMDB's. */
int mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value,
                   MDB_cursor_op op)
{
    int (*real)(MDB_cursor *, MDB_val *, MDB_val *, MDB_cursor_op);

    *(void **)&real = dlsym(RTLD_NEXT, "mdb_cursor_get");
    if (failure && reads == 0)
        return failure;
    if (failure)
        reads--;
    return real(cursor, key, value, op);
}

static void keep_letters(unsigned count)
{
    const ce_inbox_config config = { .dir = dir, .max_bytes = 16 << 20 };
    const ce_origin nowhere = { 0 };
    const ce_message m = { .body = CE_SLICE("no event") };
    ce_buf record = { 0 };
    ce_inbox *inbox;

    REQUIRE_OK(ce_inbox_open(&inbox, &config, NULL));
    REQUIRE_OK(ce_record_write(&m, &nowhere, NULL, &record));
    for (unsigned n = 1; n <= count; n++)
        REQUIRE_OK(ce_inbox_keep(inbox, true, n, ce_buf_slice(&record)));
    ce_buf_free(&record);
    ce_inbox_close(inbox);
}

static void note_end(ce_receiver *r, void *arg)
{
    (void)r;
    (void)arg;
    ends++;
}

static void read_letters(unsigned count)
{
    ce_endpoint at = { .name = "dlq" };

    failure = 0;
    ends = 0;
    ce_log_to(NULL, NULL, CE_DEBUG);
    ce_test_make_folder(dir, sizeof dir);
    keep_letters(count);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    at.loop = loop;
    sink = ce_mem_sender(loop, "mem://sink");
    REQUIRE_OK(sink->ops->start(sink, NULL));
    br_inbox_letters_set(&(br_inbox_letters){ .dir = dir });
    REQUIRE_OK(br_inbox_letters_transport.receiver(&from, &at, NULL));
    from->ended = note_end;
    REQUIRE_OK(from->ops->start(from, &sink->stage, NULL));
}

static void close_all(void)
{
    failure = 0;
    from->ops->close(from);
    sink->stage.ops->close(&sink->stage);
    ce_loop_close(loop);
    ce_test_remove(dir);
}

static void the_end_of_letters_is_told(void)
{
    read_letters(3);
    ce_loop_poll(loop);
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(ce_mem_count(sink), 3);
    EXPECT(from->health.up);
    close_all();
}

static void a_store_that_cannot_be_read_is_a_failure(void)
{
    read_letters(3);
    failure = EIO;
    reads = 0;
    ce_loop_poll(loop);
    EXPECT_EQ(ends, 1);
    EXPECT(!from->health.up);
    EXPECT_CONTAINS(from->health.reason, "cannot read");
    close_all();
}

static void what_was_read_before_is_passed_on(void)
{
    read_letters(3);
    failure = EIO;
    reads = 2;
    ce_loop_poll(loop);
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(ce_mem_count(sink), 2);
    EXPECT(!from->health.up);
    close_all();
}

TESTS("inbox_letters", TEST(the_end_of_letters_is_told),
      TEST(a_store_that_cannot_be_read_is_a_failure),
      TEST(what_was_read_before_is_passed_on))
