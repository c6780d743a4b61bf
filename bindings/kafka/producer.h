/* SPDX-License-Identifier: Apache-2.0 */
/* A producer on the loop: its client, its health, its reports. */
#ifndef CE_BINDINGS_KAFKA_PRODUCER_H
#define CE_BINDINGS_KAFKA_PRODUCER_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/transport.h>

#include "bindings/kafka/errors.h"
#include "bindings/kafka/held.h"
#include "bindings/kafka/probe.h"
#include "bindings/kafka/rules.h"
#include "bindings/kafka/sent.h"
#include "bindings/kafka/topics.h"
#include "bindings/kafka/wake.h"

enum {
    /* When to come again while no broker answers: as often as a broker that is
     * away is asked. */
    CE_KAFKA_AWAY_MS = 2000
};

typedef struct ce_kafka_producer_ops {
    /* A record has its report, once: CODE 0 is the confirmation. P->refusal
     * says why a record is refused; as after an error of ce_kafka_produce.
     * HEADERS are the record's, and from now on the callee's; NULL: none. */
    void (*reported)(void *arg, void *record, rd_kafka_resp_err_t code,
                     rd_kafka_headers_t *headers);
    /* A turn's reports are through; there may be room again. */
    void (*served)(void *arg);
} ce_kafka_producer_ops;

typedef struct ce_kafka_producer_config {
    const char *topic; /* NULL: every record names its own */
    bool copies;       /* bodies need not outlive the call that sends them */
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
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    ce_kafka_wake *wake;
    ce_task more;
    unsigned out;  /* records without a report */
    bool is_fatal; /* the client is of no use; a new one takes over when all
                      reports have come */
    bool copies, ordered;
    ce_kafka_sent sent; /* what librdkafka has */
    unsigned in_client; /* how many those are */
    unsigned together;  /* how many it got since it had none */
    uint64_t burst_ms;  /* when the last burst began: what comes at the same
                           time goes with it */
    uint64_t serial;    /* of the next record */
    /* After a batch was refused (suspects.c says how). */
    bool gathers;             /* nothing is sent until librdkafka has none */
    bool is_trying;           /* a record is on its way alone */
    ce_queue again;           /* ce_kafka_held, by their serials */
    ce_kafka_held *last_kept; /* in AGAIN, or NULL */
    ce_queue behind;          /* new ones: ce_kafka_held */
    /* Where records go, and what is taken there. */
    char *topic_name;
    ce_kafka_topics topics;
    ce_kafka_rules rules, heard; /* HEARD is the probe's while there is one */
    uint64_t asked_ms;           /* when the last probe began */
    bool is_plain;               /* nothing is compressed */
    bool asks;                   /* records wait for what the probe will say */
    bool renews;          /* records wait for a client with other properties */
    uint64_t batch_bytes; /* what this client puts into a batch at most */
    char refusal[CE_KAFKA_REASON_SIZE]; /* why the last record was refused */
    /* Whether somebody is there. */
    bool hopes; /* nothing is known yet about the peer: records wait */
    ce_kafka_probe *probe;
    ce_timer tick;     /* to the next probe */
    uint32_t pause_ms; /* before it */
    unsigned tries;
    char why[CE_KAFKA_REASON_SIZE]; /* why there is no connection */
} ce_kafka_producer;

/* Reads the settings; nothing is connected yet. Close P after a failure too. */
ce_status ce_kafka_producer_open(ce_kafka_producer *p, const ce_endpoint *at,
                                 const ce_kafka_producer_config *c,
                                 ce_error *err);
/* Begins to connect. */
ce_status ce_kafka_producer_start(ce_kafka_producer *p, ce_error *err);
/* Frees what P holds; records without a report are forgotten. */
void ce_kafka_producer_close(ce_kafka_producer *p);

/* Whether the order of a partition is kept: the user may have given it up. */
bool ce_kafka_producer_keeps_order(const ce_kafka_producer *p);
/* Ask before producing: whether the peer is there, or may be. */
bool ce_kafka_producer_takes(const ce_kafka_producer *p);
/* Ask before producing what need not be sent now: whether librdkafka would send
 * it soon. If not, ask again with the next record, and when ops.served says
 * so. */
bool ce_kafka_producer_has_room(const ce_kafka_producer *p);
/* Sends R, and gives it its serial; its report follows. After an error none
 * does: R was not taken, and its headers are still the caller's. */
rd_kafka_resp_err_t ce_kafka_produce(ce_kafka_producer *p, ce_kafka_record *r);
/* For suspects.c: hands R to librdkafka past all that waits, unless its topic
 * does not take it. After an error the headers of R are still the caller's. */
rd_kafka_resp_err_t ce_kafka_producer_hand_over(ce_kafka_producer *p,
                                                const ce_kafka_record *r);
/* Ends the waiting of all records: their reports come at once. */
void ce_kafka_producer_purge(ce_kafka_producer *p);

#endif
