/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the replies of a responder: results go to where the requests say. */
#ifndef CE_BINDINGS_KAFKA_REPLY_WRITER_H
#define CE_BINDINGS_KAFKA_REPLY_WRITER_H

#include "bindings/kafka/producer.h"
#include "bindings/kafka/record.h"
#include "bindings/kafka/warnings.h"

typedef struct ce_kafka_reply_writer_ops {
    /* The reply has arrived; or it never will, and must not hold back the
     * rest. The offset may pass the request. */
    void (*replied)(void *arg, ce_kafka_incoming *in);
    /* It has not arrived: the request has to be read again. */
    void (*not_replied)(void *arg, ce_kafka_incoming *in);
} ce_kafka_reply_writer_ops;

typedef struct ce_kafka_reply_writer {
    ce_kafka_producer producer;
    ce_health health;
    ce_buf scratch;
    ce_kafka_warnings warnings;
    const ce_kafka_reply_writer_ops *ops;
    void *arg;
} ce_kafka_reply_writer;

/* What becomes of the records of a receiver, which is ARG. */
extern const ce_kafka_reply_writer_ops ce_kafka_record_reply_ops;

/* Reads the settings; nothing is connected yet. Close W after a failure too. */
ce_status ce_kafka_reply_writer_open(ce_kafka_reply_writer *w,
                                     const ce_endpoint *at,
                                     const ce_kafka_reply_writer_ops *ops,
                                     void *arg, ce_error *err);
ce_status ce_kafka_reply_writer_start(ce_kafka_reply_writer *w, ce_error *err);
/* Call when no reply is on its way. */
void ce_kafka_reply_writer_close(ce_kafka_reply_writer *w);

/* Whether somebody waits for the result of this record. */
bool ce_kafka_is_request(const rd_kafka_message_t *m);
/* Sends RESULT to the requester; one of OPS follows, perhaps at once. False:
 * the record is no request, and nothing follows. */
bool ce_kafka_reply(ce_kafka_reply_writer *w, ce_kafka_incoming *in,
                    const ce_result *result);
/* Call when the receiver is stopping: gives up replies that wait for a broker
 * that is away. */
void ce_kafka_reply_writer_hurry(ce_kafka_reply_writer *w);

#endif
