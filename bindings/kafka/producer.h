/* SPDX-License-Identifier: Apache-2.0 */
/* A producer on the loop: its client, its health, its reports. */
#ifndef CE_BINDINGS_KAFKA_PRODUCER_H
#define CE_BINDINGS_KAFKA_PRODUCER_H

#include "bindings/kafka/kafka.h"

enum {
    CE_KAFKA_AWAY_MS = 2000, /* when to come again */
    CE_KAFKA_TOPICS = 16     /* of records that name theirs, remembered */
};

typedef struct ce_kafka_producer_ops {
    /* A record has its report, once: CODE 0 is the confirmation. */
    void (*reported)(void *arg, void *record, rd_kafka_resp_err_t code);
    /* A turn's reports are through; there may be room again. */
    void (*served)(void *arg);
} ce_kafka_producer_ops;

typedef struct ce_kafka_producer_config {
    const char *topic; /* NULL: every record names its own */
    uint64_t linger_ms, timeout_ms;
    ce_health *health; /* follows the producer */
    const ce_kafka_producer_ops *ops;
    void *arg;
} ce_kafka_producer_config;

typedef struct ce_kafka_producer {
    ce_loop *loop;
    ce_health *health;
    const ce_kafka_producer_ops *ops;
    void *arg;
    rd_kafka_conf_t *conf; /* of the next client */
    char *topic_name;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    rd_kafka_topic_t *others[CE_KAFKA_TOPICS];
    unsigned next_other; /* to be forgotten */
    rd_kafka_queue_t *queue;
    ce_kafka_wake *wake;
    ce_kafka_probe *probe;
    unsigned out; /* records without a report */
    ce_timer tick;
    ce_task more;
    uint32_t pause_ms;
    unsigned tries;
    char why[200]; /* the last error of a connection */
    bool hopes;    /* nothing is known yet about the peer */
    bool is_fatal; /* the client is of no use any more */
} ce_kafka_producer;

/* Body and key are borrowed until the report, unless it copies. */
typedef struct ce_kafka_record {
    const char *topic; /* NULL: the producer's own */
    int32_t partition; /* RD_KAFKA_PARTITION_UA: the key decides */
    ce_slice body, key;
    rd_kafka_headers_t *headers; /* handed over; NULL: none */
    bool copies;
    void *record; /* for the report */
} ce_kafka_record;

/* Reads the settings; nothing is connected yet. After a failure too, P is to
 * be closed. */
ce_status ce_kafka_producer_open(ce_kafka_producer *p, const ce_endpoint *at,
                                 const ce_kafka_producer_config *c,
                                 ce_error *err);
ce_status ce_kafka_producer_start(ce_kafka_producer *p, ce_error *err);
/* Frees what P holds; records without a report are forgotten. */
void ce_kafka_producer_close(ce_kafka_producer *p);

/* Whether the order of a partition is kept: the user may have given it up. */
bool ce_kafka_producer_keeps_order(const ce_kafka_producer *p);
/* Whether it makes sense to produce: the peer is there, or may be. */
bool ce_kafka_producer_takes(const ce_kafka_producer *p);
/* An error means that the record was not taken and gets no report. */
rd_kafka_resp_err_t ce_kafka_produce(ce_kafka_producer *p,
                                     const ce_kafka_record *r);
/* What a record's error says about the producer's own topic. */
void ce_kafka_producer_note(ce_kafka_producer *p, rd_kafka_resp_err_t code);
/* Ends the waiting of all records: their reports come at once. */
void ce_kafka_producer_purge(ce_kafka_producer *p);

/* Whether the broker has refused this record, and will again. */
bool ce_kafka_is_refusal(rd_kafka_resp_err_t code);
/* Whether the topic is not there, or not yet. */
bool ce_kafka_is_of_topic(rd_kafka_resp_err_t code);

#endif
