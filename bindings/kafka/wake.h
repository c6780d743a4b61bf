/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's queues in the loop. */
#ifndef CE_BINDINGS_KAFKA_WAKE_H
#define CE_BINDINGS_KAFKA_WAKE_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/loop.h>

typedef struct ce_kafka_wake ce_kafka_wake;
typedef void ce_kafka_wake_fn(void *arg);

/* Opens a wake-up that calls FN on the loop's thread when a watched queue is
 * no longer empty. FN must drain the queue: librdkafka tells only that an
 * empty one has got something. */
ce_status ce_kafka_wake_open(ce_kafka_wake **out, ce_loop *loop,
                             ce_kafka_wake_fn *fn, void *arg);
/* Watches QUEUE from now on. What is in it already wakes nobody: drain it once
 * by yourself. */
void ce_kafka_wake_watch(ce_kafka_wake *w, rd_kafka_queue_t *queue);
/* Call before QUEUE is destroyed. */
void ce_kafka_wake_unwatch(rd_kafka_queue_t *queue);
/* Call when no queue is watched any more. Accepts NULL. */
void ce_kafka_wake_close(ce_kafka_wake *w);

#endif
