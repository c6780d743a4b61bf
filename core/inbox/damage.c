/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/damage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cloudevents/alloc.h>

#include "core/inbox/child.h"
#include "core/inbox/folder.h"

enum {
    /* For one record: a disk may be slow, but not so slow. */
    RECORD_SECONDS = 120,
    /* More than the small records of a page: its neighbours are found. */
    SINGLE_STEPS = 256,
    GAP_BITS = 48 /* of the largest gap that is looked behind */
};

static const char *const databases[] = { "records", "refused", "done",
                                         "sinks" };
enum { DATABASES = sizeof databases / sizeof *databases };

/* What comes before each record in the pipe. */
typedef struct head {
    uint64_t number, len;
} head;

/* --- the child --- */

static void give_up(MDB_env *env, const char *text)
{
    (void)env;
    (void)text;
    _exit(1);
}

static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len) {
        ssize_t n = write(fd, p, len);

        if (n < 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static uint64_t number_of(const MDB_val *key)
{
    uint64_t number = 0;

    if (key->mv_size == sizeof number)
        memcpy(&number, key->mv_data, sizeof number);
    return number;
}

/* Reads each byte; with a pipe it goes there. */
static bool take(int out, const MDB_val *key, const MDB_val *value)
{
    const volatile char *byte = value->mv_data;
    head h = { number_of(key), value->mv_size };

    for (size_t i = 0; i < value->mv_size; i++)
        (void)byte[i];
    return out < 0 || (write_all(out, &h, sizeof h) &&
                       write_all(out, value->mv_data, value->mv_size));
}

/* A bad page may look like the end. */
static bool is_end(MDB_cursor *cursor, uint64_t reached, uint64_t from,
                   uint64_t count)
{
    MDB_val key, value;
    MDB_stat stat;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);

    if (rc == MDB_NOTFOUND)
        return true;
    if (rc || number_of(&key) > reached)
        return false;
    return from > 0 ||
           (!mdb_stat(mdb_cursor_txn(cursor), mdb_cursor_dbi(cursor), &stat) &&
            stat.ms_entries == count);
}

static bool walk(MDB_txn *txn, MDB_dbi dbi, uint64_t from, int out)
{
    MDB_val key = { sizeof from, &from }, value;
    MDB_cursor_op op = from ? MDB_SET_RANGE : MDB_FIRST;
    uint64_t reached = from ? from - 1 : 0, count = 0;
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn, dbi, &cursor);

    while (!rc && !(rc = mdb_cursor_get(cursor, &key, &value, op))) {
        /* Damaged pages may lead in a circle. */
        if ((count && number_of(&key) <= reached) || !take(out, &key, &value))
            return false;
        alarm(RECORD_SECONDS);
        reached = number_of(&key);
        count++;
        op = MDB_NEXT;
    }
    return rc == MDB_NOTFOUND && is_end(cursor, reached, from, count);
}

static MDB_txn *open_store(const char *file)
{
    const unsigned flags = MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR;
    MDB_env *env;
    MDB_txn *txn;

    if (mdb_env_create(&env) || mdb_env_set_assert(env, give_up) ||
        mdb_env_set_maxdbs(env, DATABASES) ||
        mdb_env_open(env, file, flags, 0) ||
        mdb_txn_begin(env, NULL, MDB_RDONLY, &txn))
        _exit(1);
    return txn;
}

static bool walk_named(MDB_txn *txn, const char *database, uint64_t from,
                       int out)
{
    MDB_dbi dbi;
    int rc = mdb_dbi_open(txn, database, MDB_INTEGERKEY, &dbi);

    return rc == MDB_NOTFOUND || (!rc && walk(txn, dbi, from, out));
}

/* All that LMDB will look at: its own table of free pages too, which is its
 * first database. */
static bool walk_everything(MDB_txn *txn)
{
    bool fine = walk(txn, 0, 0, -1);

    for (size_t i = 0; i < DATABASES && fine; i++)
        fine = walk_named(txn, databases[i], 0, -1);
    return fine;
}

/* --- its parent --- */

