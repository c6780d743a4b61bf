/* SPDX-License-Identifier: Apache-2.0 */
/* The durable store of an inbox: a few LMDB databases in one folder.
 *
 * "records" holds what waits, by a number that grows; "refused" holds letters
 * of what was refused, by the number that it had. What several sinks have is in
 * tables of their own (claims.h). What comes alone waits in a journal until the
 * next record or reader comes (journal.h). One thread writes at a time and
 * others wait, so any thread may put. Without sync a commit is written but not
 * flushed: it survives the death of the process, not of the machine. */
#include "core/inbox/state.h"

#include <errno.h>
#include <stdatomic.h>

static ce_status status_of(int rc)
{
    if (rc == MDB_MAP_FULL)
        return CE_EAGAIN;
    return rc == ENOMEM ? CE_ENOMEM : CE_EIO;
}

ce_status ce_inbox_fail(const ce_inbox *i, ce_error *err, const char *what,
                        int rc)
{
    return ce_fail(err, status_of(rc), "inbox %s: %s: %s", i->dir, what,
                   mdb_strerror(rc));
}

/* --- what others hear --- */

void ce_inbox_on_added(ce_inbox *i, unsigned sink, ce_loop *loop, ce_task *t)
{
    ce_news_listen(&i->news, &i->news.added[sink], loop, t);
}

void ce_inbox_on_low(ce_inbox *i, ce_loop *loop, ce_task *t)
{
    ce_news_listen(&i->news, &i->news.low, loop, t);
}

/* Under the writer's lock, so that who is told has not missed that it is high
 * again. */
static void tell_level(ce_inbox *i)
{
    if (ce_inbox_is_high(i))
        ce_news_note_high(&i->news);
    else if (ce_inbox_bytes(i) <= i->max_bytes / 2)
        ce_news_tell_low(&i->news);
}

int ce_inbox_lack(const ce_inbox *i)
{
    return atomic_load(&i->space.lack);
}

bool ce_inbox_is_high(const ce_inbox *i)
{
    return ce_inbox_bytes(i) >= i->max_bytes || ce_inbox_lack(i);
}

uint64_t ce_inbox_count(const ce_inbox *i)
{
    return atomic_load(&i->count) + atomic_load(&i->new_count);
}

/* Read one after the other: the sink may have one more meanwhile. */
uint64_t ce_inbox_lag(const ce_inbox *i, unsigned sink)
{
    uint64_t have = atomic_load(&i->claims.settled[sink]);
    uint64_t all = ce_inbox_count(i);

    return all > have ? all - have : 0;
}

uint64_t ce_inbox_refused(const ce_inbox *i)
{
    return atomic_load(&i->refused_count);
}

uint64_t ce_inbox_bytes(const ce_inbox *i)
{
    return atomic_load(&i->bytes) + atomic_load(&i->new_bytes);
}

uint64_t ce_inbox_refused_bytes(const ce_inbox *i)
{
    return atomic_load(&i->refused_bytes);
}

uint64_t ce_inbox_max_refused_bytes(const ce_inbox *i)
{
    return i->max_refused_bytes;
}

const char *ce_inbox_dir(const ce_inbox *i)
{
    return i->dir;
}

const char *ce_inbox_route(const ce_inbox *i)
{
    return i->route;
}

const ce_inbox_sink *ce_inbox_sinks(const ce_inbox *i, unsigned *count)
{
    *count = i->claims.count > 1 ? i->claims.count : 0;
    return *count ? i->sinks : NULL;
}

/* A receiver takes all up to its last one, but what its sink had already. */
static bool has_taken(const ce_inbox *i, unsigned sink, uint64_t number)
{
    return number <= i->taken[sink] && !ce_inbox_has(i, sink, number);
}

bool ce_inbox_take(ce_inbox *i, unsigned sink, uint64_t number)
{
    bool is_first = true;

    for (unsigned n = 0; n < i->claims.count && is_first; n++)
        is_first = n == sink || !has_taken(i, n, number);
    i->taken[sink] = number;
    return is_first;
}

/* --- transactions --- */

/* LMDB's own table of free pages is the first of all. */
enum { FREE_TABLE = 0, OWN_TABLES = 4, TABLES = 6 };

