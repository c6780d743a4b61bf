/* SPDX-License-Identifier: Apache-2.0 */
/* Results come in any order, Kafka takes one offset per partition: all below
 * it is done. The ledger remembers records in the order of their offsets and
 * gives out the end of the settled prefix. What is done beyond it is known
 * too, so that no second reading pushes it again. */
#include "bindings/kafka/ledger.h"

#include <assert.h>
#include <string.h>

#include <cloudevents/alloc.h>

enum {
    /* Few partitions need more: memory for one turn's records or so. A power
     * of two. */
    FIRST_ROWS = 64
};

static const ce_kafka_mark no_mark = { .offset = CE_KAFKA_NOWHERE };

ce_kafka_ledger *ce_kafka_ledger_new(const char *topic, int32_t partition)
{
    ce_kafka_ledger *l = ce_alloc_zeroed(sizeof *l);

    if (!l)
        return NULL;
    l->topic = ce_strndup(topic, strlen(topic));
    if (!l->topic) {
        ce_free(l);
        return NULL;
    }
    l->partition = partition;
    l->last = l->read = l->safe = l->until = l->offered = CE_KAFKA_NOWHERE;
    l->below = l->proof = l->newest = l->anchor = l->asked = no_mark;
    l->end = l->latest_ms = l->doubt = l->explained = -1;
    return l;
}

void ce_kafka_ledger_free(ce_kafka_ledger *l)
{
    if (!l)
        return;
    ce_free(l->done.runs);
    ce_free(l->rows);
    ce_free(l->topic);
    ce_free(l);
}

bool ce_kafka_ledger_is(const ce_kafka_ledger *l, const char *topic,
                        int32_t partition)
{
    return l->partition == partition && !strcmp(l->topic, topic);
}

void ce_kafka_ledger_begin(ce_kafka_ledger *l, int64_t offset)
{
    l->safe = offset;
    l->last = l->read = offset - 1;
    l->moved = true;
}

void ce_kafka_ledger_seek(ce_kafka_ledger *l, int64_t offset)
{
    l->read = offset - 1;
    l->offered = CE_KAFKA_NOWHERE;
    l->again = false;
    l->at_end = false;
}

/* --- rows --- */

static ce_kafka_row *row(const ce_kafka_ledger *l, uint64_t pos)
{
    return &l->rows[pos & l->mask];
}

/* Rows stay at their positions, only the mask gets wider. */
static ce_status grow(ce_kafka_ledger *l)
{
    uint64_t cap = l->rows ? (l->mask + 1) * 2 : FIRST_ROWS;
    ce_kafka_row *rows;

    if (cap > CE_KAFKA_ROWS_MAX)
        return CE_EAGAIN;
    rows = ce_alloc(cap * sizeof *rows);
    /* Results make room, with memory or without. */
    if (!rows)
        return CE_EAGAIN;
    for (uint64_t pos = l->oldest; pos < l->next; pos++)
        rows[pos & (cap - 1)] = *row(l, pos);
    ce_free(l->rows);
    l->rows = rows;
    l->mask = cap - 1;
    return CE_OK;
}

