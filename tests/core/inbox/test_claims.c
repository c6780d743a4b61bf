/* SPDX-License-Identifier: Apache-2.0 */
/* What an inbox notes of its sinks, in tables that others may have written. */
#include <lmdb.h>
#include <string.h>

#include "tests/core/inbox/sinks_rig.h"

/* An earlier version knows nothing of sinks: it removes what it delivers, and
 * begins to count anew. */
static void what_another_version_has_left_is_not_believed(void)
{
    begin();
    leave_the_second_behind();
    reopen();
    receive(1000);
    ce_loop_poll(loop);
    stop_receiving();
    reopen();
    put_all(7);
    begin_for("x", "y", 1000);
    EXPECT_EQ(ce_mem_count(sinks[0]), 7);
    EXPECT_EQ(ce_mem_count(sinks[1]), 7);
    stop_both();
    finish();
}

/* The table where the inbox keeps something about sinks; the inbox is
 * closed. */
static MDB_txn *open_table(const char *table, MDB_dbi *out)
{
    MDB_env *env;
    MDB_txn *txn;

    ce_inbox_close(inbox);
    inbox = NULL;
    REQUIRE_EQ(mdb_env_create(&env), 0);
    REQUIRE_EQ(mdb_env_set_maxdbs(env, 4), 0);
    REQUIRE_EQ(mdb_env_open(env, dir, 0, 0600), 0);
    REQUIRE_EQ(mdb_txn_begin(env, NULL, 0, &txn), 0);
    REQUIRE_EQ(mdb_dbi_open(txn, table, MDB_INTEGERKEY, out), 0);
    return txn;
}

static void close_table(MDB_txn *txn)
{
    MDB_env *env = mdb_txn_env(txn);

    REQUIRE_EQ(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void spoil(const char *table, uint64_t number, const void *value,
                  size_t len)
{
    MDB_val key = { sizeof number, &number };
    MDB_val data = { len, (void *)(uintptr_t)value };
    MDB_dbi dbi;
    MDB_txn *txn = open_table(table, &dbi);

    REQUIRE_EQ(mdb_put(txn, dbi, &key, &data, 0), 0);
    close_table(txn);
}

static void what_all_have_leaves_no_note(void)
{
    MDB_stat notes;
    MDB_dbi dbi;
    MDB_txn *txn;

    begin();
    leave_the_second_behind();
    begin_for("x", "y", 1000);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    txn = open_table("done", &dbi);
    REQUIRE_EQ(mdb_stat(txn, dbi, &notes), 0);
    EXPECT_EQ(notes.ms_entries, 0);
    close_table(txn);
    open_inbox();
    finish();
}

/* LMDB has no sums of its own. Whatever is there, nothing is lost, and nothing
 * stays. */
static void what_nobody_wrote_about_sinks_holds_nothing(void)
{
    uint64_t entry[2] = { UINT64_MAX, 0 };

    begin();
    leave_the_second_behind();
    spoil("sinks", 200, "x", 1);
    spoil("sinks", UINT64_MAX, "y", 1);
    spoil("done", 1, "short", 5);
    spoil("done", 2, entry, sizeof entry);
    begin_for("x", "y", 1000);
    EXPECT_STR(ce_mem_ids(sinks[0]), "0 1");
    EXPECT_EQ(ce_mem_count(sinks[1]), 5);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    finish();
}

/* Makes an entry of the first sink that has a bit of nobody, too. */
static bool add_bit(void *arg, uint64_t number, ce_slice record)
{
    uint64_t entry[2] = { 1 | (uint64_t)1 << 40, 0 };

    memcpy(&entry[1], record.ptr + record.len - 8, 8);
    memcpy(arg, entry, sizeof entry);
    return number < 3;
}

static void a_bit_of_nobody_keeps_no_record(void)
{
    uint64_t entry[2];

    begin();
    leave_the_second_behind();
    REQUIRE_OK(ce_inbox_walk(inbox, 2, add_bit, entry, NULL));
    spoil("done", 3, entry, sizeof entry);
    begin_for("x", "y", 1000);
    EXPECT_EQ(ce_mem_count(sinks[0]), 0);
    EXPECT_EQ(ce_mem_count(sinks[1]), 5);
    EXPECT_EQ(ce_inbox_count(inbox), 0);
    stop_both();
    finish();
}

static void what_is_gone_for_all_is_noted_for_nobody(void)
{
    const ce_inbox_outcome first = { .number = 1, .is_for_all = true };
    const ce_inbox_outcome late = { .number = 1, .sink = 1 };

    begin();
    open_for("x", "y");
    put_all(2);
    REQUIRE_OK(ce_inbox_finish(inbox, &first, 1, NULL));
    REQUIRE_OK(ce_inbox_finish(inbox, &late, 1, NULL));
    EXPECT_EQ(ce_inbox_count(inbox), 1);
    EXPECT_EQ(ce_inbox_lag(inbox, 1), 1);
    finish();
}

TESTS("inbox claims", TEST(what_another_version_has_left_is_not_believed),
      TEST(what_all_have_leaves_no_note),
      TEST(what_nobody_wrote_about_sinks_holds_nothing),
      TEST(a_bit_of_nobody_keeps_no_record),
      TEST(what_is_gone_for_all_is_noted_for_nobody))
