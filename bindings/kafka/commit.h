/* SPDX-License-Identifier: Apache-2.0 */
/* What is done is committed, soon: the offset, and in its metadata what is done
 * beyond it. */
#ifndef CE_BINDINGS_KAFKA_COMMIT_H
#define CE_BINDINGS_KAFKA_COMMIT_H

#include <stdatomic.h>

#include <librdkafka/rdkafka.h>

#include <cloudevents/loop.h>

typedef struct ce_kafka_receiver ce_kafka_receiver;

typedef struct ce_kafka_commits {
    ce_timer timer;      /* runs while something is to be committed */
    unsigned out;        /* commits without an answer */
    size_t memo_max;     /* what the broker takes */
    uint64_t failing_ms; /* since when they fail; 0: the last one did not */
    /* Any thread: the client joins the group anew, and keeps partitions. */
    atomic_bool joining;
} ce_kafka_commits;

void ce_kafka_commits_init(ce_kafka_commits *c);
/* Call with the properties of each client of R. */
void ce_kafka_commits_watch(ce_kafka_receiver *r, rd_kafka_conf_t *conf);
/* Commits what has moved, within 50 ms when the one before has
 * its answer. */
void ce_kafka_commit_soon(ce_kafka_receiver *r);
/* Commits what has moved, at once. The answer is not waited for; librdkafka
 * waits for it before it gives up partitions. */
void ce_kafka_commit_now(ce_kafka_receiver *r);

/* Whether commits have failed for so long that the source is down. */
bool ce_kafka_commits_fail(const ce_kafka_receiver *r);

/* librdkafka's callback for commits; OPAQUE is the receiver. */
void ce_kafka_committed(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *offsets, void *opaque);

#endif
