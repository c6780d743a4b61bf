/* SPDX-License-Identifier: Apache-2.0 */
/* Results come in any order, Kafka takes one offset per partition. The ledger
 * of a partition turns one into the other, and knows what lies beyond it. */
#ifndef CE_BINDINGS_KAFKA_LEDGER_H
#define CE_BINDINGS_KAFKA_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/error.h>
#include <cloudevents/queue.h>

enum {
    /* Records of a partition that may wait behind one without a result: 1.5
     * MiB of rows. More than any pool holds, so only many settled rows behind
     * one slow row come near it. A power of two. */
    CE_KAFKA_ROWS_MAX = 1 << 16
};
#define CE_KAFKA_NOWHERE (-1)

/* A record, as far as it is needed to know it again: a topic that was made
 * again has another one at its offset. */
typedef struct ce_kafka_mark {
    int64_t offset; /* CE_KAFKA_NOWHERE: no record */
    int64_t time_ms;
    uint32_t size; /* of key and value */
} ce_kafka_mark;

typedef enum ce_kafka_row_state {
    CE_KAFKA_OUT,  /* has no result */
    CE_KAFKA_KEPT, /* came back undelivered: to be read again */
    CE_KAFKA_DONE
} ce_kafka_row_state;

typedef struct ce_kafka_row {
    ce_kafka_mark mark;
    ce_kafka_row_state state;
} ce_kafka_row;

/* Offsets [from, to) that are done. */
typedef struct ce_kafka_run {
    int64_t from, to;
} ce_kafka_run;

/* Runs in ascending order; those before AT have been read. */
typedef struct ce_kafka_runs {
    ce_kafka_run *runs;
    unsigned at, count;
} ce_kafka_runs;

/* One partition during one assignment. When the assignment ends the ledger is
 * lost: results that come later still find it, but no offset comes of it. */
typedef struct ce_kafka_ledger {
    char *topic;
    int32_t partition;
    uint64_t oldest, next; /* positions: [oldest, next) are remembered */
    uint64_t mask;         /* capacity - 1, the capacity a power of two */
    ce_kafka_row *rows;
    unsigned out, kept; /* rows in these states */
    size_t bytes;       /* of the pool, for those that are out */
    int64_t safe;       /* all below it is done: to be committed; or
                           CE_KAFKA_NOWHERE, until the first record is read */
    int64_t last;       /* the newest offset that was opened; the one before the
                           first, until then; or CE_KAFKA_NOWHERE */
    int64_t read;       /* the newest that was read since the last seek */
    int64_t offered;    /* was new, and has no row: nothing behind it gets one
                           before it was opened, or is read again; or
                           CE_KAFKA_NOWHERE */
    int64_t end;        /* of the partition, when it was asked for, or -1 */
    int64_t until;      /* ending.c: nothing from here on is for this run; or
                           CE_KAFKA_NOWHERE */
    int64_t born_s;     /* when the group got its first offset, in Unix time;
                           0: unknown */
    ce_kafka_mark below;  /* the last record below SAFE */
    ce_kafka_mark proof;  /* must be read next, if it is still there */
    ce_kafka_mark newest; /* of what was read */
    int64_t latest_ms;    /* the latest time of a record that was read */
    /* inspect.c: up to the anchor the topic was the same when it was asked for
     * last, and nothing in it was later than ANCHOR_MS; what it will be when
     * the question on its way has a good answer; the offset that looked wrong
     * and is now proved by reading, and the last one for which that went well.
     */
    ce_kafka_mark anchor, asked;
    int64_t anchor_ms, asked_ms;
    int64_t doubt, explained;
    uint64_t since_ms, since_pos; /* inspect.c: the oldest row is that since */
    ce_kafka_runs done; /* beyond SAFE: an earlier owner has left them */
    bool moved;         /* there is something to commit */
    bool again;         /* something must be read again */
    bool full;          /* paused: too many rows wait for the oldest, or too
                           much of the pool for results */
    bool at_end;        /* the partition's end was read */
    bool leaving;       /* being revoked: nothing new is taken */
    bool gone;          /* its topic is, it seems: no offset of it means
                           anything before there is a proof */
    bool lost;          /* revoked */
    uint64_t again_ms;  /* not before */
    struct ce_kafka_incoming *records; /* that point at this ledger */
    ce_link link;                      /* in the assignment */
} ce_kafka_ledger;

/* Returns NULL when out of memory. */
ce_kafka_ledger *ce_kafka_ledger_new(const char *topic, int32_t partition);
/* Call when no record points at L any more. Accepts NULL. */
void ce_kafka_ledger_free(ce_kafka_ledger *l);
bool ce_kafka_ledger_is(const ce_kafka_ledger *l, const char *topic,
                        int32_t partition);
/* All below OFFSET is done. Call before the first record is read; without it
 * that record is where the ledger begins. */
void ce_kafka_ledger_begin(ce_kafka_ledger *l, int64_t offset);
/* Reading goes on at OFFSET: what is read twice by that is known. */
void ce_kafka_ledger_seek(ce_kafka_ledger *l, int64_t offset);

typedef enum ce_kafka_seen {
    CE_KAFKA_NEW,    /* open a row for it */
    CE_KAFKA_KNOWN,  /* it is done, or on its way: drop it */
    CE_KAFKA_STRANGE /* the topic is not what it was (made again, truncated,
                        another leader): lose this ledger, whose offsets mean
                        other records now */
} ce_kafka_seen;
/* Call with each record that is read, before anything else is done with it. */
ce_kafka_seen ce_kafka_ledger_read(ce_kafka_ledger *l, const ce_kafka_mark *m);

/* Opens a row for M, which is new, and writes its position to *OUT. Offsets
 * need not be dense. CE_EAGAIN: too many rows wait for an older one, or there
 * is no memory; try again after a result. */
ce_status ce_kafka_ledger_open(ce_kafka_ledger *l, const ce_kafka_mark *m,
                               uint64_t *out);
/* Whether no row can be opened before the oldest is done. */
bool ce_kafka_ledger_is_full(const ce_kafka_ledger *l);
/* Settles the row at POS: the offset may pass it. */
void ce_kafka_ledger_settle(ce_kafka_ledger *l, uint64_t pos);
/* Keeps the row at POS, whose record was not delivered: the offset stays
 * before it, until it is read again. */
void ce_kafka_ledger_keep(ce_kafka_ledger *l, uint64_t pos);
/* Returns the offset to read again from: that of the first record that was
 * kept, else behind the last one that was opened. */
int64_t ce_kafka_ledger_unread(const ce_kafka_ledger *l);
/* Counts the offsets in [FROM, TO) that are neither done nor on their way. */
int64_t ce_kafka_ledger_undone(const ce_kafka_ledger *l, int64_t from,
                               int64_t to);
/* Returns the oldest row, which keeps the offset where it is, or NULL. */
const ce_kafka_row *ce_kafka_ledger_oldest(const ce_kafka_ledger *l);
/* Walks what is done beyond SAFE, upwards: *POS begins as L->oldest. False:
 * there is no more of what was read. */
bool ce_kafka_ledger_next_run(const ce_kafka_ledger *l, uint64_t *pos,
                              ce_kafka_run *out);

#endif
