/* SPDX-License-Identifier: Apache-2.0 */
/* The durable store of an inbox: a few LMDB databases in one folder.
 *
 * "records" holds what waits, by a number that grows; "refused" holds letters
 * of what was refused, by the number that it had. What several sinks have is in
 * tables of their own (claims.h). One thread writes at a time
 * and others wait, so any thread may put. Without sync a commit is written but
 * not flushed: it survives the death of the process, not of the machine. */
#include "core/inbox/store.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "core/inbox/claims.h"
#include "core/inbox/damage.h"
#include "core/inbox/folder.h"
#include "core/inbox/map.h"
#include "core/inbox/news.h"
#include "core/inbox/salvage.h"
#include "core/inbox/space.h"

/* Room for pages that are free but not reusable yet. */
static const uint64_t SPARE_BYTES = (uint64_t)64 << 20;
/* The reserve on the disk, as a part of the high mark: 64 MiB of a GiB are more
 * than arrives while a source leaves its broker. */
enum { RESERVE_PART = 16 };
/* After so many bytes the map's pages are left to the page cache. */
static const uint64_t FORGET_BYTES = (uint64_t)4 << 20;

struct ce_inbox {
    char *dir, *route;
    int lock_fd;
    MDB_env *env;
    MDB_dbi records, refused;
    ce_claims claims;
    ce_inbox_sink sinks[CE_INBOX_SINKS];
    uint64_t taken; /* by a receiver; its loop's own */
    uint64_t max_bytes, max_refused_bytes;
    pthread_mutex_t writer; /* held during a transaction that writes */
    uint64_t last_number;   /* under the writer's lock */
    ce_inbox_space space;
    void *map; /* where LMDB sees the file, or NULL */
    size_t map_bytes;
    /* Stored under the writer's lock, so that they never run backwards. */
    atomic_uint_fast64_t bytes, count, refused_bytes, refused_count;
    atomic_uint_fast64_t touched;
    atomic_uint_fast64_t *added_count; /* the owner's, or NULL */
    ce_news news;
};

static ce_status status_of(int rc)
{
    if (rc == MDB_MAP_FULL)
        return CE_EAGAIN;
    return rc == ENOMEM ? CE_ENOMEM : CE_EIO;
}

static ce_status fail(const ce_inbox *i, ce_error *err, const char *what,
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
    else if (atomic_load(&i->bytes) <= i->max_bytes / 2)
        ce_news_tell_low(&i->news);
}

int ce_inbox_lack(const ce_inbox *i)
{
    return atomic_load(&i->space.lack);
}

bool ce_inbox_is_high(const ce_inbox *i)
{
    return atomic_load(&i->bytes) >= i->max_bytes || ce_inbox_lack(i);
}

uint64_t ce_inbox_count(const ce_inbox *i)
{
    return atomic_load(&i->count);
}

/* Read one after the other: the sink may have one more meanwhile. */
uint64_t ce_inbox_lag(const ce_inbox *i, unsigned sink)
{
    uint64_t have = atomic_load(&i->claims.settled[sink]);
    uint64_t all = atomic_load(&i->count);

    return all > have ? all - have : 0;
}

uint64_t ce_inbox_refused(const ce_inbox *i)
{
    return atomic_load(&i->refused_count);
}

