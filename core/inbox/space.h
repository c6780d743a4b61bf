/* SPDX-License-Identifier: Apache-2.0 */
/* Disk space that a store will need next, taken before it is needed.
 *
 * What a source cannot take back has to find room even on a full disk. So there
 * are always pages for it: those of the file that are free, for the file never
 * shrinks, and allocated blocks behind its end where these are too few. The
 * store counts as full as soon as they cannot be allocated. */
#ifndef CE_CORE_INBOX_SPACE_H
#define CE_CORE_INBOX_SPACE_H

#include <lmdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Begin with a zeroed one, and set RESERVE. */
typedef struct ce_inbox_space {
    uint64_t reserve;  /* bytes that are wanted */
    uint64_t used;     /* of the file, as are the others under the writer's
                          lock */
    uint64_t constant; /* ... of tables that nobody writes */
    uint64_t taken_to; /* where the allocated blocks end */
    atomic_int lack;   /* why there is less than half the reserve: an errno */
} ce_inbox_space;

/* Counts the bytes of TABLES, as TXN sees them. What fails returns LMDB's own
 * code. */
int ce_inbox_space_count(MDB_txn *txn, const MDB_dbi *tables, unsigned count,
                         uint64_t *out);
/* Call it before the first commit: counts the blocks that an earlier process
 * has allocated. To ask for all of them again may fail on a full disk. */
void ce_inbox_space_find(ce_inbox_space *s, MDB_env *env);
/* Call after each commit, with the writer's lock held. */
void ce_inbox_space_take(ce_inbox_space *s, MDB_env *env);

#endif
