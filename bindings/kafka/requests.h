/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that wait for their replies: correlation, time, results. A request
 * has three headers more than its event, those of Spring Kafka. */
#ifndef CE_BINDINGS_KAFKA_REQUESTS_H
#define CE_BINDINGS_KAFKA_REQUESTS_H

#include <cloudevents/delivery.h>

#include "core/transport/correlation.h"
#include "bindings/kafka/reply_reader.h"

#define CE_KAFKA_REPLY_TOPIC "kafka_replyTopic"
/* Four bytes, big-endian. */
#define CE_KAFKA_REPLY_PARTITION "kafka_replyPartition"
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
    bool expired;              /* its time is over */
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
    ce_kafka_reply_reader reader;
    ce_correlations correlations; /* of ce_kafka_request */
};

/* Reads the settings; nothing is connected yet. Close Q after a failure too. */
ce_status ce_kafka_requests_open(ce_kafka_requests *q, const ce_endpoint *at,
                                 ce_health *health,
                                 const ce_kafka_requests_ops *ops, void *arg,
                                 ce_error *err);
/* Begins to look for where replies arrive; ready or failed of OPS follows. */
ce_status ce_kafka_requests_start(ce_kafka_requests *q, ce_error *err);
/* Call when no request waits any more. */
void ce_kafka_requests_close(ce_kafka_requests *q);

/* Makes D a request, whose time begins now. CE_EAGAIN: there is no room, try
 * again when another one is settled. CE_ENOMEM: no other one waits. */
ce_status ce_kafka_requests_add(ce_kafka_requests *q, ce_delivery *d,
                                ce_kafka_request **out);
/* Appends to *HEADERS, which may be NULL, where the reply belongs and what it
 * has to say to be found. */
ce_status ce_kafka_request_write(const ce_kafka_request *x,
                                 rd_kafka_headers_t **headers);
/* Call when the record has its confirmation. */
void ce_kafka_request_sent(ce_kafka_request *x);
/* Call when it has none: ends the request. Returns its delivery, for the
 * caller to settle. */
ce_delivery *ce_kafka_request_drop(ce_kafka_request *x);
/* Ends the time of all requests: settles those whose records librdkafka is
 * done with, and the others when it is. */
void ce_kafka_requests_expire(ce_kafka_requests *q);

#endif
