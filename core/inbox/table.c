/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/table.h"

#include <string.h>

static uint64_t number_of(const MDB_val *key)
{
    uint64_t number;

    memcpy(&number, key->mv_data, sizeof number);
    return number;
}

int ce_table_put(MDB_txn *txn, MDB_dbi table, uint64_t number, ce_slice value,
                 unsigned flags)
{
    MDB_val key = { sizeof number, &number };
    MDB_val data = { value.len, (void *)(uintptr_t)value.ptr };

    return mdb_put(txn, table, &key, &data, flags);
}

int ce_table_remove(MDB_txn *txn, MDB_dbi table, uint64_t number)
{
    MDB_val key = { sizeof number, &number };
    int rc = mdb_del(txn, table, &key, NULL);

    return rc == MDB_NOTFOUND ? 0 : rc;
}

int ce_table_get(MDB_txn *txn, MDB_dbi table, uint64_t number, ce_slice *out)
{
    MDB_val key = { sizeof number, &number }, data;
    int rc = mdb_get(txn, table, &key, &data);

    *out = (ce_slice){ NULL, 0 };
    if (!rc)
        *out = (ce_slice){ data.mv_data, data.mv_size };
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int put_at(MDB_cursor *table, uint64_t number, ce_slice value,
                  unsigned flags)
{
    MDB_val key = { sizeof number, &number };
    MDB_val data = { value.len, (void *)(uintptr_t)value.ptr };

    return mdb_cursor_put(table, &key, &data, flags);
}

int ce_table_append(MDB_cursor *table, uint64_t number, ce_slice value)
{
    return put_at(table, number, value, MDB_APPEND);
}

int ce_table_set(MDB_cursor *table, uint64_t number, ce_slice value)
{
    return put_at(table, number, value, 0);
}

int ce_table_find(MDB_cursor *table, uint64_t number, ce_slice *out)
{
    MDB_val key = { sizeof number, &number }, data;
    int rc = mdb_cursor_get(table, &key, &data, MDB_SET_KEY);

    *out = (ce_slice){ NULL, 0 };
    if (!rc)
        *out = (ce_slice){ data.mv_data, data.mv_size };
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int ce_table_cut(MDB_cursor *table, uint64_t number)
{
    ce_slice value;
    int rc = ce_table_find(table, number, &value);

    return rc || !value.ptr ? rc : mdb_cursor_del(table, 0);
}

int ce_table_ends(MDB_txn *txn, MDB_dbi table, uint64_t ends[2])
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(txn, table, &cursor);

    ends[0] = ends[1] = 0;
    if (rc)
        return rc;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    if (!rc) {
        ends[0] = number_of(&key);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    }
    if (!rc)
        ends[1] = number_of(&key);
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int ce_table_walk(MDB_txn *txn, MDB_dbi table, uint64_t after, ce_record_fn *fn,
                  void *arg, uint64_t *bytes)
{
    uint64_t from = after + 1;
    MDB_val key = { sizeof from, &from }, value;
    MDB_cursor_op op = MDB_SET_RANGE;
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn, table, &cursor);

    if (rc)
        return rc;
    while (!(rc = mdb_cursor_get(cursor, &key, &value, op))) {
        if (!fn(arg, number_of(&key),
                (ce_slice){ value.mv_data, value.mv_size }))
            break;
        *bytes += value.mv_size;
        op = MDB_NEXT;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

uint64_t ce_table_bytes(const MDB_stat *s)
{
    return (s->ms_branch_pages + s->ms_leaf_pages + s->ms_overflow_pages) *
           s->ms_psize;
}
