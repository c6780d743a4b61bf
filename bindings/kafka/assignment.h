/* SPDX-License-Identifier: Apache-2.0 */
/* The partitions that the group has given us: their ledgers, their offsets,
 * and how they go. */
#ifndef CE_BINDINGS_KAFKA_ASSIGNMENT_H
#define CE_BINDINGS_KAFKA_ASSIGNMENT_H

#include <librdkafka/rdkafka.h>

#include "bindings/kafka/ledger.h"

typedef struct ce_kafka_receiver ce_kafka_receiver;

typedef struct ce_kafka_assignment {
    ce_queue ledgers;        /* of the partitions that are ours */
    ce_queue lost;           /* of others, whose records are still out */
    ce_kafka_ledger *recent; /* the last one found, or NULL: records come in
                                runs of one partition */
    rd_kafka_topic_partition_list_t *revoked; /* drained before they go */
    uint64_t revoke_by_ms;                    /* then they go undrained */
    uint64_t unassigned_ms; /* since when the group gives nothing; 0: it does */
    bool again;             /* some ledger waits to be read again */
} ce_kafka_assignment;

/* librdkafka's rebalance callback; OPAQUE is the receiver. */
void ce_kafka_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *partitions,
                        void *opaque);
/* Call now and then: gives up what was revoked, once it is drained or its time
 * is over. */
void ce_kafka_finish_revocation(ce_kafka_receiver *r);

/* Call when the client closes: what was revoked is gone with it. */
void ce_kafka_forget_revocation(ce_kafka_receiver *r);

/* Assigns PARTITIONS, which begin at the offsets in it. */
void ce_kafka_assign(ce_kafka_receiver *r,
                     const rd_kafka_topic_partition_list_t *partitions);
/* Call before the client closes: a question of the group that was not answered
 * yet gets an answer. */
void ce_kafka_assign_nothing(ce_kafka_receiver *r);

/* Call with each record that was polled. Returns the ledger of its partition,
 * or NULL when it is known already, or must not be used: drop it then. Begins a
 * new ledger, and says so, when the topic is not the one that was read before.
 */
ce_kafka_ledger *ce_kafka_ledger_read_by(ce_kafka_receiver *r,
                                         const rd_kafka_message_t *m);
/* Reads L's partition from OFFSET, which may be logical. */
void ce_kafka_seek(ce_kafka_receiver *r, ce_kafka_ledger *l, int64_t offset);
/* Call now and then: reads again what came back undelivered, or came without
 * credit. */
void ce_kafka_read_again(ce_kafka_receiver *r);

/* Call when the broker does not know TOPIC any more: nothing of its ledgers is
 * delivered, and no offset committed, before there is a proof that it is the
 * same topic. The broker forgets the group's offsets with a
 * topic, and an old one that comes after that counts for a new topic of this
 * name. */
void ce_kafka_topic_is_gone(ce_kafka_receiver *r, const char *topic);

/* Loses the ledgers of all partitions: no offset comes of them any more. */
void ce_kafka_lose_all(ce_kafka_receiver *r);
/* Frees lost ledgers that no record points at. */
void ce_kafka_sweep(ce_kafka_receiver *r);

#endif
