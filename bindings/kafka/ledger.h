/* SPDX-License-Identifier: Apache-2.0 */
/* Results come in any order, Kafka takes one offset per partition. The ledger
 * of a partition turns one into the other. */
#ifndef CE_BINDINGS_KAFKA_LEDGER_H
#define CE_BINDINGS_KAFKA_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/error.h>
#include <cloudevents/queue.h>

enum {
    /* Records of a partition that may wait behind one without a result: 1 MiB
     * of rows. More than any pool holds, so only many settled rows behind one
     * slow row come near it. A power of two. */
    CE_KAFKA_ROWS_MAX = 1 << 16
};
#define CE_KAFKA_UNMOVED (-1)

typedef struct ce_kafka_row {
    int64_t offset;
    bool settled;
} ce_kafka_row;

/* One partition during one assignment. When the assignment ends the ledger is
 * lost: results that come later still find it, but no offset comes of it. */
typedef struct ce_kafka_ledger {
    char *topic;
    int32_t partition;
    uint64_t oldest, next; /* positions: [oldest, next) are remembered */
    uint64_t mask;         /* capacity - 1, the capacity a power of two */
    ce_kafka_row *rows;
    unsigned out;      /* rows without a result */
    int64_t last;      /* the newest offset that was opened */
    int64_t read;      /* the newest offset that was read, opened or not */
    int64_t safe;      /* may be stored, or CE_KAFKA_UNMOVED */
    int64_t stored;    /* what librdkafka was given, or CE_KAFKA_UNMOVED */
    int64_t committed; /* what the broker has confirmed, or the same */
    bool again;        /* something was not delivered: read it again */
    uint64_t again_ms; /* not before */
    bool at_end;       /* the partition's end was read */
    bool leaving;      /* being revoked: nothing new is taken */
    bool gone;         /* its topic is: no offset of it means anything */
    bool lost;         /* revoked */
    struct ce_kafka_incoming *records; /* that point at this ledger */
    ce_link link;                      /* in the assignment */
} ce_kafka_ledger;

/* Returns NULL when out of memory. */
ce_kafka_ledger *ce_kafka_ledger_new(const char *topic, int32_t partition);
/* Call when no record points at L any more. Accepts NULL. */
void ce_kafka_ledger_free(ce_kafka_ledger *l);
bool ce_kafka_ledger_is(const ce_kafka_ledger *l, const char *topic,
                        int32_t partition);
/* Call with the offset of each record that is read, before anything else is
 * done with it. False: it goes back behind a record that was read already, and
 * no rewinding of ours explains that. Then the topic is not what it was
 * (truncated, made again, another leader), and this ledger must be lost: its
 * offsets mean other records now. */
bool ce_kafka_ledger_read(ce_kafka_ledger *l, int64_t offset);
/* Opens a row for OFFSET and writes its position to *OUT. Offsets must ascend;
 * they need not be dense. CE_EAGAIN: too many rows wait for an older one; try
 * again after a result. */
ce_status ce_kafka_ledger_open(ce_kafka_ledger *l, int64_t offset,
                               uint64_t *out);
/* Settles the row at POS: the offset may pass it. */
void ce_kafka_ledger_settle(ce_kafka_ledger *l, uint64_t pos);
/* Keeps the row at POS, whose record was not delivered: the offset stays
 * before it, until the ledger is rewound. */
void ce_kafka_ledger_keep(ce_kafka_ledger *l, uint64_t pos);
/* Takes the offset to store: the first one that is not done. Each movement is
 * told once; CE_KAFKA_UNMOVED: none since the last call. */
int64_t ce_kafka_ledger_take(ce_kafka_ledger *l);
/* Forgets all rows, and returns the offset to read again from. Call when no
 * row is out. */
int64_t ce_kafka_ledger_rewind(ce_kafka_ledger *l);

#endif
