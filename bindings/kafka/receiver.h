/* SPDX-License-Identifier: Apache-2.0 */
/* A consumer in a group: what its parts share. kafka.h opens it. */
#ifndef CE_BINDINGS_KAFKA_RECEIVER_H
#define CE_BINDINGS_KAFKA_RECEIVER_H

#include "bindings/kafka/assignment.h"
#include "bindings/kafka/commit.h"
#include "bindings/kafka/credit.h"
#include "bindings/kafka/ending.h"
#include "bindings/kafka/errors.h"
#include "bindings/kafka/inspect.h"
#include "bindings/kafka/kafka.h"
#include "bindings/kafka/placing.h"
#include "bindings/kafka/probe.h"
#include "bindings/kafka/reader.h"
#include "bindings/kafka/record.h"
#include "bindings/kafka/wake.h"
#include "bindings/kafka/warnings.h"

typedef enum ce_kafka_phase {
    CE_KAFKA_IDLE,     /* not started, or stopped: nothing is taken, and what
                          is out may get its result */
    CE_KAFKA_JOINING,  /* the group has not answered yet */
    CE_KAFKA_ASSIGNED, /* it has, perhaps with no partition */
    CE_KAFKA_REFUSED,  /* the topic is not there, or not for us; the group goes
                          on asking for it */
    CE_KAFKA_FATAL,    /* the client is of no use; a new one takes over when
                          nothing of this one is out, and it is time */
    CE_KAFKA_CLOSING   /* the client leaves the group: nothing is waited for */
} ce_kafka_phase;

/* A client of librdkafka. A fatal error makes a new one of the same
 * properties. */
typedef struct ce_kafka_consumer {
    rd_kafka_conf_t *conf; /* of the next one */
    rd_kafka_topic_partition_list_t *subscription;
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    ce_kafka_wake *wake;
    ce_kafka_probe *probe;
    char why[CE_KAFKA_REASON_SIZE]; /* why there is no connection */
    unsigned fenced;      /* how often another member took our place */
    uint64_t renew_at_ms; /* after a fatal error: not before */
} ce_kafka_consumer;

struct ce_kafka_receiver {
    ce_receiver receiver;
    ce_loop *loop;
    ce_stage *into;
    ce_kafka_phase phase;
    ce_kafka_consumer client;
    ce_kafka_assignment assignment;
    ce_kafka_placing placing;
    ce_kafka_commits commits;
    ce_kafka_inspection inspection;
    ce_kafka_credit credit;
    ce_kafka_reading reading;
    ce_kafka_reader reader; /* in the place of a group */
    ce_kafka_ending ending;
    ce_kafka_warnings warnings;
    struct ce_kafka_reply_writer *reply_writer; /* a responder's, or NULL */
    ce_task more;                               /* to receive */
    ce_task store;                              /* see to what was lost */
    ce_timer tick;
    ce_repeater again; /* records that came back undelivered */
};

/* Whether records may come: from the start to the stop, unless the client is of
 * no use. */
bool ce_kafka_is_receiving(const ce_kafka_receiver *r);

#endif