static ce_status append(ce_kafka_ledger *l, const ce_kafka_mark *m,
                        ce_kafka_row_state state)
{
    ce_status status;

    assert(m->offset > l->last);
    if (!l->rows || l->next - l->oldest > l->mask) {
        status = grow(l);
        if (status != CE_OK)
            return status;
    }
    *row(l, l->next++) = (ce_kafka_row){ .mark = *m, .state = state };
    l->last = m->offset;
    return CE_OK;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Returns the position of the first row whose offset is not below OFFSET. */
static uint64_t find(const ce_kafka_ledger *l, int64_t offset)
{
    uint64_t low = l->oldest, high = l->next;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (row(l, middle)->mark.offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void pass_done(ce_kafka_ledger *l)
{
    for (; l->oldest < l->next; l->oldest++) {
        const ce_kafka_row *oldest = row(l, l->oldest);

        if (oldest->state != CE_KAFKA_DONE)
            return;
        l->below = oldest->mark;
        l->safe = oldest->mark.offset + 1;
    }
}

ce_status ce_kafka_ledger_open(ce_kafka_ledger *l, const ce_kafka_mark *m,
                               uint64_t *out)
{
    ce_status status;

    if (m->offset > l->last) {
        assert(l->offered == m->offset);
        status = append(l, m, CE_KAFKA_OUT);
        if (status != CE_OK)
            return status;
        l->offered = CE_KAFKA_NOWHERE;
        *out = l->next - 1;
    } else {
        *out = find(l, m->offset);
        assert(row(l, *out)->state == CE_KAFKA_KEPT);
        row(l, *out)->state = CE_KAFKA_OUT;
        l->kept--;
    }
    l->out++;
    return CE_OK;
}

bool ce_kafka_ledger_is_full(const ce_kafka_ledger *l)
{
    return l->next - l->oldest >= CE_KAFKA_ROWS_MAX;
}

void ce_kafka_ledger_settle(ce_kafka_ledger *l, uint64_t pos)
{
    assert(pos >= l->oldest && pos < l->next && l->out > 0);
    l->out--;
    row(l, pos)->state = CE_KAFKA_DONE;
    l->moved = true;
    pass_done(l);
}

void ce_kafka_ledger_keep(ce_kafka_ledger *l, uint64_t pos)
{
    assert(pos >= l->oldest && pos < l->next && l->out > 0);
    l->out--;
    l->kept++;
    row(l, pos)->state = CE_KAFKA_KEPT;
    l->again = true;
}

int64_t ce_kafka_ledger_unread(const ce_kafka_ledger *l)
{
    for (uint64_t pos = l->oldest; l->kept > 0 && pos < l->next; pos++)
        if (row(l, pos)->state == CE_KAFKA_KEPT)
            return row(l, pos)->mark.offset;
    return l->last + 1;
}

int64_t ce_kafka_ledger_undone(const ce_kafka_ledger *l, int64_t from,
                               int64_t to)
{
    const ce_kafka_runs *d = &l->done;
    int64_t count = to - from;

    for (uint64_t pos = find(l, from);
         pos < l->next && row(l, pos)->mark.offset < to; pos++)
        count -= row(l, pos)->state != CE_KAFKA_KEPT;
    for (unsigned i = d->at; i < d->count; i++) {
        int64_t first = larger(larger(d->runs[i].from, from), l->last + 1);
        int64_t end = smaller(d->runs[i].to, to);

        if (first < end)
            count -= end - first;
    }
    return count;
}

const ce_kafka_row *ce_kafka_ledger_oldest(const ce_kafka_ledger *l)
{
    return l->oldest < l->next ? row(l, l->oldest) : NULL;
}

bool ce_kafka_ledger_next_run(const ce_kafka_ledger *l, uint64_t *pos,
                              ce_kafka_run *out)
{
    while (*pos < l->next && row(l, *pos)->state != CE_KAFKA_DONE)
        ++*pos;
    if (*pos == l->next)
        return false;
    out->from = row(l, *pos)->mark.offset;
    while (*pos < l->next && row(l, *pos)->state == CE_KAFKA_DONE)
        out->to = row(l, (*pos)++)->mark.offset + 1;
    return true;
}

/* --- reading --- */

static bool is_same(const ce_kafka_mark *a, const ce_kafka_mark *b)
{
    return a->offset == b->offset && a->time_ms == b->time_ms &&
           a->size == b->size;
}

/* Whether M fits to the record that had to be read. One that compaction has
 * removed proves nothing. */
static bool fits_proof(ce_kafka_ledger *l, const ce_kafka_mark *m)
{
    ce_kafka_mark proof = l->proof;

    if (proof.offset == CE_KAFKA_NOWHERE)
        return true;
    l->proof = no_mark;
    if (m->offset <= proof.offset && !is_same(m, &proof))
        return false;
    l->explained = l->doubt;
    l->gone = false;
    return true;
}

/* Compaction has removed what was kept and does not come again. */
static void settle_vanished(ce_kafka_ledger *l, int64_t offset)
{
    if (l->kept == 0)
        return;
    for (uint64_t pos = find(l, l->read + 1);
         pos < l->next && row(l, pos)->mark.offset < offset; pos++) {
        if (row(l, pos)->state != CE_KAFKA_KEPT)
            continue;
        row(l, pos)->state = CE_KAFKA_DONE;
        l->kept--;
        l->moved = true;
    }
    pass_done(l);
}

static bool was_left_done(ce_kafka_ledger *l, int64_t offset)
{
    ce_kafka_runs *d = &l->done;

    while (d->at < d->count && d->runs[d->at].to <= offset)
        d->at++;
    return d->at < d->count && d->runs[d->at].from <= offset;
}

static void note_read(ce_kafka_ledger *l, const ce_kafka_mark *m)
{
    l->read = m->offset;
    l->newest = *m;
    if (m->time_ms > l->latest_ms)
        l->latest_ms = m->time_ms;
    if (l->anchor.offset == CE_KAFKA_NOWHERE) {
        l->anchor = *m;
        l->anchor_ms = m->time_ms;
    }
}

/* Rows have no gaps: behind a record without a row a done one would take the
 * position past it. */
static ce_kafka_seen judge_next(ce_kafka_ledger *l, const ce_kafka_mark *m)
{
    if (l->offered != CE_KAFKA_NOWHERE)
        return CE_KAFKA_NEW;
    if (!was_left_done(l, m->offset) || append(l, m, CE_KAFKA_DONE) != CE_OK) {
        l->offered = m->offset;
        return CE_KAFKA_NEW;
    }
    pass_done(l);
    return CE_KAFKA_KNOWN;
}

static ce_kafka_seen judge(ce_kafka_ledger *l, const ce_kafka_mark *m)
{
    uint64_t pos;

    if (m->offset > l->last)
        return judge_next(l, m);
    pos = find(l, m->offset);
    if (pos == l->next || row(l, pos)->mark.offset != m->offset)
        return CE_KAFKA_KNOWN;
    return row(l, pos)->state == CE_KAFKA_KEPT ? CE_KAFKA_NEW : CE_KAFKA_KNOWN;
}

ce_kafka_seen ce_kafka_ledger_read(ce_kafka_ledger *l, const ce_kafka_mark *m)
{
    if (l->safe == CE_KAFKA_NOWHERE)
        ce_kafka_ledger_begin(l, m->offset);
    if (m->offset <= l->read || !fits_proof(l, m))
        return CE_KAFKA_STRANGE;
    settle_vanished(l, m->offset);
    note_read(l, m);
    return judge(l, m);
}
