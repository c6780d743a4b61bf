/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/space.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum {
    META_PAGES = 2, /* of every file */
    BLOCK = 512     /* what stat counts in */
};

int ce_inbox_space_count(MDB_txn *txn, const MDB_dbi *tables, unsigned count,
                         uint64_t *out)
{
    uint64_t pages = META_PAGES;
    MDB_stat stat = { 0 };
    int rc = 0;

    for (unsigned i = 0; i < count && !rc; i++) {
        rc = mdb_stat(txn, tables[i], &stat);
        pages +=
            stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    }
    if (!rc)
        *out = pages * stat.ms_psize;
    return rc;
}

static uint64_t end_of_file(MDB_env *env)
{
    MDB_envinfo info;
    MDB_stat stat;

    if (mdb_env_info(env, &info) || mdb_env_stat(env, &stat))
        return 0;
    return (info.me_last_pgno + 1) * stat.ms_psize;
}

/* The file keeps its size: LMDB takes that for its own. */
static int allocate(MDB_env *env, uint64_t from, uint64_t bytes)
{
    int fd, rc = mdb_env_get_fd(env, &fd);

    if (rc)
        return rc;
    while (
        (rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)bytes)) &&
        errno == EINTR)
        continue;
    return rc ? errno : 0;
}

/* Some file systems set no blocks aside: there a full disk is noticed when a
 * block is needed. */
static bool cannot_reserve(int rc)
{
    return rc == EOPNOTSUPP || rc == ENOSYS;
}

/* Where the file has holes this is less than there is. */
void ce_inbox_space_find(ce_inbox_space *s, MDB_env *env)
{
    struct stat found;
    int fd;

    if (!mdb_env_get_fd(env, &fd) && !fstat(fd, &found))
        s->taken_to = (uint64_t)found.st_blocks * BLOCK;
}

/* Who leaves for want of room comes back to more of it than was missing: else
 * each event would end the connection again. */
static uint64_t least(const ce_inbox_space *s)
{
    return atomic_load(&s->lack) ? s->reserve / 4 * 3 : s->reserve / 2;
}

void ce_inbox_space_take(ce_inbox_space *s, MDB_env *env)
{
    uint64_t end = end_of_file(env);
    uint64_t inside = end > s->used ? end - s->used : 0;
    uint64_t behind = s->taken_to > end ? s->taken_to - end : 0;
    int rc = 0;

    if (inside < least(s) && behind < least(s) - inside) {
        rc = allocate(env, end, s->reserve - inside);
        if (cannot_reserve(rc)) {
            s->taken_to = UINT64_MAX;
            rc = 0;
        } else if (!rc) {
            s->taken_to = end + s->reserve - inside;
        }
    }
    atomic_store(&s->lack, rc);
}
