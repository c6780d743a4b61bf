/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/claims.h"

#include <errno.h>
#include <string.h>

#include <cloudevents/log.h>

/* What "done" says of a record. */
typedef struct entry {
    uint64_t mask;
    uint64_t tail; /* the record's last bytes, with its sum: numbers come again
                      when an inbox was empty */
} entry;

static entry entry_of(ce_slice value)
{
    entry e = { 0, 0 };

    if (value.len == sizeof e)
        memcpy(&e, value.ptr, sizeof e);
    return e;
}

static uint64_t tail_of(ce_slice record)
{
    uint64_t tail = 0;

    if (record.len >= sizeof tail)
        memcpy(&tail, record.ptr + record.len - sizeof tail, sizeof tail);
    return tail;
}

static int put_entry(const ce_claims *c, uint64_t number, entry e)
{
    return ce_table_set(c->at, number,
                        (ce_slice){ (const char *)&e, sizeof e });
}

/* --- settlements --- */

int ce_claims_begin(ce_claims *c, MDB_txn *txn)
{
    for (unsigned i = 0; i < c->count; i++)
        c->next[i] = atomic_load(&c->settled[i]);
    return c->count > 1 ? mdb_cursor_open(txn, c->done, &c->at) : 0;
}

void ce_claims_commit(ce_claims *c)
{
    for (unsigned i = 0; i < c->count; i++)
        atomic_store(&c->settled[i], c->next[i]);
}

static void count(ce_claims *c, uint64_t mask, int by)
{
    for (unsigned i = 0; i < c->count; i++)
        if (mask & c->bits[i])
            c->next[i] += (uint64_t)by;
}

static int remove_record(ce_claims *c, MDB_cursor *records, uint64_t number,
                         uint64_t mask)
{
    int rc = ce_table_cut(records, number);

    if (rc || !mask)
        return rc;
    count(c, mask, -1);
    return ce_table_cut(c->at, number);
}

/* Of a record that is not there nothing is noted. */
static int note(ce_claims *c, MDB_cursor *records, unsigned sink,
                uint64_t number, uint64_t mask)
{
    ce_slice record;
    int rc = ce_table_find(records, number, &record);

    if (rc || !record.ptr || (mask & c->bits[sink]))
        return rc;
    count(c, c->bits[sink], 1);
    return put_entry(c, number,
                     (entry){ mask | c->bits[sink], tail_of(record) });
}

int ce_claims_settle(ce_claims *c, MDB_cursor *records, unsigned sink,
                     uint64_t number, bool all)
{
    ce_slice value;
    uint64_t mask;
    int rc;

    if (c->count < 2)
        return ce_table_cut(records, number);
    rc = ce_table_find(c->at, number, &value);
    if (rc)
        return rc;
    mask = entry_of(value).mask;
    if (all || (mask | c->bits[sink]) == c->all)
        return remove_record(c, records, number, mask);
    return note(c, records, sink, number, mask);
}

/* --- what an earlier process has left --- */

static ce_claims_run *runs_of(const ce_claims *c, size_t *count)
{
    *count = c->runs.len / sizeof(ce_claims_run);
    return (ce_claims_run *)(void *)c->runs.ptr;
}

static int remember(ce_claims *c, uint64_t number, uint64_t mask)
{
    const ce_claims_run run = { number, number, mask };
    size_t count;
    ce_claims_run *runs = runs_of(c, &count);

    if (count && runs[count - 1].last + 1 == number &&
        runs[count - 1].mask == mask) {
        runs[count - 1].last = number;
        return 0;
    }
    return ce_buf_append(&c->runs,
                         (ce_slice){ (const char *)&run, sizeof run }) == CE_OK
               ? 0
               : ENOMEM;
}

bool ce_claims_have(const ce_claims *c, unsigned sink, uint64_t number)
{
    size_t from = 0, to;
    const ce_claims_run *runs = runs_of(c, &to), *end = runs + to;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (runs[middle].last < number)
            from = middle + 1;
        else
            to = middle;
    }
    runs += from;
    return runs < end && runs->first <= number && (runs->mask & c->bits[sink]);
}

void ce_claims_close(ce_claims *c)
{
    ce_buf_free(&c->runs);
}

/* --- opening --- */

/* The numbers of sinks begin with 0. */
static const uint64_t BEFORE_ALL = UINT64_MAX;

typedef struct opening {
    ce_claims *claims;
    const char *const *names;
    const char *dir;
    uint64_t kept, gone; /* bits */
    MDB_txn *txn;
    MDB_cursor *records;
} opening;

