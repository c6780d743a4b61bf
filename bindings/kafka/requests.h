/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that wait for their replies: correlation, time, results. */
#ifndef CE_BINDINGS_KAFKA_REQUESTS_H
#define CE_BINDINGS_KAFKA_REQUESTS_H

#include "core/transport/correlation.h"
#include "bindings/kafka/reply_reader.h"

/* The headers of Spring Kafka, which the field has adopted. */
#define CE_KAFKA_REPLY_TOPIC "kafka_replyTopic"
#define CE_KAFKA_REPLY_PARTITION                                               \
    "kafka_replyPartition" /* 4 bytes, big-endian */
#define CE_KAFKA_CORRELATION "kafka_correlationId"

typedef struct ce_kafka_requests ce_kafka_requests;

/* One request, in the arena of its delivery. */
typedef struct ce_kafka_request {
    ce_kafka_requests *owner;
    ce_delivery *d;
    uint64_t number;
    ce_timer timer;
    rd_kafka_message_t *reply; /* came before the report */
    bool reported;             /* librdkafka is done with the bytes */
    bool expired;              /* nobody waits any more */
} ce_kafka_request;

typedef struct ce_kafka_requests_ops {
    void (*ready)(void *arg);   /* requests may be sent */
    void (*failed)(void *arg);  /* not yet; the health says why */
    void (*settled)(void *arg); /* one more has its result */
    void (*late)(void *arg);    /* a reply came too late */
} ce_kafka_requests_ops;

struct ce_kafka_requests {
    ce_loop *loop;
    const ce_kafka_requests_ops *ops;
    void *arg;
    uint64_t timeout_ms;
    ce_kafka_reply_reader replies;
    ce_correlations correlations; /* of ce_kafka_request */
};

ce_status ce_kafka_requests_open(ce_kafka_requests *q, const ce_endpoint *at,
                                 ce_health *health,
                                 const ce_kafka_requests_ops *ops, void *arg,
                                 ce_error *err);
ce_status ce_kafka_requests_start(ce_kafka_requests *q, ce_error *err);
/* Nothing waits any more. */
void ce_kafka_requests_close(ce_kafka_requests *q);

/* D becomes a request, and its time begins; NULL: no room now. */
ce_kafka_request *ce_kafka_requests_add(ce_kafka_requests *q, ce_delivery *d);
/* Appends to *HEADERS, which may be NULL, where and as what it is answered. */
ce_status ce_kafka_request_write(const ce_kafka_request *x,
                                 rd_kafka_headers_t **headers);
/* The record has its confirmation. */
void ce_kafka_request_sent(ce_kafka_request *x);
/* It has not: the request ends, and its delivery is the caller's to settle. */
ce_delivery *ce_kafka_request_drop(ce_kafka_request *x);
/* Nobody waits any more: settles what librdkafka is done with, and the rest
 * when it is. */
void ce_kafka_requests_expire(ce_kafka_requests *q);

#endif
