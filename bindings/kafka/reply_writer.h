/* SPDX-License-Identifier: Apache-2.0 */
/* The replies of a responder: results go to where the requests say. */
#ifndef CE_BINDINGS_KAFKA_REPLY_WRITER_H
#define CE_BINDINGS_KAFKA_REPLY_WRITER_H

#include "bindings/kafka/producer.h"

typedef struct ce_kafka_reply_writer_ops {
    /* The reply has arrived, or never will and may not hold back the rest. */
    void (*answered)(void *arg, ce_kafka_incoming *in);
    /* It has not: the request has to be read again. */
    void (*unanswered)(void *arg, ce_kafka_incoming *in);
} ce_kafka_reply_writer_ops;

struct ce_kafka_reply_writer {
    ce_kafka_producer producer;
    ce_health health;
    ce_buf scratch;
    const ce_kafka_reply_writer_ops *ops;
    void *arg;
};

/* What becomes of the records of a receiver, which is ARG. */
extern const ce_kafka_reply_writer_ops ce_kafka_record_reply_ops;

/* After a failure too, A is to be closed. */
ce_status ce_kafka_reply_writer_open(ce_kafka_reply_writer *a,
                                     const ce_endpoint *at,
                                     const ce_kafka_reply_writer_ops *ops,
                                     void *arg, ce_error *err);
ce_status ce_kafka_reply_writer_start(ce_kafka_reply_writer *a, ce_error *err);
void ce_kafka_reply_writer_close(ce_kafka_reply_writer *a);

/* Whether somebody waits for the result of this record. */
bool ce_kafka_is_request(const rd_kafka_message_t *m);
/* Sends RESULT to whoever asked; one of OPS follows. False: nobody did. */
bool ce_kafka_answer(ce_kafka_reply_writer *a, ce_kafka_incoming *in,
                     const ce_result *result);
/* Nobody waits for a broker that is away any more. */
void ce_kafka_reply_writer_hurry(ce_kafka_reply_writer *a);

#endif
