/* SPDX-License-Identifier: Apache-2.0 */
/* Results come in any order, Kafka takes one offset per partition: all below
 * it is done. The ledger remembers records in the order they were received and
 * gives out the end of the settled prefix. */
#include "bindings/kafka/ledger.h"

#include <assert.h>
#include <string.h>

#include <cloudevents/alloc.h>

enum {
    /* Few partitions need more: memory for one turn's records or so. A power
     * of two. */
    FIRST_ROWS = 64
};

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
    l->last = l->read = -1;
    l->safe = l->stored = l->committed = CE_KAFKA_UNMOVED;
    return l;
}

void ce_kafka_ledger_free(ce_kafka_ledger *l)
{
    if (!l)
        return;
    ce_free(l->rows);
    ce_free(l->topic);
    ce_free(l);
}

bool ce_kafka_ledger_is(const ce_kafka_ledger *l, const char *topic,
                        int32_t partition)
{
    return l->partition == partition && !strcmp(l->topic, topic);
}

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

bool ce_kafka_ledger_read(ce_kafka_ledger *l, int64_t offset)
{
    if (offset <= l->read)
        return false;
    l->read = offset;
    return true;
}

ce_status ce_kafka_ledger_open(ce_kafka_ledger *l, int64_t offset,
                               uint64_t *out)
{
    ce_status status;

    assert(offset > l->last);
    if (!l->rows || l->next - l->oldest > l->mask) {
        status = grow(l);
        if (status != CE_OK)
            return status;
    }
    *row(l, l->next) = (ce_kafka_row){ .offset = offset };
    *out = l->next++;
    l->last = offset;
    l->out++;
    return CE_OK;
}

void ce_kafka_ledger_settle(ce_kafka_ledger *l, uint64_t pos)
{
    assert(pos >= l->oldest && pos < l->next && l->out > 0);
    l->out--;
    row(l, pos)->settled = true;
    while (l->oldest < l->next && row(l, l->oldest)->settled)
        l->safe = row(l, l->oldest++)->offset + 1;
}

void ce_kafka_ledger_keep(ce_kafka_ledger *l, uint64_t pos)
{
    assert(pos >= l->oldest && pos < l->next && l->out > 0);
    (void)pos;
    l->out--;
    l->again = true;
}

int64_t ce_kafka_ledger_take(ce_kafka_ledger *l)
{
    int64_t safe = l->safe;

    l->safe = CE_KAFKA_UNMOVED;
    return safe;
}

int64_t ce_kafka_ledger_rewind(ce_kafka_ledger *l)
{
    int64_t from = l->last + 1;

    assert(l->out == 0);
    if (l->oldest < l->next)
        from = row(l, l->oldest)->offset;
    l->oldest = l->next;
    l->last = l->read = from - 1;
    l->again = false;
    l->at_end = false;
    return from;
}
