/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks that share an inbox, and what each of them has.
 *
 * A record goes when all sinks have it. Until then the table "done" says who
 * has: a bit for each sink. The table "sinks" says whose bit it is, by a name
 * that outlives changes of the configuration. With one sink nothing is ever
 * written into "done". */
#ifndef CE_CORE_INBOX_CLAIMS_H
#define CE_CORE_INBOX_CLAIMS_H

#include <stdatomic.h>

#include "core/inbox/table.h"

/* Records in a row of which the same sinks had each when the inbox was opened.
 * They are few: what a sink lacks between others was on its way to it. */
typedef struct ce_claims_run {
    uint64_t first, last, mask;
} ce_claims_run;

typedef struct ce_claims {
    MDB_dbi sinks, done;
    MDB_cursor *at; /* in "done", while a transaction goes on */
    unsigned count;
    uint64_t bits[CE_INBOX_SINKS], all;
    ce_buf runs; /* of ce_claims_run, in order */
    /* How many records that still wait each sink has: as committed, and within
     * the transaction that goes on. */
    atomic_uint_fast64_t settled[CE_INBOX_SINKS];
    uint64_t next[CE_INBOX_SINKS];
} ce_claims;

/* Opens both tables in TXN. NAMES identify the COUNT sinks; NULL: there is one
 * without a name, and the tables stay as they are. A new sink gets all records;
 * what another one has not got that is no longer there is forgotten, and the
 * records go that only waited for it. Says so in the log, for the inbox in
 * DIR. */
int ce_claims_open(ce_claims *c, MDB_txn *txn, MDB_dbi records,
                   const char *const *names, unsigned count, const char *dir);

/* Notes that SINK has the record, and removes that when it was the last one
 * (or of no account: ALL). */
int ce_claims_settle(ce_claims *c, MDB_cursor *records, unsigned sink,
                     uint64_t number, bool all);
/* Call with the writer's lock: when TXN has begun, and once it is committed. */
int ce_claims_begin(ce_claims *c, MDB_txn *txn);
void ce_claims_commit(ce_claims *c);

/* Whether SINK has the record from an earlier process. Any thread. */
bool ce_claims_have(const ce_claims *c, unsigned sink, uint64_t number);
void ce_claims_close(ce_claims *c);

#endif
