/* SPDX-License-Identifier: Apache-2.0 */
/* An inbox is opened, salvaged where it is damaged, and closed. */
#include "core/inbox/state.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "core/inbox/aside.h"
#include "core/inbox/damage.h"
#include "core/inbox/folder.h"
#include "core/inbox/salvage.h"

/* Room for pages that are free but not reusable yet. */
static const uint64_t SPARE_BYTES = (uint64_t)64 << 20;
/* The reserve on the disk, as a part of the high mark: 64 MiB of a GiB are more
 * than arrives while a source leaves its broker. */
enum { RESERVE_PART = 16 };

static int read_last_number(ce_inbox *i, MDB_txn *txn, MDB_dbi dbi)
{
    uint64_t ends[2];
    int rc = ce_table_ends(txn, dbi, ends);

    if (!rc && ends[1] > i->last_number)
        i->last_number = ends[1];
    return rc;
}

static int count_claims(ce_inbox *i, MDB_txn *txn)
{
    const MDB_dbi tables[] = { i->claims.sinks, i->claims.done };

    return ce_inbox_space_count(txn, tables, 2, &i->space.constant);
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
    int rc = ce_inbox_begin(i, &txn);

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
    if (!rc)
        rc = count_claims(i, txn);
    if (!rc)
        rc = ce_journal_find(&i->journal, txn);
    return ce_inbox_commit(i, txn, rc);
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
    if (!rc) {
        ce_inbox_space_find(&i->space, i->env);
        rc = open_databases(i, c);
    }
    if (rc)
        return ce_inbox_fail(i, err, "cannot open", rc);
    ce_inbox_map_find(&i->map, i->dir);
    return CE_OK;
}

/* A damaged one is left as it is where its heir finds no room. What is ASIDE
 * already has an heir that did not get all. */
static ce_status prepare(ce_inbox *i, bool is_damaged, char **aside,
                         ce_error *err)
{
    ce_status status = CE_OK;

    if (*aside)
        status = ce_aside_begin_anew(i->dir, err);
    if (status == CE_OK && (is_damaged || !ce_damage_is_marked(i->dir)))
        status = ce_inbox_folder_look_for_room(i->dir, i->lock_fd, err);
    if (status == CE_OK && is_damaged && !*aside)
        status = ce_aside_put(i->dir, aside, err);
    if (status == CE_OK)
        status = ce_inbox_folder_hold_locks(i->dir, err);
    return status;
}

static ce_status open_aside(ce_inbox *i, const ce_inbox_config *c, char **aside,
                            ce_error *err)
{
    const char *damage =
        *aside ? "its salvage was cut short" : ce_damage_of(i->dir);
    ce_status status;

    if (damage && !c->salvage)
        return ce_fail(err, CE_EIO,
                       "inbox %s is damaged: %s; inbox_damaged=salvage keeps "
                       "what is readable and goes on",
                       i->dir, damage);
    status = prepare(i, damage, aside, err);
    if (status == CE_OK)
        status = open_store(i, c, err);
    if (status == CE_OK && damage)
        status = ce_inbox_salvage(i, *aside, err);
    return status;
}

static ce_status open_checked(ce_inbox *i, const ce_inbox_config *c,
                              ce_error *err)
{
    char *aside = NULL;
    ce_status status = ce_aside_find(i->dir, &aside, err);

    if (status == CE_OK)
        status = open_aside(i, c, &aside, err);
    ce_free(aside);
    if (status == CE_OK)
        status = ce_journal_open(&i->journal, i->dir, !c->sync, err);
    ce_inbox_count_new(i);
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
    ce_journal_init(&i->journal);
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
        ce_inbox_take_over(i);
        mdb_env_sync(i->env, 1);
        mdb_env_close(i->env);
    }
    ce_claims_close(&i->claims);
    ce_journal_close(&i->journal);
    if (i->lock_fd >= 0)
        close(i->lock_fd);
    ce_news_free(&i->news);
    pthread_mutex_destroy(&i->writer);
    ce_free(i->dir);
    ce_free(i->route);
    ce_free(i);
}
