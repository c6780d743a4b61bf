/* SPDX-License-Identifier: Apache-2.0 */
/* What an open inbox is made of. */
#ifndef CE_CORE_INBOX_STATE_H
#define CE_CORE_INBOX_STATE_H

#include <pthread.h>

#include "core/inbox/claims.h"
#include "core/inbox/journal.h"
#include "core/inbox/map.h"
#include "core/inbox/news.h"
#include "core/inbox/space.h"
#include "core/inbox/store.h"

struct ce_inbox {
    char *dir, *route;
    int lock_fd;
    MDB_env *env;
    MDB_dbi records, refused;
    ce_claims claims;
    ce_inbox_sink sinks[CE_INBOX_SINKS];
    uint64_t taken[CE_INBOX_SINKS]; /* the last of each receiver; their
                                       loop's own */
    uint64_t max_bytes, max_refused_bytes;
    pthread_mutex_t writer; /* held during a transaction that writes */
    uint64_t last_number;   /* under the writer's lock */
    ce_inbox_space space;
    ce_inbox_map map;
    ce_journal journal; /* under the writer's lock */
    /* Stored under the writer's lock, so that they never run backwards. */
    atomic_uint_fast64_t bytes, count, refused_bytes, refused_count;
    atomic_uint_fast64_t new_bytes, new_count; /* in the journal */
    atomic_uint_fast64_t *added_count;         /* the owner's, or NULL */
    ce_news news;
};

/* LMDB's code RC as an error. */
ce_status ce_inbox_fail(const ce_inbox *i, ce_error *err, const char *what,
                        int rc);
/* A transaction that writes, with the writer's lock; pairs with a commit unless
 * it fails. */
int ce_inbox_begin(ce_inbox *i, MDB_txn **txn);
/* Commits, or drops everything if RC says that something has failed. */
int ce_inbox_commit(ce_inbox *i, MDB_txn *txn, int rc);
/* Moves what is in the journal into the store, where it can be walked over. */
int ce_inbox_take_over(ce_inbox *i);
/* Call it when the journal has changed. */
void ce_inbox_count_new(ce_inbox *i);

#endif
