/* SPDX-License-Identifier: Apache-2.0 */
/* A producer's view of its peer: whether the broker is there, and what it says
 * of the topic. */
#ifndef CE_BINDINGS_KAFKA_PEER_H
#define CE_BINDINGS_KAFKA_PEER_H

#include "bindings/kafka/producer.h"

void ce_kafka_peer_note_up(ce_kafka_producer *p);
/* What has not been handed to librdkafka comes back. */
void ce_kafka_peer_note_down(ce_kafka_producer *p, const char *reason);
/* Call with an error of librdkafka and its TEXT that is not fatal. */
void ce_kafka_peer_note_error(ce_kafka_producer *p, rd_kafka_resp_err_t code,
                              const char *text);
/* Call with the error of a record: it may say that the producer's own topic is
 * not there, or not for us. */
void ce_kafka_peer_note_report(ce_kafka_producer *p, rd_kafka_resp_err_t code);

/* Asks whether the peer is there, and for the rules of the topic. False: no
 * memory; it is asked later. */
bool ce_kafka_peer_ask(ce_kafka_producer *p);
/* The same, and records wait for the answer, if there is a topic to ask for. */
void ce_kafka_peer_wait(ce_kafka_producer *p);

/* What the topic would say of R, when it was asked last: an error, or 0. */
rd_kafka_resp_err_t ce_kafka_peer_judge(const ce_kafka_producer *p,
                                        const ce_kafka_record *r);
/* Whether that is an error, and so old that it must be asked again. */
bool ce_kafka_peer_doubts(const ce_kafka_producer *p, const ce_kafka_record *r);
/* How large batches may be: as configured, and no larger than the topic takes.
 */
uint64_t ce_kafka_peer_batch_bytes(const ce_kafka_producer *p);

#endif