/* To look at a table costs more than the rest. */
static int count_pages(ce_inbox *i, MDB_txn *txn)
{
    const MDB_dbi tables[TABLES] = {
        FREE_TABLE, i->journal.main, i->records,
        i->refused, i->claims.sinks, i->claims.done
    };
    bool several = i->claims.count > 1;
    int rc = ce_inbox_space_count(txn, tables, several ? TABLES : OWN_TABLES,
                                  &i->space.used);

    if (!rc && !several)
        i->space.used += i->space.constant;
    return rc;
}

static int commit_and_count(ce_inbox *i, MDB_txn *txn, int rc)
{
    MDB_stat records, refused;

    if (!rc)
        rc = mdb_stat(txn, i->records, &records);
    if (!rc)
        rc = mdb_stat(txn, i->refused, &refused);
    if (!rc)
        rc = count_pages(i, txn);
    if (rc) {
        mdb_txn_abort(txn);
        return rc;
    }
    rc = mdb_txn_commit(txn);
    if (rc)
        return rc;
    atomic_store(&i->bytes, ce_table_bytes(&records));
    atomic_store(&i->refused_bytes, ce_table_bytes(&refused));
    atomic_store(&i->count, records.ms_entries);
    ce_claims_commit(&i->claims);
    atomic_store(&i->refused_count, refused.ms_entries);
    ce_inbox_space_take(&i->space, i->env);
    tell_level(i);
    return 0;
}

void ce_inbox_count_new(ce_inbox *i)
{
    atomic_store(&i->new_bytes, ce_journal_bytes(&i->journal));
    atomic_store(&i->new_count, ce_journal_count(&i->journal));
}

int ce_inbox_commit(ce_inbox *i, MDB_txn *txn, int rc)
{
    rc = commit_and_count(i, txn, rc);
    ce_journal_end(&i->journal, rc == 0);
    ce_inbox_count_new(i);
    pthread_mutex_unlock(&i->writer);
    return rc;
}

/* LMDB lets one thread write at a time and lets go before it returns; what we
 * count has to be counted in that order. */
int ce_inbox_begin(ce_inbox *i, MDB_txn **txn)
{
    int rc;

    pthread_mutex_lock(&i->writer);
    rc = mdb_txn_begin(i->env, NULL, 0, txn);
    if (rc) {
        pthread_mutex_unlock(&i->writer);
        return rc;
    }
    rc = ce_claims_begin(&i->claims, *txn);
    return rc ? ce_inbox_commit(i, *txn, rc) : 0;
}

static void tell_added(ce_inbox *i, size_t count)
{
    if (i->added_count)
        atomic_fetch_add_explicit(i->added_count, count, memory_order_relaxed);
    ce_news_tell_added(&i->news, i->claims.count);
}

ce_status ce_inbox_append(ce_inbox *i, const ce_slice *records, size_t count,
                          ce_error *err)
{
    uint64_t bytes = 0;
    MDB_txn *txn;
    MDB_cursor *to;
    int rc = ce_inbox_begin(i, &txn);

    if (rc)
        return ce_inbox_fail(i, err, "cannot write", rc);
    rc = mdb_cursor_open(txn, i->records, &to);
    if (!rc)
        rc = ce_journal_take(&i->journal, to, &i->last_number);
    for (size_t n = 0; n < count && !rc; n++) {
        rc = ce_table_append(to, ++i->last_number, records[n]);
        bytes += records[n].len;
    }
    rc = ce_inbox_commit(i, txn, rc);
    if (rc)
        return ce_inbox_fail(i, err, "cannot write", rc);
    ce_inbox_map_forget(&i->map, bytes);
    tell_added(i, count);
    return CE_OK;
}

ce_status ce_inbox_add(ce_inbox *i, ce_slice record, ce_error *err)
{
    bool is_written;

    pthread_mutex_lock(&i->writer);
    is_written = ce_journal_put(&i->journal, record);
    ce_inbox_count_new(i);
    pthread_mutex_unlock(&i->writer);
    if (!is_written)
        return ce_inbox_append(i, &record, 1, err);
    tell_added(i, 1);
    return CE_OK;
}

int ce_inbox_take_over(ce_inbox *i)
{
    MDB_txn *txn;
    MDB_cursor *to;
    int rc;

    if (atomic_load(&i->new_count) == 0)
        return 0;
    rc = ce_inbox_begin(i, &txn);
    if (rc)
        return rc;
    rc = mdb_cursor_open(txn, i->records, &to);
    if (!rc)
        rc = ce_journal_take(&i->journal, to, &i->last_number);
    return ce_inbox_commit(i, txn, rc);
}

