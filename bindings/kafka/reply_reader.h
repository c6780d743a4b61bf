/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the replies to our requests: one partition, from the end that it had
 * before the first request. In no group; nothing is committed. */
#ifndef CE_BINDINGS_KAFKA_REPLY_READER_H
#define CE_BINDINGS_KAFKA_REPLY_READER_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/transport.h>

#include "bindings/kafka/errors.h"
#include "bindings/kafka/probe.h"
#include "bindings/kafka/wake.h"

typedef struct ce_kafka_reply_reader_ops {
    /* The place is known, once: requests may be sent. */
    void (*ready)(void *arg);
    /* It is not known yet, and the health says why. */
    void (*failed)(void *arg);
    /* A record has come, for us or for another reader of the partition. The
     * callee frees it. */
    void (*came)(void *arg, rd_kafka_message_t *m);
} ce_kafka_reply_reader_ops;

typedef struct ce_kafka_reply_reader {
    ce_loop *loop;
    ce_health *health; /* told about until ready */
    const ce_kafka_reply_reader_ops *ops;
    void *arg;
    rd_kafka_conf_t *conf;
    char *topic_name;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    ce_kafka_wake *wake;
    ce_kafka_probe *probe;
    ce_timer tick;
    ce_task more;
    int32_t wanted;    /* the user's partition, or -1: any */
    uint32_t chance;   /* picks one of any */
    int32_t partition; /* the one to read, written by the probe */
    int64_t end;       /* where reading begins, written by the probe */
    bool is_ready;     /* both are known, and it reads */
    unsigned tries;
    uint32_t pause_ms;              /* before the next one */
    char why[CE_KAFKA_REASON_SIZE]; /* why there is no connection */
} ce_kafka_reply_reader;

/* Reads the settings; nothing is connected yet. Set HEALTH, OPS and ARG of R
 * before. Close R after a failure too. */
ce_status ce_kafka_reply_reader_open(ce_kafka_reply_reader *r,
                                     const ce_endpoint *at, ce_error *err);
/* Begins to look for the place; ready or failed follows, failed perhaps often.
 */
ce_status ce_kafka_reply_reader_start(ce_kafka_reply_reader *r, ce_error *err);
void ce_kafka_reply_reader_close(ce_kafka_reply_reader *r);

#endif
