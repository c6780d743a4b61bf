/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/topics.h"

#include <string.h>

/* A name alone would be looked up within a second only, a topic is at once. */
rd_kafka_topic_t *ce_kafka_topics_find(ce_kafka_topics *t, rd_kafka_t *rk,
                                       const char *name)
{
    rd_kafka_topic_t **oldest = &t->others[t->next_other];

    if (!name)
        return t->own;
    for (unsigned i = 0; i < CE_KAFKA_TOPICS && t->others[i]; i++)
        if (!strcmp(rd_kafka_topic_name(t->others[i]), name))
            return t->others[i];
    if (*oldest)
        rd_kafka_topic_destroy(*oldest);
    *oldest = rd_kafka_topic_new(rk, name, NULL);
    t->next_other = (t->next_other + 1) % CE_KAFKA_TOPICS;
    return *oldest;
}

void ce_kafka_topics_forget(ce_kafka_topics *t)
{
    if (t->own)
        rd_kafka_topic_destroy(t->own);
    for (unsigned i = 0; i < CE_KAFKA_TOPICS; i++)
        if (t->others[i])
            rd_kafka_topic_destroy(t->others[i]);
    *t = (ce_kafka_topics){ .own = NULL };
}
