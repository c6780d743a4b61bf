/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of LMDB by numbers that grow. What fails returns LMDB's own code. A
 * cursor of a transaction that writes ends with it; with numbers one beside the
 * other it spares LMDB the way from the root of the table. */
#ifndef CE_CORE_INBOX_TABLE_H
#define CE_CORE_INBOX_TABLE_H

#include <lmdb.h>

#include "core/inbox/store.h"

int ce_table_put(MDB_txn *txn, MDB_dbi table, uint64_t number, ce_slice value,
                 unsigned flags);
/* No entry is no failure. */
int ce_table_remove(MDB_txn *txn, MDB_dbi table, uint64_t number);
/* *OUT is a view that lives until the next write of TXN, absent if there is no
 * entry. */
int ce_table_get(MDB_txn *txn, MDB_dbi table, uint64_t number, ce_slice *out);
/* The same with a cursor. */
int ce_table_append(MDB_cursor *table, uint64_t number, ce_slice value);
int ce_table_set(MDB_cursor *table, uint64_t number, ce_slice value);
int ce_table_cut(MDB_cursor *table, uint64_t number);
int ce_table_find(MDB_cursor *table, uint64_t number, ce_slice *out);
/* The first and the last number; both 0 if the table is empty. */
int ce_table_ends(MDB_txn *txn, MDB_dbi table, uint64_t ends[2]);
/* Shows what is behind AFTER until FN returns false. Adds to *BYTES what was
 * shown. */
int ce_table_walk(MDB_txn *txn, MDB_dbi table, uint64_t after, ce_record_fn *fn,
                  void *arg, uint64_t *bytes);
/* What S says that a table takes. */
uint64_t ce_table_bytes(const MDB_stat *s);

#endif
