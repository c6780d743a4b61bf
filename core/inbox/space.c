/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/space.h"

#include <errno.h>
#include <fcntl.h>

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

void ce_inbox_space_take(ce_inbox_space *s, MDB_env *env)
{
    uint64_t end = end_of_file(env);
    int rc;

    if (end + s->reserve / 2 <= s->taken_to)
        return;
    rc = allocate(env, end, s->reserve);
    if (cannot_reserve(rc)) {
        s->taken_to = UINT64_MAX;
        rc = 0;
    } else if (!rc) {
        s->taken_to = end + s->reserve;
    }
    atomic_store(&s->lack, rc);
}