uint64_t ce_inbox_bytes(const ce_inbox *i)
{
    return atomic_load(&i->bytes);
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

bool ce_inbox_take(ce_inbox *i, uint64_t number)
{
    bool is_first = number > i->taken;

    if (is_first)
        i->taken = number;
    return is_first;
}

/* --- transactions --- */

/* Pages that LMDB has looked at count as memory of this process, though they
 * are in the page cache anyway. */
static void forget_pages(ce_inbox *i, uint64_t bytes)
{
    if (atomic_fetch_add(&i->touched, bytes) + bytes < FORGET_BYTES)
        return;
    atomic_store(&i->touched, 0);
    if (i->map)
        madvise(i->map, i->map_bytes, MADV_DONTNEED);
}

static int commit_and_count(ce_inbox *i, MDB_txn *txn, int rc)
{
    MDB_stat records, refused;

    if (!rc)
        rc = mdb_stat(txn, i->records, &records);
    if (!rc)
        rc = mdb_stat(txn, i->refused, &refused);
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

/* Commits, or drops everything if RC says that something has failed. */
static int commit(ce_inbox *i, MDB_txn *txn, int rc)
{
    rc = commit_and_count(i, txn, rc);
    pthread_mutex_unlock(&i->writer);
    return rc;
}

/* Pairs with commit unless it fails. LMDB lets one thread write at a time and
 * lets go before it returns; what we count has to be counted in that order. */
static int begin(ce_inbox *i, MDB_txn **txn)
{
    int rc;

    pthread_mutex_lock(&i->writer);
    rc = mdb_txn_begin(i->env, NULL, 0, txn);
    if (rc) {
        pthread_mutex_unlock(&i->writer);
        return rc;
    }
    rc = ce_claims_begin(&i->claims, *txn);
    return rc ? commit(i, *txn, rc) : 0;
}

ce_status ce_inbox_append(ce_inbox *i, const ce_slice *records, size_t count,
                          ce_error *err)
{
    uint64_t bytes = 0;
    MDB_txn *txn;
    MDB_cursor *to;
    int rc = begin(i, &txn);

    if (rc)
        return fail(i, err, "cannot write", rc);
    rc = mdb_cursor_open(txn, i->records, &to);
    for (size_t n = 0; n < count && !rc; n++) {
        rc = ce_table_append(to, ++i->last_number, records[n]);
        bytes += records[n].len;
    }
    rc = commit(i, txn, rc);
    if (rc)
        return fail(i, err, "cannot write", rc);
    if (i->added_count)
        atomic_fetch_add_explicit(i->added_count, count, memory_order_relaxed);
    forget_pages(i, bytes);
    ce_news_tell_added(&i->news, i->claims.count);
    return CE_OK;
}

ce_status ce_inbox_keep(ce_inbox *i, bool refused, uint64_t number,
                        ce_slice record)
{
    MDB_txn *txn;
    int rc = begin(i, &txn);

    if (!rc) {
        rc = ce_table_put(txn, refused ? i->refused : i->records, number,
                          record, 0);
        if (number > i->last_number)
            i->last_number = number;
        rc = commit(i, txn, rc);
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

ce_status ce_inbox_finish(ce_inbox *i, const ce_inbox_outcome *outcomes,
                          size_t count, ce_error *err)
{
    MDB_txn *txn;
    MDB_cursor *records;
    int rc = begin(i, &txn);

    if (rc)
        return fail(i, err, "cannot write", rc);
    rc = mdb_cursor_open(txn, i->records, &records);
    for (size_t n = 0; n < count && !rc; n++)
        rc = finish_one(i, records, &outcomes[n]);
    rc = commit(i, txn, rc);
    if (rc)
        return fail(i, err, "cannot write", rc);
    forget_pages(i, count * sizeof(uint64_t));
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
    return ce_claims_have(&i->claims, i->env, sink, number);
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
    forget_pages(i, bytes);
    return rc ? fail(i, err, "cannot read", rc) : CE_OK;
}

ce_status ce_inbox_walk(ce_inbox *i, uint64_t after, ce_record_fn *fn,
                        void *arg, ce_error *err)
{
    return walk_all(i, i->records, after, fn, arg, err);
}

ce_status ce_inbox_walk_refused(ce_inbox *i, uint64_t after, ce_record_fn *fn,
                                void *arg, ce_error *err)
{
    return walk_all(i, i->refused, after, fn, arg, err);
}

/* --- life --- */

static int read_last_number(ce_inbox *i, MDB_txn *txn, MDB_dbi dbi)
{
    uint64_t ends[2];
    int rc = ce_table_ends(txn, dbi, ends);

    if (!rc && ends[1] > i->last_number)
        i->last_number = ends[1];
    return rc;
}

static int open_claims(ce_inbox *i, const ce_inbox_config *c, MDB_txn *txn)
{
    const char *ids[CE_INBOX_SINKS];

    for (unsigned n = 0; n < c->sink_count; n++) {
        ids[n] = c->sinks[n].id;
        i->sinks[n] = c->sinks[n];
    }
    return ce_claims_open(&i->claims, txn, i->records, c->sinks ? ids : NULL,
                          c->sink_count, i->dir);
}

static int open_databases(ce_inbox *i, const ce_inbox_config *c)
{
    const unsigned flags = MDB_CREATE | MDB_INTEGERKEY;
    MDB_txn *txn;
    int rc = begin(i, &txn);

    if (rc)
        return rc;
    rc = mdb_dbi_open(txn, "records", flags, &i->records);
    if (!rc)
        rc = mdb_dbi_open(txn, "refused", flags, &i->refused);
    if (!rc)
        rc = read_last_number(i, txn, i->records);
    if (!rc)
        rc = read_last_number(i, txn, i->refused);
    if (!rc)
        rc = open_claims(i, c, txn);
    return commit(i, txn, rc);
}

static ce_status open_store(ce_inbox *i, const ce_inbox_config *c,
                            ce_error *err)
{
    /* NOTLS: a read transaction's slot in the lock table belongs to the
     * transaction, not to the thread for its whole life. NOSYNC: the kernel has
     * what is committed, so it survives the process, but not a power loss. */
    unsigned flags = c->sync ? MDB_NOTLS : MDB_NOTLS | MDB_NOSYNC;
    uint64_t most = i->max_bytes + i->max_refused_bytes;
    int rc = mdb_env_create(&i->env);

    if (!rc)
        rc = mdb_env_set_mapsize(i->env, 2 * most + SPARE_BYTES);
    if (!rc)
        rc = mdb_env_set_maxdbs(i->env, 4);
    if (!rc)
        rc = mdb_env_open(i->env, i->dir, flags, 0600);
    if (!rc)
        rc = open_databases(i, c);
    if (rc)
        return fail(i, err, "cannot open", rc);
    ce_inbox_map_find(i->dir, &i->map, &i->map_bytes);
    return CE_OK;
}

static ce_status open_checked(ce_inbox *i, const ce_inbox_config *c,
                              ce_error *err)
{
    const char *damage = ce_damage_of(i->dir);
    char *aside = NULL;
    ce_status status = CE_OK;

    if (damage && !c->salvage)
        return ce_fail(err, CE_EIO,
                       "inbox %s is damaged: %s; inbox_damaged=salvage keeps "
                       "what is readable and goes on",
                       i->dir, damage);
    if (damage)
        status = ce_damage_put_aside(i->dir, &aside, err);
    if (status == CE_OK)
        status = open_store(i, c, err);
    if (status == CE_OK && damage)
        status = ce_inbox_salvage(i, aside, err);
    ce_free(aside);
    return status == CE_OK ? ce_damage_mark(i->dir, err) : status;
}

ce_status ce_inbox_open(ce_inbox **out, const ce_inbox_config *c, ce_error *err)
{
    ce_inbox *i = ce_alloc_zeroed(sizeof *i);
    const char *route = c->route ? c->route : "";
    ce_status status;

    if (!i)
        return ce_no_memory(err);
    i->lock_fd = -1;
    assert(c->sink_count <= CE_INBOX_SINKS);
    i->max_bytes = c->max_bytes;
    i->added_count = c->added;
    i->max_refused_bytes =
        c->max_refused_bytes ? c->max_refused_bytes : c->max_bytes / 4;
    i->space.reserve = c->max_bytes / RESERVE_PART;
    ce_news_init(&i->news);
    pthread_mutex_init(&i->writer, NULL);
    i->dir = ce_strndup(c->dir, strlen(c->dir));
    i->route = ce_strndup(route, strlen(route));
    status = i->dir && i->route ? CE_OK : ce_no_memory(err);
    if (status == CE_OK)
        status = ce_inbox_folder_take(i->dir, &i->lock_fd, err);
    if (status == CE_OK)
        status = open_checked(i, c, err);
    if (status != CE_OK) {
        ce_inbox_close(i);
        return status;
    }
    *out = i;
    return CE_OK;
}

void ce_inbox_close(ce_inbox *i)
{
    if (!i)
        return;
    if (i->env) {
        mdb_env_sync(i->env, 1);
        mdb_env_close(i->env);
    }
    if (i->lock_fd >= 0)
        close(i->lock_fd);
    ce_news_free(&i->news);
    pthread_mutex_destroy(&i->writer);
    ce_free(i->dir);
    ce_free(i->route);
    ce_free(i);
}