static bool find_sink(void *arg, uint64_t index, ce_slice name)
{
    opening *o = arg;
    uint64_t bit;

    if (index >= CE_INBOX_SINKS)
        return true; /* nobody has written that */
    bit = (uint64_t)1 << index;
    for (unsigned i = 0; i < o->claims->count; i++) {
        if (!ce_slice_eq(name, ce_slice_of(o->names[i])))
            continue;
        o->claims->bits[i] = bit;
        o->kept |= bit;
        return true;
    }
    o->gone |= bit;
    return true;
}

/* Where none of the sinks has stayed, those that are new get all. */
static bool tell_gone(void *arg, uint64_t index, ce_slice name)
{
    const opening *o = arg;

    if (index >= CE_INBOX_SINKS || !(o->gone & (uint64_t)1 << index))
        return true;
    if (o->kept)
        ce_log(CE_WARN,
               "inbox %s: the sink %.*s is gone, and what waited for it",
               o->dir, CE_ARG(name));
    else
        ce_log(CE_INFO,
               "inbox %s: the sink %.*s is gone; all that waits goes to what "
               "has taken its place",
               o->dir, CE_ARG(name));
    return true;
}

static int give_bit(opening *o, unsigned sink)
{
    ce_claims *c = o->claims;
    uint64_t index = 0;

    while (c->bits[sink] == 0) {
        uint64_t bit = (uint64_t)1 << index;

        if (!(o->kept & bit))
            c->bits[sink] = bit;
        else
            index++;
    }
    o->kept |= c->bits[sink];
    return ce_table_put(o->txn, c->sinks, index, ce_slice_of(o->names[sink]),
                        0);
}

static int give_bits(opening *o)
{
    int rc = 0;

    for (unsigned i = 0; i < o->claims->count && !rc; i++) {
        if (o->claims->bits[i] == 0)
            rc = give_bit(o, i);
        o->claims->all |= o->claims->bits[i];
    }
    return rc;
}

static int remove_gone(opening *o)
{
    int rc = 0;

    for (uint64_t i = 0; i < CE_INBOX_SINKS && !rc; i++)
        if (o->gone & (uint64_t)1 << i)
            rc = ce_table_remove(o->txn, o->claims->sinks, i);
    return rc;
}

typedef struct line {
    uint64_t number;
    entry entry;
} line;

static int keep(opening *o, const line *l)
{
    ce_claims *c = o->claims;
    entry e = { l->entry.mask & c->all & ~o->gone, l->entry.tail };

    count(c, e.mask, 1);
    if (e.mask == c->all)
        return remove_record(c, o->records, l->number, e.mask);
    if (e.mask == 0)
        return ce_table_cut(c->at, l->number);
    if (remember(c, l->number, e.mask))
        return ENOMEM;
    return e.mask == l->entry.mask ? 0 : put_entry(c, l->number, e);
}

/* A program that knows nothing of sinks may have been here, and used the number
 * again. */
static int look_at(opening *o, const line *l)
{
    ce_slice record;
    int rc = ce_table_find(o->records, l->number, &record);

    if (rc)
        return rc;
    if (record.ptr && tail_of(record) == l->entry.tail)
        return keep(o, l);
    return ce_table_cut(o->claims->at, l->number);
}

static bool take_line(void *arg, uint64_t number, ce_slice value)
{
    *(line *)arg = (line){ number, entry_of(value) };
    return false;
}

/* Each is looked for anew: the one before may be gone meanwhile. */
static int look_at_all(opening *o)
{
    uint64_t bytes = 0;
    line l = { 0, { 0, 0 } };
    int rc = 0;

    while (!rc) {
        uint64_t after = l.number;

        rc = ce_table_walk(o->txn, o->claims->done, after, take_line, &l,
                           &bytes);
        if (rc || l.number == after)
            return rc;
        rc = look_at(o, &l);
    }
    return rc;
}

int ce_claims_open(ce_claims *c, MDB_txn *txn, MDB_dbi records,
                   const char *const *names, unsigned sinks, const char *dir)
{
    const unsigned flags = MDB_CREATE | MDB_INTEGERKEY;
    opening o = { c, names, dir, 0, 0, txn, NULL };
    uint64_t bytes = 0;
    int rc = mdb_dbi_open(txn, "done", flags, &c->done);

    if (!rc)
        rc = mdb_dbi_open(txn, "sinks", flags, &c->sinks);
    if (rc || !names)
        return rc;
    c->count = sinks;
    rc = mdb_cursor_open(txn, c->done, &c->at);
    if (!rc)
        rc = mdb_cursor_open(txn, records, &o.records);
    if (!rc)
        rc = ce_table_walk(txn, c->sinks, BEFORE_ALL, find_sink, &o, &bytes);
    if (!rc)
        rc = ce_table_walk(txn, c->sinks, BEFORE_ALL, tell_gone, &o, &bytes);
    if (!rc)
        rc = remove_gone(&o);
    if (!rc)
        rc = give_bits(&o);
    return rc ? rc : look_at_all(&o);
}
