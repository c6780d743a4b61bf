/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cloudevents/log.h>

#include "core/inbox/store.h"
#include "core/inbox/folder.h"

/* Some hundred common events: what comes while the loop does other things. */
enum { ROOM = 256 << 10 };

typedef struct head {
    uint64_t number; /* 0: the end */
    uint64_t len;    /* of the record behind it; at the end the number of the
                        entry before, so that zeros are none */
} head;

static head head_at(const ce_journal *j, size_t at)
{
    head h = { 0, 0 };

    if (at + sizeof h <= j->entries.len)
        memcpy(&h, j->entries.ptr + at, sizeof h);
    return h;
}

static ce_slice record_at(const ce_journal *j, size_t at, head h)
{
    return (ce_slice){ j->entries.ptr + at + sizeof h, h.len };
}

/* --- the store's part --- */

static MDB_val taken_key(void)
{
    static char name[] = "journal";

    return (MDB_val){ sizeof name - 1, name };
}

int ce_journal_find(ce_journal *j, MDB_txn *txn)
{
    MDB_val key = taken_key(), value;
    int rc = mdb_dbi_open(txn, NULL, 0, &j->main);

    if (!rc)
        rc = mdb_get(txn, j->main, &key, &value);
    if (!rc && value.mv_size == sizeof j->taken)
        memcpy(&j->taken, value.mv_data, sizeof j->taken);
    j->last = j->taken;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int ce_journal_take(ce_journal *j, MDB_cursor *records, uint64_t *number)
{
    MDB_val key = taken_key(), value = { sizeof j->last, &j->last };
    size_t at = 0;
    int rc = 0;

    if (ce_journal_count(j) == 0)
        return 0;
    for (head h = head_at(j, at); h.number && !rc; h = head_at(j, at)) {
        if (h.number > j->taken)
            rc = ce_table_append(records, ++*number, record_at(j, at, h));
        at += sizeof h + h.len;
    }
    j->to_take = j->last;
    if (rc)
        return rc;
    return mdb_put(mdb_cursor_txn(records), j->main, &key, &value, 0);
}

void ce_journal_end(ce_journal *j, bool is_committed)
{
    if (is_committed && j->to_take > j->taken) {
        j->taken = j->to_take;
        ce_buf_clear(&j->entries);
    }
    j->to_take = 0;
}

/* --- the file --- */

uint64_t ce_journal_count(const ce_journal *j)
{
    return j->last - j->taken;
}

uint64_t ce_journal_bytes(const ce_journal *j)
{
    return ce_journal_count(j) ? j->entries.len : 0;
}

static bool write_at(int fd, const char *bytes, size_t len, size_t at)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, bytes, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        at += (size_t)n;
        len -= (size_t)n;
    }
    return true;
}

/* Nothing is put any more; what is there is still to be taken over. */
static void give_up_file(ce_journal *j)
{
    close(j->fd);
    j->fd = -1;
}

/* The end is written with each entry, over what an earlier turn has left. */
bool ce_journal_put(ce_journal *j, ce_slice record)
{
    const head h = { j->last + 1, record.len }, end = { 0, h.number };
    const head old_end = { 0, j->last };
    size_t at = j->entries.len, len = sizeof h + record.len;
    char *to;

    if (j->fd < 0 || record.len > ROOM || at + len + sizeof end > ROOM ||
        ce_buf_reserve(&j->entries, len + sizeof end) != CE_OK)
        return false;
    to = j->entries.ptr + at;
    memcpy(to, &h, sizeof h);
    memcpy(to + sizeof h, record.ptr, record.len);
    memcpy(to + len, &end, sizeof end);
    if (!write_at(j->fd, to, len + sizeof end, at)) {
        write_at(j->fd, (const char *)&old_end, sizeof old_end, at);
        give_up_file(j);
        return false;
    }
    j->entries.len += len;
    j->last = h.number;
    return true;
}

/* --- life --- */

void ce_journal_init(ce_journal *j)
{
    j->fd = -1;
}

static ce_status read_file(ce_journal *j)
{
    ssize_t n;

    if (ce_buf_reserve(&j->entries, ROOM) != CE_OK)
        return CE_ENOMEM;
    do
        n = pread(j->fd, j->entries.ptr, ROOM, 0);
    while (n < 0 && errno == EINTR);
    j->entries.len = n > 0 ? (size_t)n : 0;
    return n < 0 ? CE_EIO : CE_OK;
}

static bool follows(const ce_journal *j, size_t at, head h, uint64_t last)
{
    return (!last || h.number == last + 1) &&
           h.len <= j->entries.len - at - sizeof h;
}

/* Whether a kill has cut the write of the entry AT short: its END is not behind
 * it, and it does not fit its sum. Nobody was told that it is here. */
static bool is_cut_short(const ce_journal *j, size_t at, head end)
{
    head h = head_at(j, at);

    return (end.number || end.len != h.number) &&
           !ce_record_is_intact(record_at(j, at, h));
}

/* Keeps the entries that follow one another. What a kill has cut short is the
 * last one; only a power loss or a disk leaves others that do not end well. */
static void keep_chain(ce_journal *j, const char *path)
{
    size_t at = 0, newest = 0;
    uint64_t last = 0;
    head h;

    for (h = head_at(j, at); h.number && follows(j, at, h, last);
         h = head_at(j, at)) {
        /* A store that was made anew knows nothing of those before. */
        if (!last && h.number > j->taken)
            j->taken = h.number - 1;
        last = h.number;
        newest = at;
        at += sizeof h + h.len;
    }
    if (last && is_cut_short(j, newest, h)) {
        at = newest;
        last--;
    } else if (h.number) {
        ce_log(CE_WARN, "inbox %s: nothing is readable behind byte %zu", path,
               at);
    }
    j->entries.len = at;
    j->last = last > j->taken ? last : j->taken;
    if (ce_journal_count(j) == 0)
        ce_buf_free(&j->entries);
}

/* One that cannot be made holds nothing; one that is there may. */
static ce_status open_file(ce_journal *j, const char *path, ce_error *err)
{
    j->fd = open(path, O_RDWR | O_CLOEXEC);
    if (j->fd < 0 && errno == ENOENT) {
        j->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        return CE_OK;
    }
    if (j->fd < 0)
        return ce_fail(err, CE_EIO, "inbox %s: cannot open: %s", path,
                       strerror(errno));
    return CE_OK;
}

static ce_status read_chain(ce_journal *j, const char *path, ce_error *err)
{
    ce_status status = read_file(j);

    if (status == CE_ENOMEM)
        return ce_no_memory(err);
    if (status != CE_OK)
        return ce_fail(err, status, "inbox %s: cannot read: %s", path,
                       strerror(errno));
    keep_chain(j, path);
    return CE_OK;
}

ce_status ce_journal_open(ce_journal *j, const char *dir, bool is_writable,
                          ce_error *err)
{
    char path[PATH_MAX];
    ce_status status;

    ce_inbox_folder_path(path, dir, "journal");
    status = open_file(j, path, err);
    if (status == CE_OK && j->fd >= 0)
        status = read_chain(j, path, err);
    if (status != CE_OK || j->fd < 0)
        return status;
    if (!is_writable || posix_fallocate(j->fd, 0, ROOM))
        give_up_file(j);
    return CE_OK;
}

/* An empty file says more than entries that the store has. */
void ce_journal_close(ce_journal *j)
{
    if (j->fd >= 0) {
        if (ce_journal_count(j) == 0 && ftruncate(j->fd, 0))
            errno = 0; /* they are known by their numbers */
        close(j->fd);
    }
    j->fd = -1;
    ce_buf_free(&j->entries);
}