ce_status ce_inbox_keep(ce_inbox *i, bool refused, uint64_t number,
                        ce_slice record)
{
    MDB_txn *txn;
    int rc = ce_inbox_begin(i, &txn);

    if (!rc) {
        rc = ce_table_put(txn, refused ? i->refused : i->records, number,
                          record, 0);
        if (number > i->last_number)
            i->last_number = number;
        rc = ce_inbox_commit(i, txn, rc);
    }
    return rc ? status_of(rc) : CE_OK;
}

/* Each sink may leave a letter of one record. */
static int put_letter(ce_inbox *i, MDB_txn *txn, uint64_t number,
                      ce_slice letter)
{
    int rc = ce_table_put(txn, i->refused, number, letter, MDB_NOOVERWRITE);

    if (rc != MDB_KEYEXIST)
        return rc;
    return ce_table_put(txn, i->refused, ++i->last_number, letter, 0);
}

static int finish_one(ce_inbox *i, MDB_cursor *records,
                      const ce_inbox_outcome *o)
{
    MDB_txn *txn = mdb_cursor_txn(records);
    int rc = 0;

    if (o->was_refused)
        return ce_table_remove(txn, i->refused, o->number);
    if (o->letter.ptr)
        rc = put_letter(i, txn, o->number, o->letter);
    if (rc)
        return rc;
    return ce_claims_settle(&i->claims, records, o->sink, o->number,
                            o->is_for_all);
}

static int finish_all(ce_inbox *i, const ce_inbox_outcome *outcomes,
                      size_t count, bool takes_over)
{
    MDB_txn *txn;
    MDB_cursor *records;
    int rc = ce_inbox_begin(i, &txn);

    if (rc)
        return rc;
    rc = mdb_cursor_open(txn, i->records, &records);
    if (!rc && takes_over)
        rc = ce_journal_take(&i->journal, records, &i->last_number);
    for (size_t n = 0; n < count && !rc; n++)
        rc = finish_one(i, records, &outcomes[n]);
    return ce_inbox_commit(i, txn, rc);
}

/* What has come meanwhile costs no transaction of its own. For what goes there
 * is room even where there is none for that. */
ce_status ce_inbox_finish(ce_inbox *i, const ce_inbox_outcome *outcomes,
                          size_t count, ce_error *err)
{
    int rc = finish_all(i, outcomes, count, true);

    if (rc)
        rc = finish_all(i, outcomes, count, false);
    if (rc)
        return ce_inbox_fail(i, err, "cannot write", rc);
    ce_inbox_map_forget(&i->map, count * sizeof(uint64_t));
    return CE_OK;
}

void ce_inbox_make_room(ce_inbox *i)
{
    pthread_mutex_lock(&i->writer);
    ce_inbox_space_take(&i->space, i->env);
    tell_level(i);
    pthread_mutex_unlock(&i->writer);
}

bool ce_inbox_has(const ce_inbox *i, unsigned sink, uint64_t number)
{
    return ce_claims_have(&i->claims, sink, number);
}

static ce_status walk_all(ce_inbox *i, MDB_dbi dbi, uint64_t after,
                          ce_record_fn *fn, void *arg, ce_error *err)
{
    uint64_t bytes = 0;
    MDB_txn *txn;
    int rc = mdb_txn_begin(i->env, NULL, MDB_RDONLY, &txn);

    if (!rc) {
        rc = ce_table_walk(txn, dbi, after, fn, arg, &bytes);
        mdb_txn_abort(txn);
    }
    ce_inbox_map_forget(&i->map, bytes);
    return rc ? ce_inbox_fail(i, err, "cannot read", rc) : CE_OK;
}

/* On a full disk those go on that were there before. */
ce_status ce_inbox_walk(ce_inbox *i, uint64_t after, ce_record_fn *fn,
                        void *arg, ce_error *err)
{
    int rc = ce_inbox_take_over(i);
    ce_status status = walk_all(i, i->records, after, fn, arg, err);

    return rc && status == CE_OK ? ce_inbox_fail(i, err, "cannot write", rc)
                                 : status;
}

ce_status ce_inbox_walk_refused(ce_inbox *i, uint64_t after, ce_record_fn *fn,
                                void *arg, ce_error *err)
{
    return walk_all(i, i->refused, after, fn, arg, err);
}
