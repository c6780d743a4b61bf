/* SPDX-License-Identifier: Apache-2.0 */
/* The topics that a producer writes to, as its client knows them. */
#ifndef CE_BINDINGS_KAFKA_TOPICS_H
#define CE_BINDINGS_KAFKA_TOPICS_H

#include <librdkafka/rdkafka.h>

enum {
    /* Topics that are remembered where each record names its own: replies go
     * to few, and each one costs a look-up when it is forgotten. */
    CE_KAFKA_TOPICS = 16
};

typedef struct ce_kafka_topics {
    rd_kafka_topic_t *own; /* of all records that name none, or NULL */
    rd_kafka_topic_t *others[CE_KAFKA_TOPICS];
    unsigned next_other; /* to be forgotten */
} ce_kafka_topics;

/* Returns the topic of this NAME, T's own for NULL; or NULL. It is T's. */
rd_kafka_topic_t *ce_kafka_topics_find(ce_kafka_topics *t, rd_kafka_t *rk,
                                       const char *name);
/* Call before the client goes. */
void ce_kafka_topics_forget(ce_kafka_topics *t);

#endif
