/* SPDX-License-Identifier: Apache-2.0 */
/* Credit: how much is read, and what happens when nothing may be. The pool is
 * the credit; a record that was read without it is held until there is some.
 * Where there are several partitions, one has no more of it than its share. */
#ifndef CE_BINDINGS_KAFKA_CREDIT_H
#define CE_BINDINGS_KAFKA_CREDIT_H

#include <librdkafka/rdkafka.h>

#include "bindings/kafka/ledger.h"

typedef struct ce_kafka_receiver ce_kafka_receiver;

enum {
    /* What librdkafka may hold of records that were fetched ahead. Less makes
     * its 2.0 slow: a partition over the limit is looked at again only after
     * up to a second, however soon its queue is empty (10,000 records let it
     * fetch 25,000 a second and more, 1,000 only 2,400). */
    CE_KAFKA_AHEAD_KB = 4096,
    CE_KAFKA_AHEAD_COUNT = 10000
};

typedef struct ce_kafka_credit {
    rd_kafka_message_t *held; /* read without credit, or NULL */
    uint64_t starved_ms;      /* since when there is none; 0: there is */
    bool paused;              /* librdkafka fetches nothing */
    size_t bytes, count;      /* read since the last nudge */
    uint64_t next_log_ms;
} ce_kafka_credit;

/* Call with each record that was polled while nothing is held. Hands M over,
 * drops it when it will be read again anyway, or holds it. Owns M. */
void ce_kafka_take(ce_kafka_receiver *r, rd_kafka_message_t *m);
/* Call before polling: tries the held record again. True: nothing is held. */
bool ce_kafka_has_credit(ce_kafka_receiver *r);
/* Call now and then while a record is held. When that has lasted for a second,
 * pauses its partition, if that has too much, or all of them. True: poll all
 * the same, or the group takes us for dead; nothing but events of the group
 * comes. */
bool ce_kafka_is_starved(ce_kafka_receiver *r);
/* Drops the held record: it is read again later, by us or by another member.
 */
void ce_kafka_drop_held(ce_kafka_receiver *r);
/* Drops it when it is of the partition of L. */
void ce_kafka_drop_held_of(ce_kafka_receiver *r, const ce_kafka_ledger *l);

/* Stops the fetching of everything that is assigned. */
void ce_kafka_pause(ce_kafka_receiver *r);
/* Takes back every pause. */
void ce_kafka_resume_all(ce_kafka_receiver *r);
/* Call now and then: reads on where a partition had too many records without a
 * result, or behind one, and has them now. */
void ce_kafka_open_full(ce_kafka_receiver *r);

#endif