/* The child calls nothing but LMDB, the heap and the kernel. */
static pid_t begin_child(const char *file, const char *database, uint64_t from,
                         const int *ends)
{
    pid_t pid = ce_child_fork();
    MDB_txn *txn;
    bool fine;

    if (pid != 0)
        return pid;
    /* So that it hears when its parent reads no more. */
    if (ends)
        close(ends[0]);
    alarm(RECORD_SECONDS);
    txn = open_store(file);
    fine = database ? walk_named(txn, database, from, ends[1])
                    : walk_everything(txn);
    _exit(fine ? 0 : 1);
}

/* As waitpid tells it; without a child it has failed. */
static int end_of(pid_t pid)
{
    int status = 1 << 8;

    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static bool ended_well(pid_t pid)
{
    return end_of(pid) == 0;
}

bool ce_damage_is_marked(const char *dir)
{
    char path[PATH_MAX];

    ce_inbox_folder_path(path, dir, "format");
    return access(path, F_OK) == 0;
}

const char *ce_damage_of(const char *dir)
{
    char data[PATH_MAX];
    struct stat found;
    bool is_there;
    int end;

    ce_inbox_folder_path(data, dir, "data.mdb");
    is_there = stat(data, &found) == 0 && found.st_size > 0;
    if (!is_there)
        return ce_damage_is_marked(dir) ? "its file is empty or missing" : NULL;
    end = end_of(begin_child(data, NULL, 0, NULL));
    if (WIFSIGNALED(end) && WTERMSIG(end) == SIGALRM)
        return "the disk takes minutes for one record of its file";
    return end == 0 ? NULL : "its file has unreadable pages";
}

ce_status ce_damage_mark(const char *dir, ce_error *err)
{
    static const char text[] = "cloudevents inbox 1\n";
    char path[PATH_MAX];
    ce_status status;
    bool fine;
    int fd;

    if (ce_damage_is_marked(dir))
        return CE_OK;
    ce_inbox_folder_path(path, dir, "format");
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    fine = fd >= 0 && write_all(fd, text, sizeof text - 1) && !fsync(fd);
    if (fd >= 0)
        close(fd);
    /* The names of the new store too; else the next open has to. */
    status = fine ? ce_inbox_folder_flush(dir, err)
                  : ce_fail(err, CE_EIO, "inbox %s: cannot write: %s", path,
                            strerror(errno));
    if (status != CE_OK)
        unlink(path);
    return status;
}

/* --- what can be read --- */

typedef struct salvage {
    const char *file, *database;
    ce_damage_fn *fn;
    void *arg;
    uint64_t from; /* the next number */
    ce_status status;
} salvage;

/* What was cut off is no record. */
static void read_pipe(salvage *s, FILE *pipe)
{
    ce_buf record = { NULL, 0, 0 };
    head h;

    while (s->status == CE_OK && fread(&h, sizeof h, 1, pipe) == 1 &&
           h.number >= s->from) {
        ce_buf_clear(&record);
        s->status = ce_buf_reserve(&record, h.len + 1);
        if (s->status != CE_OK || fread(record.ptr, 1, h.len, pipe) != h.len)
            break;
        record.len = h.len;
        s->status = s->fn(s->arg, h.number, ce_buf_slice(&record));
        s->from = h.number + 1;
    }
    ce_buf_free(&record);
}

/* Whether the child came to the end. */
static bool read_on(salvage *s)
{
    int ends[2];
    FILE *pipe_end;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC)) {
        s->status = CE_EIO;
        return false;
    }
    pid = begin_child(s->file, s->database, s->from, ends);
    close(ends[1]);
    pipe_end = fdopen(ends[0], "r");
    if (pipe_end) {
        read_pipe(s, pipe_end);
        fclose(pipe_end);
    } else {
        s->status = CE_ENOMEM;
        close(ends[0]);
    }
    return ended_well(pid);
}

/* Behind a page that cannot be read lie others that can. */
ce_status ce_damage_read(const char *file, const char *database,
                         ce_damage_fn *fn, void *arg)
{
    salvage s = { file, database, fn, arg, 1, CE_OK };
    uint64_t before = s.from;
    unsigned steps = 0, bits = 0;

    while (!read_on(&s) && s.status == CE_OK && bits < GAP_BITS) {
        if (s.from != before)
            steps = bits = 0;
        s.from += steps++ < SINGLE_STEPS ? 1 : (uint64_t)1 << bits++;
        before = s.from;
    }
    return s.status;
}
