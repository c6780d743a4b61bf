/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a broker, which block, asked on a worker thread. */
#ifndef CE_BINDINGS_KAFKA_PROBE_H
#define CE_BINDINGS_KAFKA_PROBE_H

#include <librdkafka/rdkafka.h>

#include <cloudevents/loop.h>

enum {
    /* How long a question may block. Closing a client waits for it, so it is
     * short; a broker in another continent answers within it. */
    CE_KAFKA_ASK_MS = 1000
};

typedef struct ce_kafka_probe ce_kafka_probe;
/* Takes the answer: no error when a broker knows the topic, or, without one,
 * answered at all. The probe is gone when it is called. */
typedef void ce_kafka_probe_fn(void *arg, rd_kafka_resp_err_t code);
/* Asks. Blocks for about CE_KAFKA_ASK_MS at most. Runs on a worker thread, and
 * may use ARG there as long as nothing else does. */
typedef rd_kafka_resp_err_t ce_kafka_ask_fn(rd_kafka_t *rk,
                                            rd_kafka_topic_t *topic, void *arg);

/* The question of ce_kafka_probe_new, for those that ask for more. */
rd_kafka_resp_err_t ce_kafka_ask_metadata(rd_kafka_t *rk,
                                          rd_kafka_topic_t *topic, void *arg);
/* Asks for the metadata of TOPIC, or of none with NULL, and calls FN on the
 * loop's thread. Returns NULL when out of memory. */
ce_kafka_probe *ce_kafka_probe_new(ce_loop *loop, rd_kafka_t *rk,
                                   rd_kafka_topic_t *topic,
                                   ce_kafka_probe_fn *fn, void *arg);
/* The same with a question of the caller's own. */
ce_kafka_probe *ce_kafka_probe_with(ce_loop *loop, rd_kafka_t *rk,
                                    rd_kafka_topic_t *topic,
                                    ce_kafka_ask_fn *ask, ce_kafka_probe_fn *fn,
                                    void *arg);
/* Call before RK or ARG goes. FN is not called any more. Waits until the
 * question is over, for about CE_KAFKA_ASK_MS at most. Accepts NULL. */
void ce_kafka_probe_drop(ce_kafka_probe *p);

#endif
